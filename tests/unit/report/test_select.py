"""The facts of a report are those of the store, and what is not known stays so."""

from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rabta.agent.reporting import Order, profiles_for, report
from rabta.clock import HOUR, ManualClock
from rabta.cost.service.bounds import Bounds
from rabta.errors import UsageError
from rabta.report.period import last_month, local_days, period_of
from rabta.store import Store
from tests.unit.cost.times import at
from tests.unit.report import office


CLOCK = ManualClock(office.STOP + HOUR)


def facts(folder, audience="management", **asked):
    period = period_of(asked.pop("period", office.PERIOD), office.ZONE)
    with Store.open(folder, clock=CLOCK, read_only=True) as store:
        return report(store, office.SETUP, Order(audience, period, **asked), CLOCK)


def test_outages_gaps_and_own_faults_each_have_their_place(folder):
    fibre = facts(folder, uplink="fibre").lines[0]
    hours = 72 * 3600

    assert fibre.title == "Indus Fibre"
    assert fibre.availability.outages == 2
    assert fibre.availability.unknown_seconds == pytest.approx(3600, abs=700)
    assert fibre.availability.down_seconds.low == pytest.approx(2.5 * 3600, abs=5)
    assert fibre.availability.down_seconds.high == pytest.approx(3.5 * 3600, abs=700)
    assert fibre.provider.excluded_seconds == 1800
    assert fibre.provider.counted_seconds == hours - 1800
    assert fibre.nearby.loss.low == pytest.approx(2.5 / 72, rel=0.05)
    assert fibre.nearby.delay_median == Bounds(0.015, 0.015)
    assert [corridor for corridor, _ in fibre.abroad] == ["west"]
    assert len(fibre.days) == 3
    assert fibre.downloads == ()


def test_people_who_may_use_all_lines_lost_nothing(folder):
    found = facts(folder)

    assert [line.uplink for line in found.lines] == ["cell", "fibre"]
    assert found.together.down_seconds.low == 0
    assert found.together.share.high == 1
    assert found.together.share.low < 1  # nobody knows of the hour Rabta did not run


def test_the_gravest_incidents_show_the_time_around_them(folder):
    found = facts(folder)

    assert [one.entity for one in found.incidents] == [
        "uplink/fibre",
        "uplink/fibre",
        "service/shop",
    ]
    first = found.incidents[0]
    assert first.nearby[0].start < first.onset < first.end < first.nearby[-1].start
    assert any(part.lost for part in first.nearby)


def test_a_complaint_speaks_of_one_line_only(folder):
    with pytest.raises(UsageError, match="one line") as error:
        facts(folder, "isp")
    assert "cell, fibre" in error.value.hint

    found = facts(folder, "isp", uplink="cell")
    assert [line.uplink for line in found.lines] == ["cell"]
    assert found.incidents == ()


def test_terms_for_fixed_lines_are_not_held_against_a_mobile_one(folder):
    (mobile,) = facts(folder, "isp", uplink="cell").judgements
    (wired,) = facts(folder, "isp", uplink="fibre").judgements

    assert (mobile.profile.name, mobile.fits, mobile.results) == ("pta", False, ())
    assert (wired.profile.name, wired.fits) == ("pta", None)  # behind a router
    assert wired.results


def test_what_was_never_measured_is_said_with_the_days_that_were(folder):
    with pytest.raises(UsageError, match="nothing was measured in 2025-03") as error:
        facts(folder, period="2025-03")
    assert error.value.hint == "there are measurements from 2026-10-05 to 2026-10-07"

    with pytest.raises(UsageError, match="nothing was measured in 2025-03"):
        facts(folder, period="2025-03", uplink="cell")

    with pytest.raises(UsageError, match="no uplink 'ptcl'"):
        facts(folder, uplink="ptcl")


def test_a_period_that_is_not_over_ends_now(folder):
    found = facts(folder, period="2026-10")

    assert not found.complete
    assert found.stop == CLOCK.now()


def test_an_authority_asks_by_its_country():
    assert profiles_for("regulator", "PK") == ("pta", "itu")
    assert profiles_for("regulator", "DE") == ("berec", "itu")
    assert profiles_for("isp", "world") == ()
    assert profiles_for("client", "PK") == ()


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        ("2026-10", "2026-09-30T19:00", "2026-10-31T19:00"),
        ("2026-W43", "2026-10-18T19:00", "2026-10-25T19:00"),
        ("2026-12", "2026-11-30T19:00", "2026-12-31T19:00"),
        ("2026-10-05", "2026-10-04T19:00", "2026-10-05T19:00"),
        ("2026-10-01..2026-10-15", "2026-09-30T19:00", "2026-10-15T19:00"),
    ],
)
def test_a_period_is_whole_local_days(text, start, stop):
    found = period_of(text, office.ZONE)

    assert (found.start, found.stop) == (at(start), at(stop))


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-W60", "october", "2026-10-15..2026-10-01", "9999-12"]
)
def test_what_is_no_period_is_refused_with_the_forms(text):
    with pytest.raises(UsageError) as error:
        period_of(text, office.ZONE)
    assert "2026-W43" in error.value.hint


def test_days_are_local_and_the_ends_are_cut():
    """Berlin puts its clocks back on the night to 2026-10-25: that day has 25 hours."""
    start, stop = at("2026-10-24T10:00"), at("2026-10-26T01:00")
    edges = [start, at("2026-10-24T22:00"), at("2026-10-25T23:00"), stop]

    assert local_days(start, stop, ZoneInfo("Europe/Berlin")) == list(pairwise(edges))
    assert local_days(start, start, ZoneInfo("Europe/Berlin")) == []


def test_last_month_is_that_before_now():
    assert last_month(at("2026-11-30T20:00"), office.ZONE) == "2026-11"
    assert last_month(at("2026-01-05"), office.ZONE) == "2025-12"


def test_a_line_that_was_not_there_yet_is_not_told_of(tmp_path):
    clock = office.build(tmp_path)
    with Store.open(tmp_path, clock=clock) as store:
        known = next(iter(office.observations("cell")))
        store.record([replace(known, time=office.STOP + 10 * HOUR, uplink="new")])

    assert [line.uplink for line in facts(tmp_path).lines] == ["cell", "fibre"]
