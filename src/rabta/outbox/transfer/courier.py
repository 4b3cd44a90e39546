"""Requests that find their way again, and steps repeated until they are through."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TypeVar

from rabta.model import Message
from rabta.outbox.http import Connection, Reply, RescuedError, Route, reach, watched
from rabta.outbox.outcome import LineError, ServerError
from rabta.outbox.task import Task
from rabta.probes.url import Url
from rabta.steer.ways import Way


T = TypeVar("T")

_GRACE = 15.0
"""Seconds a transfer waits for a way before it lets other jobs have its place."""
_FRUITLESS = 4
"""Connections in a row that moved nothing before it does so, too."""
_STALE = 4.0
"""Seconds of rest after which a connection is not used again: servers close those that
ask nothing, some after five."""

Headers = Sequence[tuple[str, str]]


class Courier:
    """Carries the requests of one task; holds at most one connection."""

    def __init__(
        self, task: Task, ways: Callable[[], tuple[Way, ...]] | None = None
    ) -> None:
        """*ways*: over which of the task's; all of them when left out."""
        self.task = task
        self.route = Route(ways or task.ways, task.clock)
        self._connection: Connection | None = None
        self._url: Url | None = None
        self._used_at = float("-inf")
        """When the last answer came, monotonic seconds."""

    @property
    def uplink(self) -> str:
        """The uplink that carried the last request."""
        return self._connection.way.uplink if self._connection else ""

    async def ask(
        self,
        method: str,
        url: Url,
        headers: Headers = (),
        body: bytes | AsyncGenerator[bytes, None] = b"",
        length: int | None = None,
    ) -> Reply:
        """Send one request; what it raises is of ``rabta.outbox.outcome``."""
        connection = await self._connected(url)
        sent = connection.request(method, url, headers, body, length)
        return await self._guarded(connection, sent, url)

    async def body(self) -> bytes:
        """Return the body of the last answer."""
        connection, url = self._current()
        return await self._guarded(connection, connection.body(), url)

    async def receive(self, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Give every piece of the last answer's body to *take*."""
        connection, url = self._current()

        async def receiving() -> None:
            async for piece in connection.pieces():
                await take(piece)

        await self._guarded(connection, receiving(), url)

    def hang_up(self) -> None:
        """Close what is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def until_through(self, step: Callable[[], Awaitable[T]]) -> T:
        """Repeat *step* while lines fail and come back, as long as it gets on.

        Raises:
            LineError: no way came back soon, or ways are open and lead nowhere.
        """
        fruitless = 0
        while True:
            before = self.task.done_bytes
            try:
                return await step()
            except RescuedError:
                fruitless = 0 if self.task.done_bytes > before else fruitless + 1
            except LineError:
                self.hang_up()
                fruitless = 0 if self.task.done_bytes > before else fruitless + 1
                if not await self.task.another_way(_GRACE):
                    raise
            if fruitless > _FRUITLESS:
                raise LineError("unknown_failure")

    def _current(self) -> tuple[Connection, Url]:
        if self._connection is None or self._url is None:
            raise RuntimeError("ask first")
        return self._connection, self._url

    async def _connected(self, url: Url) -> Connection:
        here = self._connection
        same = self._url is not None and self._url.authority == url.authority
        rested = self.task.clock.monotonic() - self._used_at
        if here is None or not same or not here.usable or rested > _STALE:
            self.hang_up()
            here = self._connection = await reach(self.route, url)
        self._url = url
        self.task.uplink = here.way.uplink
        return here

    async def _guarded(self, connection: Connection, work: Awaitable[T], url: Url) -> T:
        try:
            done = await watched(connection, work, self.route, url)
        except RescuedError as rescued:
            self.hang_up()
            self._connection, self._url = rescued.fresh, url
            self._used_at = self.task.clock.monotonic()
            self.task.uplink = rescued.fresh.way.uplink
            raise
        except BaseException:
            self.hang_up()
            raise
        self._used_at = self.task.clock.monotonic()
        return done


def refused(reply: Reply, url: Url, now: int) -> ServerError:
    """Return the error that *reply* stands for; the server may do better later."""
    says = Message.of("outbox.status", host=url.host, status=reply.status)
    return ServerError(says, reply.retry_after(now))


TRANSIENT = frozenset({408, 409, 423, 425, 429, 500, *range(502, 600)})
"""Answers after which asking again can help (RFC 9110, 6585, 8470; 423 of a lock).

501, "not implemented", is none of them.
"""
