"""How long an answer usually takes, and when it is overdue."""

from typing import TYPE_CHECKING, Final

from rabta.clock import SECOND


if TYPE_CHECKING:
    from rabta.attribute.member import Channel


_ALPHA: Final = 1 / 8
_BETA: Final = 1 / 4
_MARGIN: Final = 0.05
_SHORTEST, LONGEST = 0.15, 2.0
_FIRST: Final = 1.0
"""Before the first answer, as RFC 6298 (2.1)."""
_RETRANSMIT: Final = (0.9, 1.3)
"""An answer so much later than usual came to the SYN that was sent again after 1 s."""


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
        """Whether *rtt* over TCP must be that of a retransmission (Karn)."""
        least, most = _RETRANSMIT
        return self.smooth > 0 and least < rtt - self.smooth < most

    @property
    def deadline(self) -> float:
        """Seconds after which an answer is later than usual."""
        if not self.smooth:
            return _FIRST
        usual = self.smooth + 4 * self.variation + _MARGIN
        return min(max(usual, _SHORTEST), LONGEST)


class Lateness:
    """By how much a whole line has lately been later than usual.

    A queue that fills in an instant (an upload over a full access line) delays every
    answer at once, and each member would learn it for itself and be in doubt until
    then. So one late answer gives all others the same time, for half a minute or so.
    """

    __slots__ = ("_at", "_extra")

    _FADES: Final = 20.0

    def __init__(self) -> None:
        self._extra = 0.0
        self._at = 0

    def answered(self, channel: "Channel", time: int, rtt: float) -> None:
        """Take in an answer, microseconds UTC and seconds, before it is smoothed."""
        delay = channel.delay
        if delay.smooth and rtt > delay.deadline and not channel.repeated(rtt):
            late = rtt - delay.smooth
            if late >= self.seconds(time):
                self._extra = late
                self._at = time

    def seconds(self, now: int) -> float:
        """Seconds to wait beyond the usual."""
        if not self._extra:
            return 0.0
        left = 1 - abs(now - self._at) / SECOND / self._FADES
        if left <= 0:
            self._extra = 0.0
            return 0.0
        return self._extra * min(1.0, 2 * left)
