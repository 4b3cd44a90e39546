"""A cap on the rate, as a bucket that fills with time."""

import asyncio

from rabta.clock import Clock


class Pace:
    """Waits where a transfer would be faster than its cap; no cap, no wait."""

    def __init__(self, bits_per_second: float, clock: Clock) -> None:
        self._rate = bits_per_second / 8
        self._clock = clock
        self._free_at = clock.monotonic()

    async def take(self, size: int) -> None:
        """Wait until *size* bytes may go; what was not used before is lost."""
        if not self._rate:
            return
        now = self._clock.monotonic()
        start = max(self._free_at, now - 0.1)
        self._free_at = start + size / self._rate
        if start > now:
            await asyncio.sleep(start - now)
