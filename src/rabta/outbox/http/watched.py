"""Work over a connection that is watched, and rescued when its line stops moving.

TCP waits longer and longer before it tries again, so that a line that comes back is
noticed up to a minute late, and a connection from an address that is gone never ends.
So while nothing moves, new connections are tried over every way that is open; as
soon as one works and the old one still stands still, the work goes on over the new.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from rabta import failure
from rabta.outbox.http.connection import Connection
from rabta.outbox.http.race import Route, connect
from rabta.outbox.outcome import LineError, ServerError
from rabta.probes.url import Url


T = TypeVar("T")

_TICK = 0.1
_SUSPECT = 1.0  # seconds without a byte
_AGAIN = 0.25  # between attempts to find another way
_TRY = 1.0  # for one such attempt; a line that is back answers sooner
_GIVE_UP = 20.0


class RescuedError(LineError):
    """The old connection stands still; *fresh* is one that works."""

    def __init__(self, fresh: Connection) -> None:
        super().__init__(failure.GENERIC_TIMEOUT)
        self.fresh = fresh


async def watched(
    connection: Connection, work: Awaitable[T], route: Route, url: Url
) -> T:
    """Await *work* over *connection*.

    Raises:
        RescuedError: it stood still while another connection could be had.
        LineError: it stood still and no way led to *url*.
    """
    task = asyncio.ensure_future(work)
    rescue: asyncio.Task[Connection] | None = None
    try:
        while True:
            waited = (task,) if rescue is None else (task, rescue)
            await asyncio.wait(
                waited, timeout=_TICK, return_when=asyncio.FIRST_COMPLETED
            )
            if task.done():
                return task.result()
            idle = connection.idle_seconds()
            gone = _is_gone(connection, route)
            if idle < _SUSPECT and not gone:
                await _drop(rescue)
                rescue = None
                continue
            if idle > _GIVE_UP or (gone and not route.ways()):
                raise LineError(failure.GENERIC_TIMEOUT)
            if rescue is None:
                rescue = asyncio.create_task(_find(route, url))
            if rescue.done():
                fresh, rescue = rescue.result(), None
                raise RescuedError(fresh)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await _drop(rescue)


def _is_gone(connection: Connection, route: Route) -> bool:
    """Whether the address or the line this connection began with is no more."""
    return not any(connection.binding in way.bindings for way in route.ways())


async def reach(route: Route, url: Url) -> Connection:
    """Connect within ``route.patience`` seconds, soon after the line comes back.

    Raises:
        LineError: no way led there.
        ServerError: the far end refused, or could not prove its name.
    """
    try:
        async with asyncio.timeout(route.patience):
            return await _find(route, url, refusals=True)
    except TimeoutError as error:
        raise LineError(failure.GENERIC_TIMEOUT) from error


async def _find(route: Route, url: Url, *, refusals: bool = False) -> Connection:
    """Connect as soon as that works: one attempt every 250 ms, a second for each.

    One attempt beside them has all its time: over a satellite, or a line that is full,
    connecting and shaking hands alone take longer than a second.
    """
    quick = Route(route.ways, route.clock, _TRY)
    passing = LineError if refusals else (LineError, ServerError)
    patient: asyncio.Task[Connection] | None = None
    pending: set[asyncio.Task[Connection]] = set()
    clock = asyncio.get_running_loop().time
    try:
        while True:
            if patient not in pending:
                patient = asyncio.create_task(connect(route, url))
                pending.add(patient)
            else:
                pending.add(asyncio.create_task(connect(quick, url)))
            again = clock() + _AGAIN
            while (left := again - clock()) > 0:
                if not pending:
                    await asyncio.sleep(left)
                    break
                done, pending = await asyncio.wait(
                    pending, timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
                if winner := _winner(done, passing):
                    return winner
    finally:
        for task in pending:
            await _drop(task)


def _winner(
    done: set[asyncio.Task[Connection]],
    passing: type[Exception] | tuple[type[Exception], ...],
) -> Connection | None:
    """Return one that was made and close the others; raise what is not *passing*."""
    for error in (task.exception() for task in done):
        if error is not None and not isinstance(error, passing):
            raise error
    made = [task.result() for task in done if task.exception() is None]
    for surplus in made[1:]:
        surplus.close()
    return made[0] if made else None


async def _drop(task: asyncio.Task[Connection] | None) -> None:
    """End an attempt; a connection it made in spite of that is closed."""
    if task is None:
        return
    task.cancel()
    (result,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(result, Connection):
        result.close()
