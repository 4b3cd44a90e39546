"""Hand out what happens to everyone who watches, without ever waiting for them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from rabta.model import Observation, Status
from rabta.model.live import LiveEvent


_BACKLOG = 64  # events a slow reader may be behind before it loses samples


class LiveHub:
    """The newest status, and a queue per watcher."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._queues: set[asyncio.Queue[LiveEvent]] = set()

    @property
    def watched(self) -> bool:
        """Whether anybody is listening; nobody needs samples otherwise."""
        return bool(self._queues)

    def status(self) -> Status:
        """Return the newest status."""
        return self._status

    def publish(self, status: Status) -> None:
        """Replace the status and tell every watcher."""
        self._status = status
        self._push(LiveEvent("status", status=status))

    def samples(self, observations: tuple[Observation, ...]) -> None:
        """Pass the newest observations on."""
        if observations and self._queues:
            self._push(LiveEvent("samples", samples=observations))

    def _push(self, event: LiveEvent) -> None:
        for queue in self._queues:
            while queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[LiveEvent]]:
        """Follow along, beginning with the newest status."""
        with self._queue() as queue:
            queue.put_nowait(LiveEvent("status", status=self._status))
            yield _drain(queue)

    @contextmanager
    def _queue(self) -> Iterator[asyncio.Queue[LiveEvent]]:
        queue: asyncio.Queue[LiveEvent] = asyncio.Queue(_BACKLOG)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)


async def _drain(queue: asyncio.Queue[LiveEvent]) -> AsyncIterator[LiveEvent]:
    while True:
        yield await queue.get()
