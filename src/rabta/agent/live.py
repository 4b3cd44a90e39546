"""Hand out what happens to everyone who watches, without ever waiting for them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from rabta.failure import NOT_MEASURED
from rabta.model import LiveEvent, Observation, Probe, ProbeCount, Status


_BACKLOG = 64  # events a slow reader may be behind before it loses samples


class LiveHub:
    """The newest status, what was probed so far, and a queue per watcher."""

    def __init__(self, status: Status) -> None:
        self._status = status
        self._queues: set[asyncio.Queue[LiveEvent]] = set()
        self._counts: dict[tuple[str, int, str, Probe], tuple[int, int]] = {}

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

    def count(self, one: Observation) -> None:
        """Count a probe; looking at a link sends none."""
        if one.probe is Probe.LINK or one.failure in NOT_MEASURED:
            return
        key = (one.uplink, one.family, one.target, one.probe)
        sent, lost = self._counts.get(key, (0, 0))
        self._counts[key] = (sent + 1, lost + (one.failure is not None))

    def counts(self) -> tuple[ProbeCount, ...]:
        """Return what was probed since the start; any thread may ask."""
        return tuple(ProbeCount(*k, *n) for k, n in self._counts.copy().items())

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
