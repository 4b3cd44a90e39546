"""What this machine itself moves over an uplink, held against what it moved before.

A line that is full is slow for whoever fills it. The kernel counts the bytes of each
interface, so whether it is this machine that does need not be guessed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from rabta.clock import MINUTE, SECOND


_BEFORE: Final = 10 * MINUTE
_NOW: Final = MINUTE
_FRESH: Final = 30 * SECOND
_FEWEST: Final = 3
_TIMES: Final = 4.0
_LEAST: Final = 200_000.0
"""bit/s; the probes of one uplink and a page now and then stay below."""
_IDLE: Final = 100_000.0
"""bit/s; fills no line that anybody works over."""


class Rates(NamedTuple):
    """Means between two looks at the counters, bit/s."""

    time: int
    """Of the later look, microseconds UTC."""
    sent: float
    received: float


@dataclass(frozen=True, slots=True)
class Load:
    """What this machine moves now, in the direction that has grown more."""

    sends: bool
    now: float
    """bit/s, the median of the last minute."""
    before: float
    """bit/s, the median of ten minutes before."""

    @property
    def busy(self) -> bool:
        """Whether it moves much, and far more than before."""
        return self.now >= max(_LEAST, _TIMES * self.before)

    @property
    def idle(self) -> bool:
        """Whether it moves next to nothing."""
        return self.now < _IDLE


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one uplink carried of this machine's, oldest first."""

    uplink: str
    rates: Sequence[Rates]

    def since(self, began: int, now: int) -> Load | None:
        """Compare the last minute up to *now* with what was usual before *began*.

        Medians, so that a page or a timed fetch is no load. None where too little is
        known of one of them.
        """
        before = self._between(began - _BEFORE, began)
        lately = self._between(max(began, now - _NOW), now)
        if min(len(before), len(lately)) < _FEWEST or now - lately[-1].time > _FRESH:
            return None
        both = (
            Load(True, median(r.sent for r in lately), median(r.sent for r in before)),
            Load(
                False,
                median(r.received for r in lately),
                median(r.received for r in before),
            ),
        )
        return max(both, key=lambda load: load.now - load.before)

    def _between(self, start: int, stop: int) -> Sequence[Rates]:
        first = bisect_right(self.rates, start, key=_time)
        return self.rates[first : bisect_left(self.rates, stop + 1, key=_time)]


def _time(rates: Rates) -> int:
    return rates.time
