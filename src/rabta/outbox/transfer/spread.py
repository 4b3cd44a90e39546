"""Pieces of one file, carried by every good uplink at the same time.

Each uplink takes a piece, and the next when that is through or nothing of it is left to
send, so that the faster one carries more and none stands idle while the far side looks
at what it got. When none is left to begin, who is free carries a second time what is
still under way; the first to arrive counts. So the slower line holds up nothing, nor
does one that died: what is carried twice must not matter to the far side.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from rabta import failure
from rabta.outbox.http import RescuedError
from rabta.outbox.outcome import LineError
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import Courier
from rabta.steer.ways import Way


Free = Callable[[], None]
"""Says that the line is free: all of the piece was handed to it."""
Carry = Callable[[Courier, int, Free], Awaitable[None]]
"""Carries the piece of that number."""

_AGAIN = 10.0
"""Seconds before an uplink that failed gets another piece."""
_FRUITLESS = 4
"""Connections in a row that carried no piece before an uplink counts as failed."""
_LOOK = 1.0
_AT_ONCE = 2
"""Pieces of one uplink under way: one that is sent, one whose answer is awaited."""


@dataclass(slots=True, eq=False)
class _Load:
    """One piece under way."""

    uplink: str
    piece: int
    courier: Courier
    is_sent: bool = False


def good(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    """Return the ways that carry at the same time, best first.

    All that cost nothing extra; of those that do the best, and only where there is no
    other. What is known to be down is no way.
    """
    return tuple(way for way in ways if not way.metered) or ways[:1]


async def spread(task: Task, pieces: Iterable[int], carry: Carry) -> None:
    """Carry all *pieces*; what *carry* raises ends it, but for a line that failed.

    Raises:
        LineError: no way is open, or all that are have failed.
    """
    await _Spreading(task, pieces, carry).run()


class _Spreading:
    def __init__(self, task: Task, pieces: Iterable[int], carry: Carry) -> None:
        self._task = task
        self._left = deque(pieces)
        self._done: set[int] = set()
        self._carry = carry
        self._idle: dict[str, list[Courier]] = {}
        """Couriers of an uplink that carry nothing now, their connections open."""
        self._running: dict[asyncio.Task[None], _Load] = {}
        self._freed = asyncio.Event()
        self._rests: dict[str, float] = {}
        """Until when (monotonic seconds) an uplink that failed gets nothing."""
        self._fruitless: dict[str, int] = {}
        self._reason = failure.NO_ROUTE

    async def run(self) -> None:
        try:
            while self._left or self._running:
                self._hand_out()
                if not self._running:
                    raise LineError(self._reason)
                for one in await self._ended():
                    self._settle(one)
        finally:
            couriers = [load.courier for load in self._running.values()]
            await _end(self._running)
            for courier in (*couriers, *itertools.chain(*self._idle.values())):
                courier.hang_up()

    async def _ended(self) -> list[asyncio.Task[None]]:
        """Return what has ended once something has, or a line became free."""
        self._freed.clear()
        freed = asyncio.ensure_future(self._freed.wait())
        waited = (freed, *self._running)
        try:
            await asyncio.wait(
                waited, timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            freed.cancel()
        return [one for one in self._running if one.done()]

    def _hand_out(self) -> None:
        """Give a piece to every uplink that is free and good."""
        now = self._task.clock.monotonic()
        for way in good(self._task.ways()):
            name = way.uplink
            if not self._is_free(name) or self._rests.get(name, now) > now:
                continue
            piece = self._left.popleft() if self._left else self._doubtful(name)
            if piece is None:
                continue
            idle = self._idle.setdefault(name, [])
            load = _Load(name, piece, idle.pop() if idle else self._courier(name))
            working = asyncio.ensure_future(
                self._carry(load.courier, piece, partial(self._free, load))
            )
            self._running[working] = load

    def _is_free(self, uplink: str) -> bool:
        here = [load for load in self._running.values() if load.uplink == uplink]
        return len(here) < _AT_ONCE and all(load.is_sent for load in here)

    def _free(self, load: _Load) -> None:
        load.is_sent = True
        self._freed.set()

    def _courier(self, uplink: str) -> Courier:
        def ways() -> tuple[Way, ...]:
            """Return this one; all there are while it is the only one that is good."""
            there = self._task.ways()
            if len(good(there)) < 2:
                return there
            return tuple(way for way in there if way.uplink == uplink)

        return Courier(self._task, ways)

    def _doubtful(self, uplink: str) -> int | None:
        """Return a piece that is under way over one uplink only, and not this one."""
        loads = [o for o in self._running.values() if o.piece not in self._done]
        pieces = [load.piece for load in loads]
        here = {load.piece for load in loads if load.uplink == uplink}
        return next((p for p in pieces if pieces.count(p) == 1 and p not in here), None)

    def _settle(self, one: asyncio.Task[None]) -> None:
        load = self._running.pop(one)
        name, piece = load.uplink, load.piece
        self._idle[name].append(load.courier)
        if one.cancelled():  # another uplink was first
            return
        doubles = [o for o, other in self._running.items() if other.piece == piece]
        try:
            one.result()
        except LineError as error:
            self._fail(name, error)
            if not doubles and piece not in self._done:
                self._left.appendleft(piece)
        else:
            self._done.add(piece)
            self._fruitless[name] = 0
            for other in doubles:
                other.cancel()

    def _fail(self, uplink: str, error: LineError) -> None:
        """Let an uplink rest, unless it has a fresh connection already."""
        tries = self._fruitless.get(uplink, 0) + 1
        rescued = isinstance(error, RescuedError) and tries <= _FRUITLESS
        self._fruitless[uplink] = tries if rescued else 0
        if not rescued:
            self._reason = error.reason
            self._rests[uplink] = self._task.clock.monotonic() + _AGAIN


async def _end(running: Iterable[asyncio.Task[None]]) -> None:
    tasks = tuple(running)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
