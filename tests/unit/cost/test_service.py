"""Terms are held against what was measured; profiles and contracts say their source."""

from dataclasses import replace
from datetime import UTC, date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rabta.clock import DAY, HOUR, MINUTE
from rabta.config import load
from rabta.config.show import rows
from rabta.cost.service.availability import Counting, Trouble, availability
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.contract import contracts_of
from rabta.cost.service.profiles import Stated, names, shipped
from rabta.cost.service.rates import Rated
from rabta.cost.service.samples import Hour, Window
from rabta.cost.service.terms import Basis, Measure, Outcome, Seen, Term, judged
from rabta.errors import ConfigError
from rabta.report.audiences.terms import named
from rabta.report.judge import judgements
from rabta.report.voice import Voice
from tests.unit.cost.times import at


KARACHI = ZoneInfo("Asia/Karachi")
MONTH = (at("2026-10-01"), at("2026-11-01"))
FAST = Stated(100e6, 20e6, 80e6, 40e6)


def seen(**known):
    return Seen(*MONTH, zone=KARACHI, **known)


def hours(delay=0.03, lost=0, sent=100):
    return tuple(Hour(start, sent, lost, delay, 0.01) for start in range(*MONTH, HOUR))


def speeds(*rates, every=6 * HOUR):
    """The rates in turn, over the month's first days."""
    return tuple(
        Rated(MONTH[0] + 6 * HOUR + n * every, rates[n % len(rates)]) for n in range(24)
    )


def outcomes(profile, known):
    return {one.term.id: one.outcome for one in judged(profile, known)}


def test_own_faults_are_taken_out_of_the_period_and_doubts_widen_the_bounds():
    begin = MONTH[0]
    found = availability(
        [
            Trouble(begin, begin + 2 * HOUR, 1.0, cause="isp"),
            Trouble(begin + 5 * HOUR, begin + 6 * HOUR, 1.0, cause="lan"),
            Trouble(begin + 8 * HOUR, begin + 9 * HOUR, 1.0, doubtful=True),
        ],
        [(begin + 20 * HOUR, begin + 22 * HOUR)],
        begin,
        begin + 101 * HOUR,
        Counting(excludes=frozenset({"lan"})),
    )

    assert found.counted_seconds == 100 * 3600
    assert found.share == Bounds(0.95, 0.98)
    assert found.excluded_seconds == 3600
    assert found.unknown_seconds == 3 * 3600
    assert found.longest_seconds == Bounds(7200, 7200)


def test_what_is_shorter_than_the_interval_does_not_count():
    short = Trouble(MONTH[0], MONTH[0] + MINUTE // 2, 1.0)

    assert availability([short], (), *MONTH, Counting(0.2, 60)).share == Bounds(1, 1)
    assert availability([short], (), *MONTH, Counting(0.2)).share.high < 1


def test_a_moment_of_great_loss_is_no_day_without_service():
    poor = Trouble(MONTH[0], MONTH[0] + DAY, 0.3, down=False)
    found = availability([poor], (), *MONTH, Counting(0.2, 60))

    assert found.down_seconds == Bounds(0, 86400)
    assert found.share == Bounds(pytest.approx(30 / 31), 1)
    assert availability([poor], (), *MONTH, Counting()).share == Bounds(1, 1)


def test_an_uncertain_begin_is_a_range():
    one = Trouble(HOUR, 2 * HOUR, 1.0, uncertainty_seconds=600)

    found = availability([one], (), 0, 10 * HOUR, Counting())

    assert found.down_seconds == Bounds(3000, 4200)


def test_an_empty_period_has_no_share():
    whole = Trouble(0, HOUR, 1.0, cause="lan")

    found = availability([whole], (), 0, HOUR, Counting(excludes=frozenset({"lan"})))

    assert not found.share.known


@pytest.mark.parametrize("name", names())
def test_each_profile_names_its_source_and_where_each_term_stands(name):
    profile = shipped(name, FAST)

    assert profile.source
    assert profile.url.startswith("https://")
    read = [one.basis is Basis.READ for one in profile.terms]
    assert not any(one.basis is Basis.OWN for one in profile.terms)
    assert bool(profile.read) == any(read)  # a day only where something was read
    if profile.read:
        assert date.fromisoformat(profile.read)
    assert profile.terms
    assert all(one.clause and one.limit is not None for one in profile.terms)
    assert len({one.id for one in profile.terms}) == len(profile.terms)


def test_what_binds_whom_and_how_it_is_known_stands_beside_the_terms():
    fcc, berec = shipped("fcc", FAST), shipped("berec", FAST)

    assert "binds carriers with high-cost support" in fcc.source
    for profile in (fcc, berec):
        assert {one.basis for one in profile.terms} == {Basis.SECONDARY}
    evening = [one for one in fcc.terms if one.id != "loss-peak"]
    assert all("from memory: 6 p.m. to midnight" in one.clause for one in evening)


def test_a_share_of_what_nobody_stated_is_not_judged():
    known = seen(downloads=speeds(50e6))

    assert outcomes(shipped("pta", Stated()), known) == {
        "download-least": Outcome.MET,
        "upload-least": Outcome.NOT_MEASURED,
        "download-advertised": Outcome.NOT_STATED,
    }
    advertised = outcomes(shipped("pta", FAST), known)["download-advertised"]
    assert advertised is Outcome.VIOLATED


def test_one_dark_day_makes_a_close_call_inconclusive():
    profile = shipped("itu", Stated())
    every = hours(lost=1, sent=1000)
    dark = ((MONTH[0], MONTH[0] + DAY),)
    lit = tuple(one for one in every if one.start >= MONTH[0] + DAY)

    assert outcomes(profile, seen(hours=every))["loss"] is Outcome.MET
    told = outcomes(profile, seen(hours=lit, unknown=dark))
    assert told["loss"] is Outcome.INCONCLUSIVE
    assert told["delay"] is Outcome.MET  # a median bears a dark day


def test_slow_tests_convict_only_if_they_are_many_and_come_back():
    def told(*tests, **known):
        return judged(shipped("pta", FAST), seen(downloads=tests, **known))[2]

    fast, start = speeds(90e6), MONTH[0] + 6 * HOUR
    one_slow = replace(fast[0], bits_per_second=1e6)
    next_day = replace(fast[4], bits_per_second=1e6)

    assert told(one_slow).outcome is Outcome.INCONCLUSIVE
    assert told(one_slow).thin
    assert told(fast[0]).outcome is Outcome.INCONCLUSIVE
    assert told(*fast).outcome is Outcome.MET
    assert told(one_slow, *fast[1:]).outcome is Outcome.INCONCLUSIVE
    twice = (one_slow, *fast[1:4], next_day, *fast[5:])
    assert told(*twice).outcome is Outcome.VIOLATED
    assert not told(*twice).thin
    own = Trouble(start + MINUTE, start + HOUR // 2, 1.0, cause="lan")
    assert told(*twice, troubles=(own,)).outcome is Outcome.INCONCLUSIVE
    assert told(one_slow, *fast[1:], troubles=(own,)).outcome is Outcome.MET
    assert told(*speeds(1e6, every=HOUR)).outcome is Outcome.INCONCLUSIVE


def delay_of(known):
    profile = replace(
        shipped("itu", Stated()), terms=(Term("d", Measure.DELAY, 0.2, 0.95),)
    )
    (result,) = judged(profile, known)
    return result


def test_ten_clean_minutes_say_nothing_of_the_other_fifty():
    clean = Seen(0, HOUR, (), ((10 * MINUTE, HOUR),), (Hour(0, 10, 0, 0.02, 0.0),))
    (_, _, told) = judged(shipped("itu", Stated()), clean)

    assert told.figure == Bounds(0, pytest.approx(50 / 60))
    assert told.outcome is Outcome.INCONCLUSIVE
    assert delay_of(clean).outcome is Outcome.NOT_MEASURED


def test_an_hour_without_an_answer_is_longer_than_any_probe_waits():
    mute = [Hour(n * HOUR, 60, 60, None, None) for n in range(3)]
    known = Seen(0, 4 * HOUR, hours=(*mute, Hour(3 * HOUR, 60, 0, 0.02, 0.0)))

    assert delay_of(known).figure == Bounds(2.0, None)
    assert delay_of(known).outcome is Outcome.VIOLATED


def test_only_the_hours_of_a_term_count_by_the_clock_of_the_place():
    evening = Window(KARACHI, shipped("fcc", FAST).terms[0].shifts)

    assert evening.holds(at("2026-10-05T13:30"))  # 18:30 there
    assert not evening.holds(at("2026-10-05T12:30"))
    assert not evening.holds(at("2026-10-05T19:30"))  # past midnight there


CONTRACT = """
[[contract]]
name = "Indus business"
uplink = "indus"
availability = 0.995
longest_outage = "4 h"
loss = 0.005
delay_ms = 60
hours = ["09:00-18:00"]
download_mbps = 100
download_minimum_mbps = 40
fee = 12000
currency = "PKR"
credits = [[0.995, 0.1], [0.98, 0.3]]
"""


def contracts(tmp_path: Path, text: str):
    file = tmp_path / "rabta.toml"
    file.write_text(text)
    return contracts_of(load(file, {"HOME": str(tmp_path)}).contracts)


def test_a_contract_is_a_profile_of_its_own_terms(tmp_path):
    (one,) = contracts(tmp_path, CONTRACT)
    nine = MONTH[0] + DAY + 4 * HOUR  # there
    down = Trouble(nine, nine + 5 * HOUR, 1.0, cause="isp")
    known = seen(troubles=(down,), hours=hours(), downloads=speeds(90e6))

    assert one.uplink == "indus"
    assert one.stated.download == 100e6
    assert one.profile.credits == ((0.995, 0.1), (0.98, 0.3))
    assert outcomes(one.profile, known) == {
        "availability": Outcome.VIOLATED,
        "longest-outage": Outcome.VIOLATED,
        "loss": Outcome.MET,
        "delay": Outcome.MET,
        "download": Outcome.MET,
    }


AROUND_THE_CLOCK = CONTRACT.replace('hours = ["09:00-18:00"]', "")


def utc(**known):
    return replace(seen(**known), zone=UTC)


def test_two_days_do_not_convict_a_month(tmp_path):
    (one,) = contracts(tmp_path, AROUND_THE_CLOCK)
    down = Trouble(MONTH[0] + DAY, MONTH[0] + DAY + HOUR, 1.0, cause="isp")
    begun = replace(utc(troubles=(down,)), stop=MONTH[0] + 2 * DAY)
    (told,) = judgements({"indus": begun}, (), (one,), media={}, private=True)

    assert told.results[0].outcome is Outcome.INCONCLUSIVE
    assert told.results[0].figure.high == pytest.approx(1 - 1 / (31 * 24))
    assert not told.credit.known

    (over,) = judgements(
        {"indus": utc(troubles=(down,))}, (), (one,), media={}, private=True
    )
    assert over.results[0].outcome is Outcome.MET
    assert over.credit == Bounds(0, 0)


def test_of_two_months_the_worse_counts_and_only_whole_ones_give_credit(tmp_path):
    (one,) = contracts(tmp_path, AROUND_THE_CLOCK)
    down = Trouble(MONTH[0] + DAY, MONTH[0] + DAY + 6 * HOUR, 1.0, cause="isp")
    longer = replace(utc(troubles=(down,)), stop=MONTH[1] + DAY)
    (told,) = judgements({"indus": longer}, (), (one,), media={}, private=True)

    assert told.results[0].outcome is Outcome.VIOLATED
    assert told.results[0].figure.high == pytest.approx(1 - 6 / (31 * 24))
    assert told.credit == Bounds(1200, 1200)


def test_only_the_hours_of_a_contract_count_for_its_outages(tmp_path):
    (one,) = contracts(tmp_path, CONTRACT)
    midnight = at("2026-09-30T19:00")  # there

    def told(begin, end):
        down = Trouble(midnight + begin * HOUR, midnight + end * HOUR, 1.0, cause="isp")
        known = seen(troubles=(down,))
        return judged(one.profile, replace(known, start=midnight, stop=MONTH[1]))

    by_night = told(43, 55)
    assert by_night[0].figure.high == 1
    assert by_night[1].figure == Bounds(0, 0)
    until_morning = told(24 + 16, 48 + 11)  # two hours, and two hours
    assert until_morning[1].figure == Bounds(4 * 3600, 4 * 3600)
    month = judgements(
        {"indus": replace(seen(), start=midnight, stop=midnight + 31 * DAY)},
        (),
        (one,),
        media={},
        private=True,
    )[0]
    assert month.availability.counted_seconds == 31 * 9 * 3600


def test_an_outage_across_the_edge_of_a_month_is_met_in_neither(tmp_path):
    (one,) = contracts(tmp_path, AROUND_THE_CLOCK)
    down = Trouble(MONTH[1] - 2 * HOUR, MONTH[1] + 3 * HOUR, 1.0, cause="isp")

    before = judged(one.profile, utc(troubles=(down,)))[1]
    later = replace(utc(troubles=(down,)), start=MONTH[1], stop=MONTH[1] + 30 * DAY)
    after = judged(one.profile, later)[1]
    lasting = replace(down, end=MONTH[1])
    begun = judged(one.profile, utc(troubles=(lasting,)))[1]

    assert before.figure == Bounds(2 * 3600, 5 * 3600)
    assert after.figure == Bounds(3 * 3600, 5 * 3600)
    assert begun.figure == Bounds(2 * 3600, None)
    assert {before.outcome, after.outcome, begun.outcome} == {Outcome.INCONCLUSIVE}


def test_a_term_names_the_hours_that_count(tmp_path):
    (one,) = contracts(tmp_path, CONTRACT)
    english = Voice("en", KARACHI)
    told = [named(term, english) for term in one.profile.terms]

    assert all(name.endswith(" (09:00–18:00)") for name in told)
    peak = {term.id: term for term in shipped("fcc", FAST).terms}
    assert named(peak["delay-95"], english).endswith("(18:00–24:00)")
    assert named(peak["loss-peak"], english).endswith("(Monday to Friday, 19:00–23:00)")
    days = {term.weekdays for name in names() for term in shipped(name, FAST).terms}
    assert days == {frozenset(range(5)), frozenset(range(7))}  # all that has a name


@pytest.mark.parametrize(
    ("access", "medium", "fits"),
    [
        ("", "wired", None),
        ("", "", None),
        ("", "cellular", False),
        ("fixed", "cellular", True),
        ("fixed", "wired", True),
        ("mobile", "wifi", False),
    ],
)
def test_terms_are_held_against_the_kind_of_line_they_are_for(
    tmp_path, access, medium, fits
):
    text = CONTRACT + f'access = "{access}"\n'
    own, pta, itu = judgements(
        {"indus": utc()},
        ("pta", "itu"),
        contracts(tmp_path, text),
        media={"indus": medium},
        private=True,
    )

    assert (own.fits, pta.fits, itu.fits) == (True, fits, True)
    assert bool(pta.results) is (fits is not False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("availability = 0.995", "availability = 99.5"), "a number from 0 to 1"),
        (('hours = ["09:00-18:00"]', 'hours = ["9 to 5"]'), '"09:00-18:00"'),
        (('uplink = "indus"', ""), "uplink: missing"),
        (('name = "Indus business"', ""), "name: missing"),
        (("loss = 0.005", 'excludes = ["weather"]'), "expected one of"),
        (("loss = 0.005", 'access = "dsl"'), "fixed"),
        (("loss = 0.005", "los = 0.005"), "did you mean 'loss'"),
        (("credits = [[0.995, 0.1]", "credits = [[0.995]"), "credits"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_accepted_form(tmp_path, change, said):
    with pytest.raises(ConfigError, match=r"rabta\.toml:") as error:
        contracts(tmp_path, CONTRACT.replace(*change))

    assert said in str(error.value)


def test_values_in_force_are_shown_beside_a_contract(tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text(CONTRACT)

    shown = {key for key, *_ in rows(load(file, {"HOME": str(tmp_path)}))}

    assert "dashboard.port" in shown
    assert not any(key.startswith("contract") for key in shown)


def test_a_contract_that_promises_nothing_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="promises nothing"):
        contracts(tmp_path, '[[contract]]\nname = "x"\nuplink = "y"\n')


def test_an_outage_is_not_counted_again_as_loss_of_available_time():
    """Y.1541 limits the loss of available time; an outage is for availability."""
    start, stop = MONTH[0] + 50 * HOUR, MONTH[0] + 56 * HOUR
    measured = tuple(
        replace(one, lost=100) if start <= one.start < stop else one for one in hours()
    )
    outage = Trouble(start, stop, 1.0, cause="isp")
    known = seen(hours=measured, troubles=(outage,))
    found = {one.term.id: one for one in judged(shipped("itu", FAST), known)}

    assert found["loss"].figure == Bounds(0, 0)
    assert found["loss"].outcome is Outcome.MET
    assert found["loss"].samples == 31 * 24 - 6


def test_loss_that_may_be_of_unavailable_time_is_in_the_upper_bound_alone():
    start, stop = MONTH[0] + 50 * HOUR, MONTH[0] + 56 * HOUR
    measured = tuple(
        replace(one, lost=50) if start <= one.start < stop else one for one in hours()
    )
    poor = Trouble(start, stop, 0.6, down=False, cause="isp")
    known = seen(hours=measured, troubles=(poor,))
    found = {one.term.id: one for one in judged(shipped("itu", FAST), known)}

    assert found["loss"].figure == Bounds(0, pytest.approx(3 / (31 * 24)))
    assert found["loss"].outcome is Outcome.INCONCLUSIVE
    assert found["delay"].outcome is Outcome.MET
