"""How long an answer usually takes, and when it is overdue."""

from typing import Final


_ALPHA: Final = 1 / 8
_BETA: Final = 1 / 4
_MARGIN: Final = 0.05
_SHORTEST, _LONGEST = 0.15, 2.0
_FIRST: Final = 1.0
"""Before the first answer, as RFC 6298 (2.1)."""
_RETRANSMIT: Final = 0.9
"""An answer later than this beyond the usual came to a repeated SYN."""


class Delay:
    """Smoothed round-trip time and its variation (RFC 6298, section 2), in seconds."""

    __slots__ = ("best", "smooth", "variation")

    def __init__(self) -> None:
        self.smooth = 0.0
        self.variation = 0.0
        self.best = float("inf")

    def update(self, rtt: float) -> None:
        """Take in one round-trip time that belongs to one packet."""
        self.best = min(self.best, rtt)
        if not self.smooth:
            self.smooth = rtt
            self.variation = rtt / 2
            return
        error = rtt - self.smooth
        self.variation += _BETA * ((error if error >= 0 else -error) - self.variation)
        self.smooth += _ALPHA * error

    def repeated(self, rtt: float) -> bool:
        """Whether *rtt* must have been the answer to a retransmission (Karn)."""
        return self.smooth > 0 and rtt > self.smooth + _RETRANSMIT

    @property
    def deadline(self) -> float:
        """Seconds after which an answer is later than usual."""
        if not self.smooth:
            return _FIRST
        usual = self.smooth + 4 * self.variation + _MARGIN
        return min(max(usual, _SHORTEST), _LONGEST)
