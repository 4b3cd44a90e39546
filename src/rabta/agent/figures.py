"""The figures people read off a lane: RTT, loss and throughput of the last minute."""

from collections import deque
from statistics import median

from rabta.clock import MINUTE
from rabta.failure import NOT_MEASURED
from rabta.model import Observation, Probe, Rung


_BEYOND = frozenset(
    {Rung.RESOLVER, Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL, Rung.FIRST_HOP}
)
_ROUND_TRIP = frozenset({Probe.ICMP, Probe.TCP, Probe.DNS})
_RATE = frozenset({Probe.FETCH, Probe.THROUGHPUT})


class Figures:
    """A sliding minute of one line.

    Loss follows RFC 7680: a probe that is not answered in time is lost. RTT is the
    median over answered probes beyond the gateway (RFC 2681 singletons).
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[int, float | None]] = deque()
        self._throughput: float | None = None

    def observe(self, observation: Observation, rung: Rung) -> None:
        """Take one observation in."""
        if observation.failure in NOT_MEASURED:
            return
        if observation.probe in _RATE and observation.value is not None:
            self._throughput = observation.value
        elif rung in _BEYOND and observation.probe in _ROUND_TRIP:
            self._recent.append((observation.time, observation.value))
            self._forget(observation.time)

    @property
    def sent(self) -> int:
        """Return how many probes the loss of the last ``read`` is of."""
        return len(self._recent)

    def read(self, now: int) -> tuple[float | None, float | None, float | None]:
        """RTT in seconds, loss as a ratio and throughput in bits per second."""
        self._forget(now)
        answered = [value for _, value in self._recent if value is not None]
        sent = len(self._recent)
        rtt = median(answered) if answered else None
        loss = 1 - len(answered) / sent if sent else None
        return rtt, loss, self._throughput

    def _forget(self, now: int) -> None:
        while self._recent and self._recent[0][0] < now - MINUTE:
            self._recent.popleft()
