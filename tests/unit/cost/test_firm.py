"""A firm's outages are priced by its calendar and its own figures."""

from dataclasses import replace
from datetime import UTC, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.clock import DAY, HOUR, MINUTE
from rabta.cost.firm.calendar import Calendar
from rabta.cost.firm.exposure import exposure
from rabta.cost.firm.kernel import COST_VIEW, REVENUE_VIEW, costs
from rabta.cost.firm.outages import Outage, outages_of
from rabta.cost.firm.price import price
from rabta.cost.firm.profile import Client, Firm, Group, Shop
from rabta.cost.firm.qmc import points
from rabta.cost.firm.ranges import Range, exact, normal, read
from rabta.model import Disruption, Kind
from tests.unit.cost.times import at


KARACHI = ZoneInfo("Asia/Karachi")
OFFICE = Calendar(KARACHI, ((time(9), time(18)),), frozenset(range(5)))
START, STOP = at("2026-11-01"), at("2026-12-01")
MONDAY = at("2026-11-23T04:00")  # 09:00 in Karachi


def share(value):
    return exact(value, share=True)


def group(**changes):
    plain = Group(
        "staff",
        exact(10),
        OFFICE,
        dependence=share(0.9),
        rate=exact(20),
        wage=exact(5),
        recapture=share(0.5),
        premium=share(0.5),
    )
    return replace(plain, **changes)


def firm(*groups, **rest):
    return Firm("USD", "2026", KARACHI, groups or (group(),), **rest)


def likely(firm, *outages):
    return price(firm, outages, START, STOP).revenue_view.likely


def test_an_outage_in_working_hours_costs_what_the_formula_says():
    # 2 h x 10 people x 0.9; half is made up for later at half the wage on top
    found = price(firm(), [Outage(MONDAY, MONDAY + 2 * HOUR)], START, STOP)

    assert dict(found.parts)["revenue"].likely == pytest.approx(9 * 20)
    assert dict(found.parts)["catch_up"].likely == pytest.approx(9 * 5 * 0.5)
    assert found.revenue_view.likely == pytest.approx(202.5)
    assert found.cost_view.likely == pytest.approx(9 * 5 + 22.5)
    assert found.lost_hours.likely == pytest.approx(9)
    assert found.tornado == ()


def test_the_two_views_are_never_added():
    assert not {"revenue", "orders", "churn"} & set(COST_VIEW)
    assert "idle" not in REVENUE_VIEW


def test_what_happens_out_of_hours_costs_nothing():
    night = Outage(MONDAY - 10 * HOUR, MONDAY - 1 * HOUR)
    weekend = Outage(at("2026-11-21T00:00"), at("2026-11-22T12:00"))

    assert likely(firm(), night, weekend) == 0


moments = st.integers(START, STOP)
lengths = st.integers(0, 6 * DAY)


@given(moments, lengths, lengths, st.floats(0, 1))
def test_what_lasts_longer_never_costs_less(start, length, more, severity):
    short = Outage(start, start + length, severity)
    long = replace(short, end=start + length + more)
    ours = firm(clients=(client(),), shop=shop())
    one, other = (price(ours, [out], START, STOP) for out in (short, long))

    assert one.revenue_view.likely <= other.revenue_view.likely * (1 + 1e-9) + 1e-9
    assert one.cost_view.likely <= other.cost_view.likely * (1 + 1e-9) + 1e-9


@given(st.lists(st.tuples(moments, st.integers(1, DAY)), max_size=8), st.integers(0, 8))
def test_disjoint_outages_add_up(spans, cut):
    log, free = [], START
    for start, length in sorted(spans):
        begin = max(start, free)
        log.append(Outage(begin, begin + length))
        free = begin + length + MINUTE
    ours = firm(shop=shop())  # credits and churn are no sums: they look at all of it
    whole = likely(ours, *log)

    assert whole == pytest.approx(
        likely(ours, *log[:cut]) + likely(ours, *log[cut:]), abs=1e-6
    )


@given(st.lists(st.tuples(moments, lengths), max_size=6))
def test_outages_told_twice_count_once(spans):
    log = [Outage(start, start + length) for start, length in spans]

    assert likely(firm(), *log, *log) == pytest.approx(likely(firm(), *log))


def test_where_two_overlap_the_worse_one_counts():
    slow = Outage(MONDAY, MONDAY + 2 * HOUR, 0.2, down=False)
    dead = Outage(MONDAY + HOUR, MONDAY + 2 * HOUR)
    first = Outage(MONDAY, MONDAY + HOUR, 0.2, down=False)

    assert likely(firm(), slow, dead) == pytest.approx(
        likely(firm(), dead) + likely(firm(), first)
    )


def test_long_outages_are_made_up_for_less():
    free = group(premium=share(0), wage=exact(0))
    two = likely(firm(free), Outage(MONDAY, MONDAY + 2 * HOUR)) / 2
    nine = likely(firm(free), Outage(MONDAY, MONDAY + 9 * HOUR)) / 9

    assert two == pytest.approx(10 * 0.9 * 20 * 0.5)
    assert nine == pytest.approx(10 * 0.9 * 20 * (1 - 0.5 * np.exp(-5 / 24)))


def test_continuity_halves_what_it_halves():
    outage = Outage(MONDAY, MONDAY + HOUR)

    assert likely(firm(group(continuity=share(0.5))), outage) == pytest.approx(
        likely(firm(), outage) / 2
    )


def client(**changes):
    plain = Client(
        "acme",
        exact(1000),
        has_credits=True,
        value=exact(12_000),
        leaves=share(0.02),
        annoyed=exact(0.01),
    )
    return replace(plain, **changes)


def shop(**changes):
    plain = Shop(
        Calendar(KARACHI),
        ad_spend=exact(6),
        unstoppable=share(0.5),
        orders=exact(4),
        order_value=exact(10),
        deferred=share(0.25),
        latency=exact(0.15),
    )
    return replace(plain, **changes)


def test_credits_follow_the_uptime_of_the_month():
    # 8 h of 720 are 98.9 %: below 99 %, a credit of 30 %
    alone = firm(clients=(client(value=exact(0)),))
    found = price(alone, [Outage(MONDAY, MONDAY + 8 * HOUR)], START, STOP)

    assert dict(found.parts)["credits"].likely == pytest.approx(300)


def test_who_may_leave_is_priced_by_what_is_still_to_be_earned():
    found = price(
        firm(clients=(client(),)), [Outage(MONDAY, MONDAY + HOUR)], START, STOP
    )

    expected = 0.98 * (1 - np.exp(-0.01)) * 12_000
    assert dict(found.parts)["churn"].likely == pytest.approx(expected)


def test_a_shop_loses_orders_and_what_it_spends_on_clicks():
    found = price(firm(shop=shop()), [Outage(START, START + HOUR)], START, STOP)

    assert dict(found.parts)["ads"].likely == pytest.approx(3)
    assert dict(found.parts)["orders"].likely == pytest.approx(40 * 0.75)


def test_a_slow_shop_loses_some_orders_and_no_clicks():
    slow = Outage(START, START + HOUR, 0.0, down=False, extra_seconds=2.0)
    found = price(firm(shop=shop()), [slow], START, STOP)

    assert "ads" not in dict(found.parts)
    assert dict(found.parts)["orders"].likely == pytest.approx(
        40 * 0.75 * (1 - np.exp(-0.3))
    )


def test_putting_things_right_costs_for_each_outage_somebody_worked_in():
    ours = firm(group(recapture=share(0)), restore_hours=exact(2))
    log = [
        Outage(MONDAY, MONDAY + HOUR),
        Outage(MONDAY + 3 * HOUR, MONDAY + 4 * HOUR),
        Outage(MONDAY - 9 * HOUR, MONDAY - 8 * HOUR),
    ]
    found = price(ours, log, START, STOP)

    assert dict(found.parts)["recovery"].likely == pytest.approx(2 * 2 * 5)


def test_ranges_come_out_as_a_range_and_the_widest_input_leads_the_tornado():
    ours = firm(group(rate=Range(10, 40), dependence=Range(0.85, 0.95, share=True)))
    found = price(ours, [Outage(MONDAY, MONDAY + 2 * HOUR)], START, STOP)

    low, mid, high = (
        getattr(found.revenue_view, bound) for bound in ("low", "likely", "high")
    )
    assert low < 0.75 * mid < mid < high
    assert [bar.name for bar in found.tornado] == ["staff.rate", "staff.dependence"]
    assert found.tornado[0].low < mid < found.tornado[0].high


def test_what_moves_nothing_is_no_bar_of_the_tornado():
    ours = firm(group(rate=Range(10, 40), premium=Range(0.2, 0.8), recapture=share(0)))
    found = price(ours, [Outage(MONDAY, MONDAY + 2 * HOUR)], START, STOP)

    assert [bar.name for bar in found.tornado] == ["staff.rate"]


def test_a_begin_that_is_uncertain_widens_the_range():
    sure = Outage(MONDAY + HOUR, MONDAY + 3 * HOUR)
    unsure = replace(sure, uncertainty_seconds=1800)
    found = price(firm(), [unsure], START, STOP)

    assert found.revenue_view.likely == pytest.approx(likely(firm(), sure), rel=0.01)
    assert found.revenue_view.low == pytest.approx(0.8 * likely(firm(), sure), rel=0.01)
    assert found.tornado[0].name == "shift"


def test_the_worked_range_comes_out():
    """200 people, 6 h, priors of the worked example: $3.5 k / $7.1 k / $13.8 k."""
    count, chance = 200_000, np.random.default_rng(1)
    lasted = 6 * np.exp(0.35 * chance.standard_normal(count))
    overlap = chance.beta(8, 2, count)
    fade = np.exp(-np.maximum(lasted - 4, 0) / 24)
    worked = {
        "staff.people": 200 * lasted * overlap,  # person-hours: one hour is touched
        "staff.dependence": chance.triangular(0.6, 0.85, 1, count),
        "staff.utilisation": chance.triangular(0.6, 0.75, 0.85, count),
        "staff.recapture": chance.beta(6, 4, count) * fade,
        "staff.rate": np.full(count, 25.0),
        "staff.wage": np.full(count, 1100 / 280),
        "staff.premium": np.full(count, 0.5),
    }
    one_hour = exposure(firm(), [Outage(MONDAY, MONDAY + HOUR)], START, STOP)
    found = costs(
        firm(), one_hour, lambda name: worked.get(name, np.zeros(count))
    ).total(REVENUE_VIEW)

    assert np.quantile(found, [0.1, 0.5, 0.9]) == pytest.approx(
        [3500, 7100, 13_800], rel=0.03
    )


def test_disruptions_are_felt_by_kind():
    def felt(kind, depth, end=MONDAY + HOUR):
        stored = Disruption(1, "uplink/a", kind, MONDAY, end, 60.0, depth, ())
        (felt,) = outages_of(stored, MONDAY + 2 * HOUR)
        return felt

    assert felt(Kind.OUTAGE, 0.8).severity == 0.8
    assert felt(Kind.OUTAGE, 0.0).severity == 1
    assert felt(Kind.THROTTLING, 0.35).severity == pytest.approx(0.194, abs=0.001)
    assert not felt(Kind.DEGRADATION, 0.1).down
    assert felt(Kind.OUTAGE, 1.0, None).end == MONDAY + 2 * HOUR
    assert felt(Kind.OUTAGE, 1.0).uncertainty_seconds == 60


@pytest.mark.parametrize(
    ("text", "low", "high", "currency"),
    [
        (5, 5, 5, ""),
        ("5 to 8", 5, 8, ""),
        ("5–8 PKR", 5, 8, "PKR"),
        ("1100 PKR", 1100, 1100, "PKR"),
        ([1, 2, 4], 1, 4, ""),
    ],
)
def test_figures_are_read_as_people_write_them(text, low, high, currency):
    found, money = read(text)

    assert (found.low, found.high, money) == (low, high, currency)


@pytest.mark.parametrize("bad", ["8 to 5", "many", True, [1, 2], [3, 2, 1], None, -1])
def test_what_is_no_figure_is_refused(bad):
    with pytest.raises(ValueError, match="expected"):
        read(bad)


def test_a_share_is_never_above_one():
    with pytest.raises(ValueError, match="share"):
        read("0.5 to 1.2", share=True)
    drawn = Range(0.7, 0.99, None, share=True).at(np.linspace(0.001, 0.999, 999))
    assert drawn.max() <= 1


def test_five_to_eight_holds_nine_times_of_ten():
    drawn = Range(5, 8).at(np.linspace(0.0005, 0.9995, 1000))

    assert np.mean((drawn >= 5) & (drawn <= 8)) == pytest.approx(0.9, abs=0.002)


def test_normal_quantiles_are_those_of_the_library():
    from statistics import NormalDist

    u = np.linspace(1e-6, 1 - 1e-6, 1001)
    expected = [NormalDist().inv_cdf(value) for value in u.tolist()]

    assert normal(u) == pytest.approx(np.array(expected), abs=1e-7)


def test_even_points_find_a_mean_far_sooner_than_chance():
    def wrong(cube):  # the mean of a product of eight, which is 1
        return abs(np.prod(2 * cube, axis=1).mean() - 1)

    even = [wrong(points(4096, 8, seed)) for seed in range(12)]
    chance = [
        wrong(np.random.default_rng(seed).random((4096, 8))) for seed in range(12)
    ]

    assert np.sqrt(np.mean(np.square(even))) < np.sqrt(np.mean(np.square(chance))) / 3


def test_points_are_the_same_for_the_same_seed_and_fill_every_dimension():
    cube = points(1000, 30, 7)

    assert (cube == points(1000, 30, 7)).all()
    assert abs(cube.mean(axis=0) - 0.5).max() < 0.02
    assert cube.min() > 0
    assert cube.max() < 1


def test_nothing_happened_and_nobody_works_cost_nothing():
    assert price(firm(), [], START, STOP).revenue_view.high == 0
    nobody = Firm("USD", "2026", UTC)
    assert price(nobody, [Outage(START, STOP)], START, STOP).cost_view.high == 0
