"""Watchers are told everything and hold nobody up."""

import asyncio

from rabta.agent.live import LiveHub


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
