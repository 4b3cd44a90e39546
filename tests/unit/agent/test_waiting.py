"""Waiting ends with the event or with patience."""

import asyncio

from rabta.agent.waiting import happens


async def test_an_event_ends_the_wait_and_is_told_from_patience():
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, event.set)

    assert await happens(event, 5.0)
    assert not event.is_set()
    assert not await happens(event, 0.01)
    assert not event.is_set()


async def test_what_happened_before_is_not_missed():
    event = asyncio.Event()
    event.set()

    assert await happens(event, 0.0)
