"""A late answer counts, a late reader does not."""

import asyncio
import time

from rabta.agent.overdue import Overdue


async def test_it_tells_when_nobody_was_held_up():
    told = asyncio.Event()
    begun = time.monotonic()
    Overdue(0.03, told.set)
    await asyncio.wait_for(told.wait(), 2)

    assert time.monotonic() - begun >= 0.03


async def test_an_answer_that_waited_while_this_process_slept_is_not_late():
    told: list[bool] = []
    timer = Overdue(0.01, lambda: told.append(True))
    time.sleep(0.2)  # noqa: ASYNC251 - the machine is busy
    await asyncio.sleep(0)  # both are ready now: the timer and the answer
    timer.cancel()
    await asyncio.sleep(0.3)

    assert not told


async def test_what_stays_away_is_told_though_the_machine_is_busy():
    told = asyncio.Event()
    Overdue(0.01, told.set)
    begun = time.monotonic()
    while not told.is_set() and time.monotonic() - begun < 5:
        time.sleep(0.1)  # noqa: ASYNC251
        await asyncio.sleep(0)

    assert 0.1 < time.monotonic() - begun < 1
