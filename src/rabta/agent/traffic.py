"""Follows what this machine itself moves over each uplink, by the kernel's counters."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rabta.attribute.traffic import Rates, Traffic
from rabta.clock import Clock
from rabta.model import Uplink
from rabta.probes.uplinks.counters import Counted, read_counters


_LOOK = 5.0
"""Seconds between two looks."""
_KEPT: Final = 1440
"""Two hours of looks: so long a load is known to be one."""


class TrafficBook:
    """Turns counters into rates.

    An interface that two uplinks share counts for neither, as nobody can tell whose
    bytes they were.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, Counted]] = {}
        self._rates: dict[str, deque[Rates]] = {}

    def look(
        self,
        uplinks: Sequence[Uplink],
        counters: Mapping[str, Counted],
        now: int,
        monotonic: float,
    ) -> tuple[Traffic, ...]:
        """Take in *counters*, read at *now* (microseconds UTC) and *monotonic*."""
        of_interface = Counter(uplink.interface for uplink in uplinks)
        alone = {u.name: u.interface for u in uplinks if of_interface[u.interface] == 1}
        for name in self._rates.keys() - alone.keys():
            del self._rates[name]
            self._last.pop(name, None)
        for name, interface in alone.items():
            counted = counters.get(interface)
            if counted is None:
                self._last.pop(name, None)
            else:
                self._count(name, counted, now, monotonic)
        return tuple(Traffic(name, tuple(kept)) for name, kept in self._rates.items())

    def _count(self, name: str, counted: Counted, now: int, monotonic: float) -> None:
        kept = self._rates.setdefault(name, deque(maxlen=_KEPT))
        if kept and now < kept[-1].time:
            kept.clear()  # the clock was set back
        at, last = self._last.get(name, (monotonic, counted))
        self._last[name] = monotonic, counted
        seconds = monotonic - at
        if seconds <= 0 or counted.sent < last.sent or counted.received < last.received:
            return  # the first look, or the interface was made anew
        sent = (counted.sent - last.sent) * 8 / seconds
        received = (counted.received - last.received) * 8 / seconds
        kept.append(Rates(now, sent, received))


async def keep_traffic(
    uplinks: Callable[[], Sequence[Uplink]],
    clock: Clock,
    tell: Callable[[tuple[Traffic, ...]], None],
) -> None:
    """Look at the counters for ever."""
    book = TrafficBook()
    while True:
        now, monotonic = clock.now(), clock.monotonic()
        tell(book.look(uplinks(), read_counters(), now, monotonic))
        await asyncio.sleep(_LOOK)
