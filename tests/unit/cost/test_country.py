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
        (f"{HEAD}\ngdp,2023,1,2,3,USD,S,WB,CC", "expected low <= value <= high"),
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
