"""A simulated world that drives ladders as the agent does: paced, lossy, faulty.

Seeded and without real time. The steady rhythm, the bursts 100 ms apart, at most 14 a
doubt, what begins one, the overdue reports, the 2 s timeout and how often it judges are
those of the agent.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from rabta import failure
from rabta.attribute import Context, Judgement, Ladder, compare, judge
from rabta.clock import SECOND
from rabta.model import (
    DnsDetail,
    HttpDetail,
    Line,
    Observation,
    Phases,
    Probe,
    Rung,
    State,
    Target,
    TlsDetail,
    Uplink,
    Verdict,
)
from rabta.model.observation import Detail


START = 1_750_000_000 * SECOND
TICK = SECOND // 10
_BURST = 14
_TIMEOUT = 2 * SECOND
_CALM = 5 * SECOND
_RTT = {
    Rung.GATEWAY: 0.003,
    Rung.FIRST_HOP: 0.012,
    Rung.RESOLVER: 0.015,
    Rung.ANYCAST: 0.025,
    Rung.DOMESTIC: 0.022,
    Rung.INTERNATIONAL: 0.160,
}


@dataclass(frozen=True)
class Effect:
    """What happens to one probe instead of a healthy answer."""

    failure: str | None = None
    loss: float = 0.0
    delay: float = 0.0
    """Mean of the extra seconds, half of it constant."""
    queue: float = 0.0
    """Extra seconds that every packet waits alike."""
    stage: str = ""
    """Phase of a TLS or HTTP probe in which it failed."""
    answers: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    first_after: float | None = None
    status: int = 200
    title: str = ""
    location: str = ""
    rate: float = 0.0
    address: str = ""
    """Where the probe went instead of the service's usual address."""


HEALTHY = Effect()
GONE = Effect(failure.GENERIC_TIMEOUT)

Fate = Callable[["SimLine", Target, Probe, int], Effect | None]
"""What happens to a probe sent at a time; None for a healthy answer."""

ADDRESS, SIBLING = "198.18.7.7", "198.18.7.8"
RATE = 20e6


def service(name: str = "shop", url: str = "") -> list[Target]:
    """One service with every control it is compared with."""
    host = f"{name}.example.com"
    url = url or f"https://{host}/"
    secure = url.startswith("https")
    main = (Probe.DNS, Probe.TCP, *([Probe.TLS] if secure else []), Probe.HTTP)
    made = Target(
        name, Rung.SERVICE, host, (*main, Probe.QUIC), 60, url=url, query=host
    )

    def control(role: str, *probes: Probe, at: str = host) -> Target:
        label = f"{name}/{role or 'fetch'}"
        return Target(
            label, Rung.CONTROL, at, probes, 900, role=role, control_for=name, url=url
        )

    return [
        made,
        control("", Probe.FETCH),
        control("innocuous-sni", Probe.TLS, Probe.FETCH),
        control("neutral-helper", Probe.TLS, at="helper.example.net"),
        control("helper-name", Probe.TLS, at="helper.example.net"),
        control("sibling", Probe.TCP, Probe.TLS, at="other.example.com"),
        control("trusted-dns", Probe.DOH, at="1.1.1.1"),
        control("public-dns", Probe.DNS, at="8.8.0.8"),
        control("non-resolver", Probe.DNS, at="192.0.2.53"),
    ]


def captive() -> Target:
    """A captive-portal check."""
    return Target("portal-check", Rung.CONTROL, "check.example", (Probe.CAPTIVE,), 60)


def uplink(name: str = "wan1", asn: int = 64501, **changes: object) -> Uplink:
    """A healthy uplink with an IPv4 line."""
    line = Line(4, f"192.168.{asn % 100}.2", f"192.168.{asn % 100}.1")
    made = Uplink(name, f"{name}-if", 3, "wired", True, (line,), isp=name, asn=asn)
    return replace(made, **changes)  # type: ignore[arg-type]


def plan() -> list[Target]:
    """The targets of one line as the design has them: 1 + 1 + 2 + 4 + 8 + 12."""
    made = [
        Target(
            "gateway", Rung.GATEWAY, "192.168.1.1", (Probe.NEIGHBOUR, Probe.ICMP), 1
        ),
        Target("first-hop", Rung.FIRST_HOP, "100.64.0.1", (Probe.ICMP,), 2),
        Target("canary", Rung.RESOLVER, "203.99.163.240", (Probe.DNS,), role="canary"),
        Target(
            "fixed", Rung.RESOLVER, "203.99.163.240", (Probe.DNS,), role="fixed-name"
        ),
    ]
    ways = (Probe.ICMP, Probe.TCP, Probe.DNS)
    made += [
        Target(f"any{number}", Rung.ANYCAST, f"8.8.{number}.8", ways, 5)
        for number in range(4)
    ]
    two = (Probe.ICMP, Probe.TCP)
    for number in range(8):
        host = f"39.32.{number}.1"
        made.append(Target(f"home{number}", Rung.DOMESTIC, host, two, country="PK"))
    for number in range(12):
        way = ("west", "gulf", "east", "us")[number % 4]
        host = f"193.0.{number}.1"
        made.append(
            Target(f"{way}{number}", Rung.INTERNATIONAL, host, two, corridor=way)
        )
    return made


@dataclass
class SimLine:
    """One line with its ladder, its loss and its faults."""

    uplink: Uplink
    targets: Sequence[Target]
    loss: float = 0.0
    jitter: float = 0.002
    family: int = 4
    ladder: Ladder = field(init=False)
    known: dict[str, Target] = field(init=False)
    uneasy: bool = False
    """It was not calm when last judged."""

    def __post_init__(self) -> None:
        self.ladder = Ladder(self.uplink, self.family, self.targets)
        self.known = {target.name: target for target in self.targets}

    @property
    def key(self) -> tuple[str, int]:
        return self.uplink.name, self.family


class World:
    """Lines, a clock and what happens to packets."""

    def __init__(
        self,
        lines: Sequence[SimLine],
        seed: int = 1,
        context: Context | None = None,
        fate: Fate | None = None,
    ) -> None:
        self.lines = lines
        self.now = START
        self.context = context or Context(uplinks=tuple(x.uplink for x in lines))
        self._known = self.context
        self.fate: Fate = fate or (lambda *_: None)
        self.history: list[tuple[int, Judgement]] = []
        self.sent = 0
        self._random = random.Random(seed)
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._settling: set[tuple[str, int]] = set()
        self._extra: dict[tuple[str, str], tuple[int, int]] = {}
        self._changed = False
        self._judged = 0
        self._calm = False
        """Nothing was out of the ordinary when last judged."""
        for line in lines:
            self._schedule(line)
        self._at(self.now + SECOND, self._every_second)
        self._at(self.now, self._evaluate)

    def _at(self, time: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._number), action))

    def _schedule(self, line: SimLine) -> None:
        for target in line.targets:
            for probe in target.probes:
                phase = int(self._random.random() * target.interval * SECOND)
                self._at(self.now + phase, self._steady(line, target, probe))

    def _steady(
        self, line: SimLine, target: Target, probe: Probe
    ) -> Callable[[], None]:
        def go() -> None:
            self._probe(line, target, probe)
            jitter = self._random.uniform(0.97, 1.03)
            self._at(self.now + int(target.interval * jitter * SECOND), go)

        return go

    def _probe(self, line: SimLine, target: Target, probe: Probe) -> None:
        sent = self.now
        self.sent += 1
        lost = target.rung is not Rung.GATEWAY or probe is not Probe.NEIGHBOUR
        effect = self.fate(line, target, probe, sent) or HEALTHY
        name = effect.failure
        loss = max(effect.loss, line.loss if lost else 0.0)
        if name is None and loss and self._random.random() < loss:
            name = failure.GENERIC_TIMEOUT
        if name is None and target.role == "non-resolver" and not effect.answers:
            name = failure.GENERIC_TIMEOUT
        late = line.ladder.deadline(target.name, probe)
        seen = Observation(
            sent,
            *line.key,
            target.name,
            probe,
            None,
            name,
            effect.address or _address(target),
            detail=_detail(target, probe, effect),
        )
        if name is not None:
            took = _TIMEOUT if name == failure.GENERIC_TIMEOUT else TICK // 10
        else:
            rtt = _RTT.get(target.rung, 0.05) + self._random.expovariate(
                1 / line.jitter
            )
            if effect.delay:
                half = effect.delay / 2
                rtt += half + self._random.expovariate(1 / half)
            rtt += effect.queue
            took = int(rtt * SECOND)
            rate = (effect.rate or RATE) * self._random.uniform(0.95, 1.05)
            seen = replace(seen, value=rate if probe in _TIMED else rtt)
        if took > late * SECOND:
            self._at(
                sent + int(late * SECOND), lambda: self._late(line, target, probe, sent)
            )
        self._at(sent + took, lambda: self._arrive(line, seen))

    def _late(self, line: SimLine, target: Target, probe: Probe, sent: int) -> None:
        line.ladder.overdue(target.name, probe, sent, self.now)
        self._doubt(line)

    def _arrive(self, line: SimLine, seen: Observation) -> None:
        line.ladder.observe(seen)
        services = line.ladder.services.values()
        if not seen.ok:
            self._doubt(line)
        elif line.uneasy or any(s.curious(self.now) for s in services):
            self._begin_to_settle(line)

    def _doubt(self, line: SimLine) -> None:
        self._change()
        self._begin_to_settle(line)

    def _begin_to_settle(self, line: SimLine) -> None:
        if line.key not in self._settling:
            self._settling.add(line.key)
            self._settle(line)

    def _settle(self, line: SimLine) -> None:
        wants = line.ladder.wants(self.now)
        if not wants:
            self._settling.discard(line.key)
            return
        for want in wants:
            if self._permitted(line.uplink.name, want.target):
                self._probe(line, line.known[want.target], want.probe)
        self._change()
        self._at(self.now + TICK, lambda: self._settle(line))

    def _permitted(self, name: str, target: str) -> bool:
        last, count = self._extra.get((name, target), (0, 0))
        if self.now - last > 2 * SECOND:
            count = 0
        if count >= _BURST or self.now - last < TICK:
            return False
        self._extra[name, target] = (self.now, count + 1)
        return True

    def _change(self) -> None:
        if not self._changed:
            self._changed = True
            self._at(self.now + TICK, self._evaluate)

    def _every_second(self) -> None:
        if not self._calm or self.now - self._judged >= _CALM:
            self._evaluate()
        self._at(self.now + SECOND, self._every_second)

    def _evaluate(self) -> None:
        self._changed = False
        made = self.judged()
        for line in self.lines:
            line.uneasy = not line.ladder.state(self.now).calm
        well = all(v.state is State.UP for v in made.services)
        self._calm = well and not any(line.uneasy for line in self.lines)
        self._judged = self.now
        if not self.history or _codes(self.history[-1][1]) != _codes(made):
            self.history.append((self.now, made))

    def update(self, changed: Uplink) -> None:
        """Let netlink say something of an uplink."""
        for line in self.lines:
            if line.uplink.name == changed.name:
                line.uplink = changed
                line.ladder.update(changed, self.now)
        self._change()

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something *seconds* after the start."""
        self._at(START + int(seconds * SECOND), action)

    def run(self, seconds: float) -> None:
        """Let *seconds* pass."""
        end = self.now + int(seconds * SECOND)
        while self._events and self._events[0][0] <= end:
            self.now, _, action = heapq.heappop(self._events)
            action()
        self.now = end

    def judged(self) -> Judgement:
        """All verdicts now."""
        states = [line.ladder.state(self.now) for line in self.lines]
        compare((line.ladder for line in self.lines), self.now)
        self._known = self.context.remembering(self._known, self.now)
        return judge(self.now, states, self._known)

    def latest(self, entity: str = "uplink/wan1") -> Verdict:
        """The newest verdict of one entity."""
        made = self.judged()
        every = (made.host, *made.uplinks, *made.services)
        return next(v for v in every if v.entity == entity)

    def told(self, name: str = "wan1") -> list[tuple[float, str]]:
        """When, in seconds since the start, each new known code was told."""
        found: list[tuple[float, str]] = []
        entity = name if "/" in name else f"uplink/{name}"
        for time, made in self.history:
            every = (*made.uplinks, *made.services)
            verdict = next((v for v in every if v.entity == entity), made.host)
            known = verdict.state is not State.UNKNOWN
            if known and (not found or found[-1][1] != verdict.code):
                found.append(((time - START) / SECOND, verdict.code))
        return found


_NAMED = (Rung.SERVICE, Rung.CONTROL)
_TIMED = (Probe.FETCH, Probe.THROUGHPUT)


def _address(target: Target) -> str:
    if target.role == "sibling":
        return SIBLING
    return ADDRESS if target.rung in _NAMED else target.host


def _detail(target: Target, probe: Probe, effect: Effect) -> Detail | None:
    match probe:
        case Probe.DNS | Probe.DNS_TCP | Probe.DOT | Probe.DOH:
            failed = effect.failure is not None
            answers = effect.answers or (() if failed else (ADDRESS,))
            return DnsDetail(
                target.query,
                "" if failed else "NOERROR",
                answers,
                len(answers),
                (effect.second,) if effect.second else (),
                effect.first_after,
            )
        case Probe.TLS:
            return TlsDetail(target.sni, Phases(), failed_in=effect.stage)
        case Probe.HTTP:
            return HttpDetail(
                target.url,
                Phases(),
                effect.status if effect.failure is None else 0,
                effect.location,
                title=effect.title,
                failed_in=effect.stage,
            )
        case _:
            return None


def _codes(made: Judgement) -> list[tuple[str, str, str]]:
    verdicts = (made.host, *made.uplinks, *made.services)
    return [(v.entity, v.code, v.state.value) for v in verdicts]


def cut(
    rungs: Iterable[Rung],
    begin: float,
    end: float = 1e9,
    *,
    lines: Iterable[str] = (),
    corridors: Iterable[str] = (),
) -> Fate:
    """Swallow everything towards *rungs* from *begin* to *end*, seconds."""
    dead, names, ways = frozenset(rungs), frozenset(lines), frozenset(corridors)

    def fate(line: SimLine, target: Target, _: Probe, sent: int) -> Effect | None:
        at = (sent - START) / SECOND
        if not begin <= at < end or target.rung not in dead:
            return None
        if names and line.uplink.name not in names:
            return None
        if ways and target.corridor and target.corridor not in ways:
            return None
        return GONE

    return fate


BEYOND = (Rung.RESOLVER, Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)
FROM_FIRST_HOP = (Rung.FIRST_HOP, *BEYOND)
EVERYTHING = (Rung.GATEWAY, *FROM_FIRST_HOP)
