"""The figures people read off a lane: RTT, loss and throughput of the last minute."""

from collections import deque
from statistics import median

from rabta.clock import DAY, HOUR, MINUTE
from rabta.failure import NOT_MEASURED
from rabta.model import Observation, Probe, Rung
from rabta.model.target import UPLOAD


_BEYOND = frozenset(
    {Rung.RESOLVER, Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL, Rung.FIRST_HOP}
)
_ROUND_TRIP = frozenset({Probe.ICMP, Probe.TCP, Probe.DNS})
_ROUND = 2 * HOUR
"""Within which every target that is fetched was."""


class Figures:
    """A sliding minute of one line.

    Loss follows RFC 7680: a probe that is not answered in time is lost. RTT is the
    median over answered probes beyond the gateway (RFC 2681 singletons).
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[int, float | None]] = deque()
        self._tested: tuple[int, float] | None = None
        self._fetched: dict[str, tuple[int, float]] = {}
        """Time and rate of the last timed fetch from each target."""

    def observe(self, observation: Observation, rung: Rung) -> None:
        """Take one observation in."""
        if observation.failure in NOT_MEASURED:
            return
        time, value = observation.time, observation.value
        if observation.probe is Probe.THROUGHPUT:
            if value is not None and observation.target != UPLOAD:
                self._tested = time, value
        elif observation.probe is Probe.FETCH:
            if value is not None:
                self._fetched[observation.target] = time, value
        elif rung in _BEYOND and observation.probe in _ROUND_TRIP:
            self._recent.append((time, value))
            self._forget(time)

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
        return rtt, loss, self._throughput(now)

    def _throughput(self, now: int) -> float | None:
        """Prefer the test; of timed fetches the best, as each is a lower bound."""
        if self._tested is not None and now - self._tested[0] < DAY:
            return self._tested[1]
        newest = max((time for time, _ in self._fetched.values()), default=0)
        rates = [r for time, r in self._fetched.values() if newest - time < _ROUND]
        return max(rates, default=None)

    def _forget(self, now: int) -> None:
        while self._recent and self._recent[0][0] < now - MINUTE:
            self._recent.popleft()
