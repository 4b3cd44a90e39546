"""Watchers are told everything and hold nobody up."""

import asyncio

from rabta import failure
from rabta.agent.live import LiveHub
from rabta.model import Observation, Probe, ProbeCount


def seen(probe=Probe.ICMP, failed=None):
    return Observation(1, "ptcl", 4, "gulf", probe, None if failed else 0.1, failed)


async def test_a_watcher_begins_with_the_newest_status():
    hub = LiveHub("first")
    hub.publish("second")

    async with hub.subscribe() as events:
        assert (await anext(events)).status == "second"


async def test_a_slow_reader_still_gets_the_newest_status():
    hub = LiveHub("old")
    async with hub.subscribe() as events:
        for number in range(1000):
            hub.publish(number)

        seen = [(await anext(events)).status for _ in range(64)]

    assert seen[-1] == 999


async def test_nobody_watching_costs_nothing():
    hub = LiveHub("x")
    assert not hub.watched

    async with hub.subscribe():
        assert hub.watched
    assert not hub.watched


async def test_samples_reach_a_watcher():
    hub = LiveHub("x")
    async with hub.subscribe() as events:
        await anext(events)
        hub.samples(("one", "two"))

        event = await asyncio.wait_for(anext(events), 1)

    assert event.kind == "samples"
    assert event.samples == ("one", "two")


def test_probes_are_counted_but_not_what_was_never_sent():
    hub = LiveHub("x")
    for one in (
        seen(),
        seen(failed=failure.GENERIC_TIMEOUT),
        seen(failed=failure.HOST_UNREACHABLE),
        seen(failed=next(iter(failure.NOT_MEASURED))),
        seen(Probe.LINK),
        seen(Probe.TCP),
    ):
        hub.count(one)

    assert hub.counts() == (
        ProbeCount("ptcl", 4, "gulf", Probe.ICMP, sent=3, lost=2),
        ProbeCount("ptcl", 4, "gulf", Probe.TCP, sent=1, lost=0),
    )
