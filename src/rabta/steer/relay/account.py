"""The data caps the relay keeps, and what it tells of itself while it serves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from rabta.clock import Clock
from rabta.model import Uplink
from rabta.steer import document
from rabta.steer.document import replace_file
from rabta.steer.lines import Lines
from rabta.steer.relay.report import FILE, Report
from rabta.steer.relay.server import Relay
from rabta.steer.usage import Usage


_EVERY = 2.0  # seconds


class Caps:
    """Which uplinks are over their data cap.

    Who steers counts the bytes of all programs, the relay's among them; while nobody
    does, the relay counts, in the same file, so that no byte is counted twice.
    """

    def __init__(self, folder: Path, clock: Clock, caps: Mapping[str, int]) -> None:
        """*caps*: bytes a month, by uplink."""
        self._folder = folder
        self._clock = clock
        self._caps = caps
        self._usage: Usage | None = None

    def spent(self, uplinks: Sequence[Uplink]) -> Collection[str]:
        """Return the names of those over their cap; *uplinks* are all there are."""
        if not self._caps:
            return frozenset()
        steered = document.read(self._folder, self._clock)
        if steered is not None:
            self._usage = None
            used: Mapping[str, int] = {o.uplink: o.used_bytes for o in steered.lines}
        else:
            self._usage = self._usage or Usage(self._folder, self._clock)
            used = self._usage.count(uplinks)
        return frozenset(n for n, cap in self._caps.items() if used.get(n, 0) > cap)


@asynccontextmanager
async def accounted(
    relay: Relay, lines: Lines, caps: Caps, folder: Path, clock: Clock, address: str
) -> AsyncIterator[None]:
    """Let *relay* keep its caps, and tell of it, while inside."""

    async def account() -> None:
        while True:
            relay.spent = await asyncio.to_thread(caps.spent, lines.uplinks)
            report = Report(
                True,
                clock.now(),
                address,
                relay.connections(),
                relay.moved_bytes(),
                relay.refused_by_rule,
                tuple(sorted(relay.spent)),
            )
            content = msgspec.json.encode(report)
            await asyncio.to_thread(replace_file, folder / FILE, content)
            await asyncio.sleep(_EVERY)

    accounting = asyncio.create_task(account())
    try:
        yield
    finally:
        accounting.cancel()
        await asyncio.gather(accounting, return_exceptions=True)
        with contextlib.suppress(OSError):
            (folder / FILE).unlink()
