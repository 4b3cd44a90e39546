"""The simulated network: what each probe would see at a given moment.

A world is a function of its seed and the incidents; asking twice in the same order
gives the same answers. Delays are a base per target plus gamma-distributed queueing
(the usual shape of RTT noise), losses are independent.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from rabta import failure
from rabta.model import (
    DnsDetail,
    HttpDetail,
    Observation,
    Phases,
    Probe,
    Rung,
    Target,
    TlsDetail,
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an incident does to the probes it touches."""

    failure: str | None = None
    extra_loss: float = 0.0
    extra_seconds: float = 0.0
    spare: frozenset[Probe] = frozenset()
    """Kinds of probe that get through all the same."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that goes wrong, from *start* to *end* (microseconds UTC)."""

    name: str
    start: int
    end: int
    effect: Effect
    uplinks: frozenset[str] = frozenset()
    """Empty: all of them."""
    rungs: frozenset[Rung] = frozenset()
    """Empty: all of them."""
    corridors: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    mains_lost: bool = False
    carrier_lost: bool = False
    service_down: str = ""
    """A service that fails for everybody, as another vantage would confirm."""

    def touches(self, uplink: str, target: Target, probe: Probe) -> bool:
        """Whether a probe of *target* over *uplink* feels it."""
        return (
            (not self.uplinks or uplink in self.uplinks)
            and (not self.rungs or target.rung in self.rungs)
            and (not self.corridors or target.corridor in self.corridors)
            and (not self.targets or target.name in self.targets)
            and probe not in self.effect.spare
        )


@dataclass(slots=True)
class Profile:
    """How an uplink behaves on a good day."""

    access_seconds: float
    jitter_seconds: float
    loss: float
    rate_bits_per_second: float


_BASE = {
    Rung.GATEWAY: 0.0,
    Rung.FIRST_HOP: 0.002,
    Rung.RESOLVER: 0.003,
    Rung.ANYCAST: 0.006,
    Rung.DOMESTIC: 0.009,
    Rung.SERVICE: 0.110,
    Rung.CONTROL: 0.060,
}
_CORRIDOR = {"gulf": 0.034, "east": 0.072, "west": 0.118, "us": 0.226}


_NEVER = 2**62


@dataclass(slots=True)
class World:
    """Two uplinks, their targets and what happens to them."""

    profiles: dict[str, Profile]
    incidents: Sequence[Incident]
    seed: int = 0
    _random: random.Random = field(init=False)
    _active: list[Incident] = field(init=False, default_factory=list)
    _valid: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def active(self, now: int) -> list[Incident]:
        """Return the incidents that are going on."""
        if not self._valid[0] <= now < self._valid[1]:
            edges = [m for one in self.incidents for m in (one.start, one.end)]
            last = max((edge for edge in edges if edge <= now), default=0)
            following = min((edge for edge in edges if edge > now), default=_NEVER)
            self._valid = (last, following)
            self._active = [o for o in self.incidents if o.start <= now < o.end]
        return self._active

    def probe(
        self,
        now: int,
        uplink: str,
        family: int,
        target: Target,
        probe: Probe,
        incidents: Sequence[Incident],
    ) -> Observation:
        """Say what *probe* sees at *now*, given the *incidents* going on."""
        profile = self.profiles[uplink]
        loss, seconds, failed = profile.loss, self._seconds(profile, target), None
        for incident in incidents:
            if incident.touches(uplink, target, probe):
                failed = failed or incident.effect.failure
                loss += incident.effect.extra_loss
                seconds += incident.effect.extra_seconds
        if failed is None and self._random.random() < loss:
            failed = failure.GENERIC_TIMEOUT
        return _observation(now, uplink, family, target, probe, seconds, failed)

    def _seconds(self, profile: Profile, target: Target) -> float:
        base = _CORRIDOR.get(target.corridor, 0.1)
        if target.rung is not Rung.INTERNATIONAL:
            base = _BASE.get(target.rung, 0.1)
        if target.rung is Rung.GATEWAY:
            return 0.0006 + self._random.expovariate(1 / 0.0004)
        # A fixed part per target, so that each has a delay of its own.
        own = (sum(map(ord, target.name)) % 13) / 1000
        queue = self._random.gammavariate(1.5, profile.jitter_seconds / 1.5)
        return profile.access_seconds + base + own + queue


def _observation(
    now: int,
    uplink: str,
    family: int,
    target: Target,
    probe: Probe,
    seconds: float,
    failed: str | None,
) -> Observation:
    detail: DnsDetail | TlsDetail | HttpDetail | None = None
    value: float | None = None if failed else seconds
    if probe in (Probe.DNS, Probe.DNS_TCP, Probe.DOH, Probe.DOT):
        answers = () if failed or target.role == "canary" else ("203.0.113.80",)
        rcode = "NXDOMAIN" if target.role == "canary" else "NOERROR"
        detail = DnsDetail(
            target.query or target.host,
            "" if failed else rcode,
            answers,
            len(answers),
            first_after=value,
        )
    elif probe is Probe.TLS:
        phases = Phases(connect=seconds / 2, tls=None if failed else seconds / 2)
        detail = TlsDetail(
            target.sni or target.host,
            phases,
            version="" if failed else "TLSv1.3",
            failed_in="tls" if failed else "",
        )
    elif probe is Probe.HTTP:
        quarter = seconds / 4
        phases = Phases(
            connect=quarter,
            tls=None if failed else quarter,
            processing=None if failed else quarter,
            transfer=None if failed else quarter,
        )
        value = None if failed else 3 * seconds
        detail = HttpDetail(
            target.url,
            phases,
            status=0 if failed else 200,
            body_bytes=0 if failed else 16_384,
            failed_in=_failed_in(failed),
        )
    elif probe in (Probe.FETCH, Probe.THROUGHPUT):
        value = None if failed else 8 * 262_144 / (4 * seconds)
    return Observation(
        now,
        uplink,
        family,
        target.name,
        probe,
        value,
        failed,
        address="203.0.113.81" if target.role == "sibling" else "203.0.113.80",
        spent_bytes=400,
        detail=detail,
    )


def _failed_in(failed: str | None) -> str:
    if failed is None:
        return ""
    return "tls" if failed == failure.CONNECTION_RESET else "connect"
