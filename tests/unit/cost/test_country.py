"""Events of a country are priced by every method that can, and by no other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.clock import DAY, HOUR
from rabta.cost.claims import claims
from rabta.cost.country import events_of, price, together
from rabta.cost.event import Event, Scope
from rabta.cost.facts import COLUMNS, read, shipped
from rabta.cost.money import Money, shown, span
from rabta.errors import DataError
from rabta.model import Disruption, Kind
from tests.unit.cost.times import at


PK = shipped("PK")
MARCH = at("2023-03-01")
KINDS = [
    (Kind.OUTAGE, Scope.NATIONAL),
    (Kind.OUTAGE, Scope.MOBILE),
    (Kind.BLOCKING, Scope.PLATFORM),
    (Kind.BLOCKING, Scope.VPN),
    (Kind.THROTTLING, Scope.NATIONAL),
]
starts = st.integers(at("2019-01-01"), at("2026-06-01"))
lengths = st.integers(0, 400 * DAY)
depths = st.floats(0, 1)
kinds = st.sampled_from(KINDS)


def by_method(priced):
    return {one.method: one.money for one in priced.lines}


@given(starts, lengths, lengths, depths, kinds)
def test_what_lasts_longer_never_costs_less(start, one, more, depth, kind):
    short = Event(start, start + one, *kind, depth=depth, extra_seconds=0.5)
    long = replace(short, end=start + one + more)
    costs, longer = by_method(price(short, PK)), by_method(price(long, PK))

    for method, money in costs.items():
        for bound in ("low", "likely", "high"):
            least = getattr(money, bound) * (1 - 1e-9)
            assert getattr(longer[method], bound) >= least


@given(starts, lengths, lengths, st.sampled_from(KINDS[:4]))
def test_an_outage_cut_in_two_costs_what_it_costs_whole(start, one, other, kind):
    middle, end = start + one, start + one + other
    whole = by_method(price(Event(start, end, *kind), PK))
    halves = by_method(
        together([Event(start, middle, *kind), Event(middle, end, *kind)], PK)
    )

    for method, money in whole.items():
        assert halves[method].likely == pytest.approx(money.likely, rel=1e-9)


@given(starts, depths, kinds)
def test_what_lasts_no_time_costs_nothing(start, depth, kind):
    event = Event(start, start, *kind, depth=depth, extra_seconds=1.0)

    assert all(one.money.high == 0 for one in price(event, PK).lines)


def blocked(service, start="2023-03-01", days=1, **more):
    begin = at(start)
    kind = Kind.BLOCKING, Scope.PLATFORM
    return Event(begin, begin + days * DAY, *kind, service=service, **more)


@pytest.mark.parametrize(
    ("service", "users"),
    [
        ("youtube", 71.7e6),
        ("facebook", 57.5e6),
        ("whatsapp", 46.2e6),
        ("snackvideo", 18.8e6),
        ("tiktok", 18.3e6),
        ("instagram", 15.6e6),
        ("linkedin", 7.6e6),
        ("x", 3.4e6),
    ],
)
def test_a_block_of_a_service_is_priced_by_who_uses_it(service, users):
    """Economic Survey 2022-23: users, of 87.3 m who use the Internet."""
    dark = by_method(price(Event(MARCH, MARCH + DAY), PK))
    priced = by_method(price(blocked(service), PK))

    # Deloitte, low: 0.4 % of a day's GDP of USD 336.686 bn (World Bank)
    day = 336.686e9 / 365 * 0.004 * users / 87.3e6
    money = priced["deloitte/low"]
    assert money.low == pytest.approx(day * 0.049)
    assert money.likely == pytest.approx(day * 0.096)
    assert money.high == pytest.approx(day * 0.19)
    for method in ("gdp_share/adb", "gdp_share/cost", "pide"):
        most = dark[method].likely * users / 87.3e6  # they cannot lose more
        assert priced[method].high == pytest.approx(0.19 * most)


def test_what_one_service_takes_follows_from_the_bounds_of_a_major_platform():
    """4 and 10 % of a blackout over the reach of YouTube and WhatsApp."""
    part, platform = PK.one("service_part"), PK.one("weight_platform")
    everybody = PK.one("internet_users").value
    youtube, whatsapp = (
        PK.one(f"users_{name}").value / everybody for name in ("youtube", "whatsapp")
    )

    assert part.low == pytest.approx(platform.low / youtube, rel=0.01)
    assert part.high == pytest.approx(platform.high / whatsapp, rel=0.01)
    assert part.value == pytest.approx((part.low * part.high) ** 0.5, rel=0.01)
    assert part.mark == "E"


def test_freelancing_sites_are_priced_by_what_freelancers_earn():
    """USD 410 m in FY2024, a third through the blocked site."""
    event = blocked("freelancing", "2024-03-01", 10, share=1 / 3)
    priced = price(event, PK)

    assert [one.method for one in priced.lines] == ["freelancers"]
    money = priced.lines[0].money
    earned = 410e6 / 365 * 10 / 3
    assert (money.low, money.likely, money.high) == pytest.approx(
        (0.50 * earned, 0.55 * earned, 0.65 * earned)
    )
    assert priced.lines[0].claimed
    assert priced.pool is None
    assert priced.service == "freelancing"


def test_freelance_exports_are_those_that_were_published():
    """Ministry of IT; FY2024 from "90 % more" in FY2025."""
    earned = {
        period: PK.exactly("freelance_exports", period)
        for period in PK.periods("freelance_exports")
    }

    assert {one: round(fact.value / 1e3) for one, fact in earned.items()} == {
        "FY2021": 396_243,
        "FY2022": 397_328,
        "FY2024": 410_000,
        "FY2025": 779_000,
    }
    assert earned["FY2024"].mark == "D"
    ratio = earned["FY2025"].value / earned["FY2024"].value
    assert ratio == pytest.approx(1.90, abs=0.005)


def test_a_published_rate_is_of_its_own_service_and_more_than_its_users_can_lose():
    x = price(blocked("x", "2024-02-18", 318), PK)
    other = price(blocked("whatsapp"), PK)

    assert "reported" in by_method(x)
    assert "reported" not in by_method(other)
    (doubt,) = [one for one in x.warnings if one.key == "cost.doubt.beyond_reach"]
    told = dict(doubt.args)
    assert told["published"] == PK.one("weight_platform").value
    assert told["reach"] == pytest.approx(3.4 / 87.3)
    assert not [one for one in other.warnings if one.key == doubt.key]


def test_a_service_is_no_whole_country():
    with pytest.raises(ValueError, match="one platform"):
        Event(MARCH, MARCH + DAY, Kind.BLOCKING, Scope.VPN, service="x")


@given(starts, lengths, depths, kinds)
def test_bounds_are_in_order_and_depth_never_lowers_a_price(start, length, depth, kind):
    event = Event(start, start + length, *kind, depth=depth)
    full = by_method(price(replace(event, depth=1.0), PK))

    for line in price(event, PK).lines:
        assert 0 <= line.money.low <= line.money.likely * (1 + 1e-9)
        assert line.money.likely <= line.money.high * (1 + 1e-9)
        assert line.money.likely <= full[line.method].likely * (1 + 1e-9)


def test_a_national_day_is_priced_by_seven_votes_and_their_bracket_is_shown():
    priced = price(Event(MARCH, MARCH + DAY), PK)

    assert len(priced.pool.members) == 7
    assert priced.pool.money.likely == pytest.approx(10.4e6, rel=0.01)
    assert priced.pool.money.low == pytest.approx(2.9e6, rel=0.02)
    assert priced.pool.money.high == pytest.approx(37e6, rel=0.02)
    assert "icrier" not in priced.pool.members


def test_methods_that_fail_their_own_check_are_refused_with_the_figures():
    refusals = {r.method: r for r in price(Event(MARCH, MARCH + DAY), PK).refusals}

    assert dict(refusals["netloss"].why.args)["ratio"] > 20
    assert dict(refusals["deloitte_people/low"].why.args)["ratio"] == 4.0
    assert refusals["speed_exports"].why.key == "cost.refused.slowdowns_only"


def test_every_line_shows_figures_that_name_year_mark_and_source():
    for kind, scope in KINDS:
        event = Event(MARCH, MARCH + DAY, kind, scope, 0.5)
        for line in price(event, PK).lines:
            assert line.inputs
            assert line.money.currency == "USD"
            assert line.money.year
            assert all(fact.source and fact.mark in "SDE" for fact in line.inputs)


def test_a_month_in_which_exports_rose_is_told():
    event = Event(at("2024-08-01"), at("2024-08-20"), Kind.THROTTLING, depth=0.35)
    (doubt,) = price(event, PK).warnings

    assert doubt.key == "cost.doubt.exports_rose"
    assert dict(doubt.args)["then"] == "USD 298 m"


def test_a_month_in_which_exports_fell_is_not():
    event = Event(at("2025-02-01"), at("2025-02-20"), Kind.THROTTLING, depth=0.35)

    assert [one.key for one in price(event, PK).warnings] == ["cost.doubt.other_year"]


def test_a_country_of_which_nothing_is_known_is_priced_by_no_method():
    priced = price(Event(MARCH, MARCH + DAY), shipped("ZZ"))

    assert not priced.lines
    assert priced.pool is None
    assert {"unknown"} < {one.why.key.rsplit(".")[-1] for one in priced.refusals}


def stored(kind, start, end, depth):
    return Disruption(1, "country/PK", kind, start, end, 0.0, depth, ())


def test_stored_disruptions_are_cut_to_the_period_and_counted_once():
    found = events_of(
        [
            stored(Kind.OUTAGE, MARCH - HOUR, MARCH + 2 * HOUR, 0.4),
            stored(Kind.OUTAGE, MARCH + HOUR, MARCH + 4 * HOUR, 0.8),
            stored(Kind.OUTAGE, MARCH + 9 * HOUR, None, 0.5),
        ],
        MARCH,
        MARCH + 10 * HOUR,
        Scope.NATIONAL,
    )

    assert [(one.hours, one.depth) for one in found] == [
        (1, 0.4),
        (1, 0.8),
        (2, 0.8),
        (1, 0.5),
    ]


def test_kinds_are_never_merged():
    found = events_of(
        [
            stored(Kind.OUTAGE, MARCH, MARCH + HOUR, 0.4),
            stored(Kind.THROTTLING, MARCH, MARCH + HOUR, 0.9),
        ],
        MARCH,
        MARCH + DAY,
        Scope.NATIONAL,
    )

    assert {one.kind: one.depth for one in found} == {
        Kind.OUTAGE: 0.4,
        Kind.THROTTLING: 0.9,
    }


HEAD = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name,period\ngdp,2023", "no column"),
        (f"{HEAD}\ngdp,2023,many,,,USD,S,WB,CC", "row 2, column 'value': 'many'"),
        (f"{HEAD}\ngdp,2023,1,2,3,USD,S,WB,CC", "expected 0 <= low <= value <= high"),
        (f"{HEAD}\ngdp,2023,1,,,USD,X,WB,CC", "column 'mark': no such mark"),
        (f"{HEAD}\ngdp,2023,1,,,USD,S,,CC", "column 'source': no source"),
    ],
)
def test_a_bad_table_of_figures_is_refused_by_place(text, complaint):
    with pytest.raises(DataError, match=complaint):
        read(text, "own.csv")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "USD 0.00"),
        (961.71, "USD 962"),
        (18, "USD 18.00"),
        (999_900, "USD 1 m"),
        (13_836_410, "USD 13.8 m"),
        (123_456_789, "USD 123 m"),
        (1.34e9, "USD 1.34 bn"),
    ],
)
def test_amounts_are_written_with_three_digits(amount, text):
    assert shown(amount, "USD") == text


def test_a_range_is_written_with_its_bounds():
    assert span(Money(1e6, 2e6, 3e6, "USD", "2023")) == "USD 2 m (1 m … 3 m)"


def test_money_of_two_currencies_does_not_add():
    with pytest.raises(ValueError, match="PKR"):
        Money(1, 1, 1, "USD", "2023") + Money(1, 1, 1, "PKR", "2023")


def test_what_others_said_of_the_same_time_stands_beside_it():
    said = claims("country/PK", at("2023-05-10"), at("2023-05-11"))

    assert {one.who for one in said} == {"Internet Society NetLoss", "P@SHA"}
    assert all(one.source and one.start < one.end for one in said)
    assert not claims("country/PK", at("2023-05-17"), at("2023-05-18"))
    assert not claims("country/IN", at("2023-05-10"), at("2023-05-11"))
