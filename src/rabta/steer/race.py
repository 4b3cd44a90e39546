"""The first connection that works, over every way and address (after RFC 8305).

The next attempt joins after 250 ms, or as soon as one has failed. One that costs money,
or that a rule likes less, joins only when all before it failed or had a second.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from rabta.probes.binding import Binding
from rabta.steer.ways import Way


STAGGER = 0.25
RESERVE = 1.0
"""Seconds; as long as the system waits before it sends a first packet again."""

Address = tuple[int, str]
"""4 or 6, and the address."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One address over one way, and the lead of those before it in seconds."""

    way: Way
    binding: Binding
    address: str
    lead: float = STAGGER


class LostError(Exception):
    """No attempt worked; *reasons* are their errors in the order they came."""

    def __init__(self, reasons: Sequence[Exception]) -> None:
        super().__init__("no attempt worked")
        self.reasons = tuple(reasons)


def by_cost(ways: Iterable[Way]) -> list[tuple[Way, ...]]:
    """Part *ways*, which are in order, where those that cost money begin."""
    return [tuple(part) for _, part in groupby(ways, key=lambda way: way.metered)]


def attempts(
    tiers: Iterable[Sequence[Way]], addresses: Sequence[Address]
) -> list[Attempt]:
    """Return what to try, in order; a tier is reserved for when those before fail.

    Within a tier the first address of every way comes before anybody's third. Where
    the first way is sure, its second address comes before the second way.
    """
    found: list[Attempt] = []
    for ways in tiers:
        sure = bool(ways) and ways[0].sure
        places = [(w, a) for w in range(len(ways)) for a in range(len(addresses))]
        places.sort(key=lambda at: (sum(at), at[0] if sure else at[1]))
        lead = RESERVE if found else STAGGER
        for w, a in places:
            family, address = addresses[a]
            if (binding := ways[w].binding(family)) is not None:
                found.append(Attempt(ways[w], binding, address, lead))
                lead = STAGGER
    return found


async def first(
    waiting: Iterable[tuple[float, Callable[[], Awaitable[T]]]],
    patience: float,
    discard: Callable[[T], None],
) -> T:
    """Return what the first attempt that works gives; each is (lead, how to begin it).

    Those that lost are cancelled; *discard* lets go of what one of them still gave.

    Raises:
        LostError: none worked, the last reason ``TimeoutError`` after *patience*
            seconds. An error that is no ``OSError`` or ``EOFError`` goes through.
    """
    loop = asyncio.get_running_loop()
    queue = deque(waiting)
    running: set[asyncio.Task[T]] = set()
    reasons: list[Exception] = []
    began, failed = loop.time(), True
    end = began + patience
    try:
        while queue or running:
            now = loop.time()
            if now >= end:
                reasons.append(TimeoutError())
                break
            due = began + queue[0][0] if queue else end
            hurried = failed and bool(queue) and queue[0][0] <= STAGGER
            if queue and (not running or hurried or now >= due):
                running.add(asyncio.ensure_future(queue.popleft()[1]()))
                began, failed = now, False
                continue
            done, running = await asyncio.wait(
                running,
                timeout=min(due, end) - now,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                error = task.exception()
                if error is None:
                    running |= done - {task}
                    return task.result()
                if not isinstance(error, OSError | EOFError):
                    running |= done
                    raise error
                reasons.append(error)
                failed = True
    finally:
        for task in running:
            task.cancel()
        for lost in await asyncio.gather(*running, return_exceptions=True):
            if not isinstance(lost, BaseException):
                discard(lost)
    raise LostError(reasons)
