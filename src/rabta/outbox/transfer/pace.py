"""A cap on the rate, as a bucket that fills with time."""

import asyncio

from rabta.clock import Clock
from rabta.model import Limit
from rabta.outbox.limit import in_force


class Pace:
    """Waits where a transfer would be faster than its cap; no cap, no wait."""

    def __init__(self, limit: Limit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._free_at = clock.monotonic()

    async def take(self, size: int) -> None:
        """Wait until *size* bytes may go; what was not used before is lost."""
        rate = in_force(self._limit, self._clock.now()) / 8
        if not rate:
            return
        now = self._clock.monotonic()
        start = max(self._free_at, now - 0.1)
        self._free_at = start + size / rate
        if start > now:
            await asyncio.sleep(start - now)
