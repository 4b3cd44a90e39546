"""Waiting for something to happen, but not for ever."""

import asyncio


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Wait until *event* is set, or *seconds* have passed; clear it; whether it was.

    ``asyncio.wait_for`` makes a task for every wait, which a daemon that wakes fifty
    times a second can do without.
    """
    in_time = True

    def give_up() -> None:
        nonlocal in_time
        in_time = event.is_set()
        event.set()

    timer = asyncio.get_running_loop().call_later(max(0.0, seconds), give_up)
    try:
        await event.wait()
    finally:
        timer.cancel()
    event.clear()
    return in_time
