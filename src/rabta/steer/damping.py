"""Flap damping: a line that keeps failing is not trusted at once (after RFC 2439)."""

import math
from dataclasses import dataclass


_FAILURE = 1000.0
_SUPPRESS, _REUSE = 2500.0, 750.0
_HALF_LIFE = 300.0  # seconds
_CEILING = 6000.0
"""RFC 2439's figures for routes, but for minutes instead of quarters of an hour, and
with the third failure, not the second, as the one too many: a line is one's own."""


@dataclass(slots=True)
class Penalty:
    """Grows with each failure, halves every five minutes; times are monotonic."""

    value: float = 0.0
    at: float = 0.0
    suppressed: bool = False

    def fail(self, now: float) -> None:
        """Note one more failure."""
        self.value = min(self.decayed(now) + _FAILURE, _CEILING)
        self.at = now
        self.suppressed = self.suppressed or self.value >= _SUPPRESS

    def decayed(self, now: float) -> float:
        """Return what is left of it."""
        return self.value * math.exp2(-max(0.0, now - self.at) / _HALF_LIFE)

    def holds(self, now: float) -> bool:
        """Whether the line is still held back."""
        if self.suppressed and self.decayed(now) < _REUSE:
            self.suppressed = False
        return self.suppressed
