"""Worse than usual, though still there: sequential tests for loss and delay.

Page's CUSUM (Basseville and Nikiforov 1993, 2.2), one per member and measure, each
against the member's own slow baseline. A minimum effect keeps what is significant
but harmless quiet: 2 points of loss, or 15 % and 10 ms of delay.
"""

from math import exp, log
from statistics import median
from typing import Final


_COLD: Final = 16
"""Samples before a baseline is worth comparing with."""
_KNOWN: Final = 2 * _COLD
"""Samples after which it is worth remembering."""
_FAR_ABOVE, _FAR_LATER = 1.5, 0.050
"""By how much, and by how many seconds, a start must be slower than before."""
_SLOW: Final = 0.02
_FAR: Final = 3.0
"""Spreads from the usual beyond which an answer is another thing, such as a portal's
in place of the host's: it widens what is usual by little."""
_FADE: Final = 0.05


class LossChange:
    """Is loss at least two points above its baseline?"""

    __slots__ = (
        "_good",
        "base",
        "count",
        "needed",
        "onset",
        "open",
        "recent",
        "total",
    )

    _SHIFT: Final = 0.04
    _THRESHOLD: Final = 7.0
    _EFFECT: Final = 0.02
    _ENOUGH: Final = 10.0
    """Loss is over after this over its rate answers in a row: luck is 5e-5."""

    def __init__(self) -> None:
        self.base = 0.01
        self.recent = 0.0
        self.total = 0.0
        self.count = 0
        self.open = False
        self.onset = 0
        self._good = 0
        self.needed = 100.0
        """How many answers in a row end it."""

    def lost(self, time: int) -> None:
        """Count one probe sent at *time* (microseconds UTC) that stayed unanswered."""
        if not self.total:
            self.onset = time
        self.total += log((self.base + self._SHIFT) / self.base)
        self.recent += _FADE * (1 - self.recent)
        self._good = 0
        self.needed = min(max(self._ENOUGH / self.recent, 15.0), 100.0)
        self._learn(1.0)
        if self.total > self._THRESHOLD:
            self.total = self._THRESHOLD
            self.open = self.open or self.extra > self._EFFECT

    def answered(self) -> None:
        """Count one that was answered."""
        self.recent -= _FADE * self.recent
        if self.total:
            better = log((1 - self.base - self._SHIFT) / (1 - self.base))
            self.total = max(0.0, self.total + better)
        if self.open:
            self._good += 1
            if self._good >= self.needed:
                self.close()
        self._learn(0.0)

    def close(self) -> None:
        """Call the loss over."""
        self.open = False
        self.total = 0.0

    @property
    def extra(self) -> float:
        """Recent loss above the baseline, 0 to 1."""
        return max(0.0, self.recent - self.base)

    def _learn(self, loss: float) -> None:
        self.count += 1
        if not self.open:
            base = self.base + 0.002 * (loss - self.base)
            self.base = min(max(base, 0.01), 0.5)


class DelayChange:
    """Is delay at least 15 % and 10 ms above its baseline?"""

    __slots__ = (
        "_expected",
        "_first",
        "_good",
        "base",
        "count",
        "onset",
        "open",
        "spread",
        "total",
    )

    _THRESHOLD: Final = 16.0
    _SUSPICIOUS: Final = 4.0
    """From here on nothing is learnt: a change must not become the usual unseen."""

    def __init__(self) -> None:
        self.base = 0.0
        """Logarithm of seconds."""
        self.spread = 0.1
        self.count = 0
        self.total = 0.0
        self.open = False
        self.onset = 0
        self._good = 0
        self._first: list[float] = []
        self._expected: tuple[float, float] | None = None

    def expect(self, seconds: float, spread: float) -> None:
        """Say what was usual before this began, to notice what is far above it.

        What is near it is taken as the new usual: between night and a busy evening
        delays differ, and nothing was seen of the way from one to the other.
        """
        self._expected = seconds, spread

    @property
    def usual(self) -> tuple[float, float] | None:
        """Seconds and spread, where they are known well and nothing is amiss."""
        if self.count < _KNOWN or self.open or self.total > self._SUSPICIOUS:
            return None
        return exp(self.base), self.spread

    def sample(self, time: int, rtt: float, smooth: float) -> None:
        """Take in *rtt* of a probe sent at *time*; *smooth* is its smoothed value."""
        value = log(rtt) if rtt > 1e-6 else -13.8
        self.count += 1
        if self.count <= _COLD:
            self._begin(value)
            return
        distance = value - self.base
        spread = max(0.05, self.spread)
        step = distance / (1.25 * spread)
        self._accumulate(time, step if step <= 1 or self._matters(rtt) else 0.0)
        if self.open:
            self._close(rtt)
        elif self.total > self._THRESHOLD and self._matters(smooth):
            self.open = True
            self._good = 0
        suspicious = self.total > self._SUSPICIOUS and self._matters(smooth)
        if not self.open and step < 6 and not suspicious:
            self.base += _SLOW * min(max(distance, -spread), spread)
            self.spread += _SLOW * (min(abs(distance), _FAR * spread) - self.spread)

    def _begin(self, value: float) -> None:
        """Take the middle of the first few: a machine that starts is late itself."""
        self._first.append(value)
        self.base = median(self._first)
        self.spread = 1.25 * median(abs(one - self.base) for one in self._first)
        if self.count == _COLD // 2 and self._expected is not None:
            self._compare_with_before(*self._expected)
        if self.count == _COLD:
            self._first = []

    def _compare_with_before(self, seconds: float, spread: float) -> None:
        now = exp(self.base)
        if now > _FAR_ABOVE * seconds and now > seconds + _FAR_LATER:
            self.base, self.spread = log(seconds), spread
            self.count = _COLD
        self._expected = None

    def _accumulate(self, time: int, step: float) -> None:
        if step > 1:
            if not self.total:
                self.onset = time
            total = self.total + (min(4, step)) - 1
            self.total = total if total < 24 else 24.0
        elif self.total:
            total = self.total + (max(-2, step)) - 1
            self.total = total if total > 0 else 0.0

    def _matters(self, seconds: float) -> bool:
        usual = exp(self.base)
        return seconds > 1.15 * usual and seconds > usual + 0.010

    def _close(self, rtt: float) -> None:
        usual = exp(self.base)
        fine = rtt < 1.07 * usual or rtt < usual + 0.005
        self._good = self._good + 1 if fine else 0
        if self._good >= 5:
            self.open = False
            self.total = 0.0

    def above(self, smooth: float) -> float:
        """Seconds by which *smooth* exceeds the baseline."""
        return max(0.0, smooth - exp(self.base)) if self.count else 0.0


class RateChange:
    """Has throughput fallen to half of its baseline, three times in a row?"""

    __slots__ = ("_bad", "base", "onset", "open")

    def __init__(self) -> None:
        self.base = 0.0
        self.open = False
        self.onset = 0
        self._bad = 0

    def sample(self, time: int, rate: float) -> None:
        """Take in one timed transfer, bits per second."""
        if not self.base:
            self.base = rate
        if rate > self.base / 2:
            self._bad = 0
            self.open = False
            self.base += 0.1 * (rate - self.base)
            return
        if not self._bad:
            self.onset = time
        self._bad += 1
        self.open = self._bad >= 3
