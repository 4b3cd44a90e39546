"""The uplinks and what is believed of them, as they change."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from rabta.clock import Clock
from rabta.model import Needs, Uplink
from rabta.probes.uplinks import Names, watch
from rabta.steer.beliefs import Beliefs, Reader
from rabta.steer.ways import Way, ways_for


_LOOK = 0.05  # seconds between looks at the daemon's status: one row


class Lines:
    """What is known of the ways out; ``news`` is set whenever it changes."""

    def __init__(self, path: Path, names: Mapping[str, Names], clock: Clock) -> None:
        self.uplinks: tuple[Uplink, ...] = ()
        self.beliefs: Beliefs | None = None
        self.version = 0
        """Counts changes."""
        self._names = names
        self._reader = Reader(path, clock)
        self._changed = asyncio.Condition()

    def ways(self, needs: Needs, host: str) -> tuple[Way, ...]:
        """Return the ways that are open now, best first."""
        return ways_for(needs, host, self.uplinks, self.beliefs)

    async def news(self, since: int, seconds: float) -> bool:
        """Wait until something changed after version *since*, or *seconds* passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self.version != since)
        return self.version != since

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Follow uplinks and beliefs while inside; the first look is done on entry."""
        first = asyncio.Event()
        tasks = [
            asyncio.create_task(self._follow_uplinks(first)),
            asyncio.create_task(self._follow_beliefs()),
        ]
        first_look = asyncio.create_task(first.wait())
        try:
            await asyncio.wait(
                (first_look, *tasks), return_when=asyncio.FIRST_COMPLETED
            )
            yield
        finally:
            for task in (*tasks, first_look):
                task.cancel()
            await asyncio.gather(*tasks, first_look, return_exceptions=True)
            self._reader.close()

    async def _follow_uplinks(self, first: asyncio.Event) -> None:
        async for uplinks in watch(self._names):
            self.uplinks = uplinks
            await self._tell()
            first.set()

    async def _follow_beliefs(self) -> None:
        while True:
            beliefs = await asyncio.to_thread(self._reader.read)
            if beliefs is not self.beliefs and beliefs != self.beliefs:
                self.beliefs = beliefs
                await self._tell()
            await asyncio.sleep(_LOOK)

    async def _tell(self) -> None:
        async with self._changed:
            self.version += 1
            self._changed.notify_all()
