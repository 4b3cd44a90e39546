"""What is tried in which order, and who wins."""

import asyncio
from functools import partial

import pytest

from rabta.probes.binding import Binding
from rabta.steer.race import RESERVE, STAGGER, LostError, attempts, by_cost, first
from rabta.steer.ways import Way


def way(name, *, sure=False, metered=False, families=(4, 6)):
    bindings = tuple(Binding(name, "", family, "none") for family in families)
    return Way(name, bindings, sure, metered)


BOTH = [(6, "2001:db8::1"), (4, "192.0.2.1")]


def order(tiers, addresses=BOTH):
    return [(one.way.uplink, one.binding.family) for one in attempts(tiers, addresses)]


def test_the_second_way_comes_before_the_second_address_unless_the_first_is_sure():
    assert order([(way("a"), way("b"))]) == [("a", 6), ("b", 6), ("a", 4), ("b", 4)]
    sure = (way("a", sure=True), way("b"))
    assert order([sure]) == [("a", 6), ("a", 4), ("b", 6), ("b", 4)]


def test_an_address_is_tried_only_over_ways_of_its_family():
    assert order([(way("a", families=(4,)), way("b"))]) == [
        *(("b", 6), ("a", 4), ("b", 4)),
    ]
    assert order([(way("a", families=(4,)),)], [(6, "2001:db8::1")]) == []


def test_what_costs_money_is_held_back():
    tiers = by_cost((way("a"), way("b"), way("lte", metered=True)))
    assert [[one.uplink for one in tier] for tier in tiers] == [["a", "b"], ["lte"]]
    leads = [(one.way.uplink, one.lead) for one in attempts(tiers, BOTH[1:])]
    assert leads == [("a", STAGGER), ("b", STAGGER), ("lte", RESERVE)]
    assert attempts(by_cost((way("lte", metered=True),)), BOTH)[0].lead == STAGGER


class Runners:
    """What was begun and when, and what became of those who lost."""

    def __init__(self):
        self.began = {}
        self.cancelled = []
        self.discarded = []

    async def run(self, name, seconds, error=None):
        loop = asyncio.get_running_loop()
        self.began[name] = loop.time()
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        if error:
            raise error
        return name

    async def race(self, *entries, patience=5.0):
        begun = [(lead, partial(self.run, *entry)) for lead, *entry in entries]
        return await first(begun, patience, self.discarded.append)


async def test_the_next_joins_when_the_first_is_slow_and_the_loser_is_cancelled():
    runners = Runners()
    assert await runners.race((0.01, "slow", 30), (0.01, "quick", 0)) == "quick"
    assert runners.cancelled == ["slow"]


async def test_a_sure_and_quick_first_is_alone():
    runners = Runners()
    assert await runners.race((9, "first", 0), (9, "second", 0)) == "first"
    assert list(runners.began) == ["first"]


async def test_the_next_joins_at_once_when_one_has_failed():
    runners = Runners()
    refused = ConnectionRefusedError()
    won = await runners.race((0.25, "refused", 0, refused), (0.25, "next", 0))
    assert won == "next"
    assert runners.began["next"] - runners.began["refused"] < 0.2


async def test_a_reserve_waits_for_all_before_it_but_not_when_none_is_left():
    runners = Runners()
    refused = OSError()
    entries = [(0.0, "a", 0, refused), (0.0, "b", 0.1), (9, "reserve", 0)]
    assert await runners.race(*entries) == "b"
    assert "reserve" not in runners.began
    entries = [(0.0, "a", 0, refused), (9, "reserve", 0)]
    assert await runners.race(*entries) == "reserve"


async def test_all_reasons_are_told_in_their_order():
    runners = Runners()
    with pytest.raises(LostError) as lost:
        await runners.race(
            (0.0, "a", 0, ConnectionRefusedError()), (0.0, "b", 9), patience=0.05
        )
    assert [type(one) for one in lost.value.reasons] == [
        *(ConnectionRefusedError, TimeoutError),
    ]
    assert runners.cancelled == ["b"]
    with pytest.raises(LostError):
        await runners.race()


async def test_two_that_arrive_together_leave_nothing_open():
    runners = Runners()
    gate = asyncio.Event()

    async def arrive(name):
        await gate.wait()
        return name

    asyncio.get_running_loop().call_later(0.02, gate.set)
    begun = [(0.0, partial(arrive, name)) for name in ("a", "b")]
    won = await first(begun, 5, runners.discarded.append)
    assert sorted([won, *runners.discarded]) == ["a", "b"]


async def test_a_mistake_is_not_taken_for_a_line_that_failed():
    runners = Runners()
    with pytest.raises(ZeroDivisionError):
        await runners.race((0.0, "a", 0, ZeroDivisionError()), (0.0, "b", 9))
