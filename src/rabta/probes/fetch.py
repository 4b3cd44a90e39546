"""Short timed fetch: the rate of at most 512 KiB over HTTP or HTTPS.

The body is sampled as OONI dd-007 does, bytes so far over seconds since the first,
so that a policer's flat line can be told from congestion. The fetch ends with the
body, at 512 KiB, when time is up, or once the seconds after the first have settled the
mean rate to a tenth: a rate that is held is known after four or five of them. Slow is
a result and not a failure, as long as anything came. Value: bits per second; None
where the body was over before it could show a rate.
"""

from contextlib import closing
from math import sqrt
from statistics import fmean, stdev

from rabta import failure
from rabta.clock import Clock
from rabta.model.observation import Certificate, Observation, RateDetail
from rabta.model.target import Probe
from rabta.probes import certificate
from rabta.probes.aim import Aim
from rabta.probes.http_exchange import ask, open_url, pieces
from rabta.probes.stream import BadAnswerError, Stream, attempt
from rabta.probes.url import Url


MAX_BYTES = 512 * 1024
MAX_SECONDS = 8.0
TELLING_BYTES = 64 * 1024
"""A body that ends before has no rate: slow start is all there is of it.

A connection begins with ten segments, 14.6 kB (RFC 6928), and doubles each round trip
(RFC 5681, 3.1): shorter bodies are over in three, whose length is all they tell of.
"""
_MAX_SAMPLES = 128
_SETTLED = 0.1  # standard error of the mean rate, as a share of it
_SETTLED_SECONDS = 3  # of which it is told, at least


class Meter:
    """Bytes over time, thinned so that at most 128 samples remain."""

    def __init__(self, clock: Clock) -> None:
        self.total = 0
        self._clock = clock
        self._began: float | None = None
        self._ended = 0.0
        self._first = 0
        self._samples: list[tuple[float, int]] = []
        self._each: list[int] = []
        """Bytes in each second since the first, the one under way included."""
        self._stride = 1
        self._calls = 0

    def add(self, size: int) -> None:
        """Count *size* bytes that moved just now."""
        now = self._clock.monotonic()
        if self._began is None:
            self._began, self._first = now, size
        self._ended = now
        self.total += size
        while len(self._each) <= now - self._began:
            self._each.append(0)
        self._each[-1] += size
        self._calls += 1
        if self._calls % self._stride == 0:
            self._samples.append((now - self._began, self.total))
        if len(self._samples) == _MAX_SAMPLES:
            del self._samples[::2]
            self._stride *= 2

    def stop(self) -> None:
        """End the span now: waiting in vain for more counts too."""
        if self._began is not None:
            self._ended = self._clock.monotonic()

    @property
    def seconds(self) -> float:
        """Since the first bytes."""
        return 0.0 if self._began is None else self._ended - self._began

    @property
    def settled(self) -> bool:
        """Whether more would hardly change the mean; the first second is slow start."""
        whole = self._each[1:-1]
        if len(whole) < _SETTLED_SECONDS or not any(whole):
            return False
        return stdev(whole) <= _SETTLED * fmean(whole) * sqrt(len(whole))

    @property
    def rate(self) -> float | None:
        """Bits per second of what followed the first bytes; None when nothing did."""
        if self.total <= self._first or self.seconds <= 0:
            return None
        return 8 * (self.total - self._first) / self.seconds

    def detail(self) -> RateDetail:
        """Return the record of it."""
        return RateDetail(self.total, self.seconds, tuple(self._samples))


async def probe(aim: Aim) -> Observation:
    """Fetch the target's URL once."""
    target = aim.target
    url = Url.parse(target.url or f"https://{target.host}:{target.port}/")
    meter = Meter(aim.clock)
    shown: Certificate | None = None
    whole = False

    async def transfer(stream: Stream) -> None:
        nonlocal shown, whole
        shown = await open_url(stream, aim, url)
        connection, reply = await ask(stream, url)
        if not 200 <= reply.status_code < 300:
            raise BadAnswerError(failure.HTTP_STATUS)
        async for piece in pieces(connection, stream, MAX_BYTES):
            meter.add(len(piece))
            if meter.settled:
                break
        else:
            whole = meter.total < MAX_BYTES
        if not meter.total:
            raise EOFError
        stream.watch.stop()

    sent = aim.clock.now()
    with closing(Stream(aim)) as stream:
        failed = await attempt(min(aim.timeout, MAX_SECONDS), transfer(stream))
        if failed == failure.GENERIC_TIMEOUT and meter.total:
            meter.stop()
            failed = None
        rate = meter.rate or _at_once(meter, stream)
        if failed is None:
            failed = certificate.objection(target, shown)
        told = failed is None and not (whole and meter.total < TELLING_BYTES)
        return aim.observe(
            Probe.FETCH,
            sent,
            value=rate if told else None,
            failure=failed,
            detail=meter.detail(),
            spent_bytes=stream.spent_bytes,
        )


def _at_once(meter: Meter, stream: Stream) -> float:
    """Bits per second where all came at once: the wait for it is all there is."""
    phases = stream.watch.phases
    waited = (phases.processing or 0.0) + (phases.transfer or 0.0)
    return 8 * meter.total / waited if waited > 0 else 0.0
