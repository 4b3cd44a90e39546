"""The blocking test of one service over one line: everything asked three times.

The order is another one each time, and a pause lies between, because some filters
go on for minutes once they have struck (residual censorship).
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rabta import failure
from rabta.agent.addresses import family_of
from rabta.agent.blocking_pairs import Asked, Pairs, pairs
from rabta.attribute.blocking.assemble import Seen
from rabta.clock import Clock
from rabta.config import Config
from rabta.config.targets import service_targets
from rabta.model import DnsDetail, Line, Observation, Probe, Target, Uplink
from rabta.probes import PROBES, Aim, Binding, bind_line


REPETITIONS = 3
_PAUSE = (60.0, 180.0)  # seconds between repetitions (OONI ts-024 asks for some)
_SPACING = 0.1  # seconds between two probes
_MOST = 3  # addresses tried of each kind of answer
_TIMEOUT = {
    Probe.TCP: 6.0,
    Probe.TLS: 10.0,
    Probe.HTTP: 10.0,
    Probe.QUIC: 2.0,
    Probe.QUIC_HELLO: 2.0,
    Probe.HELLO: 6.0,
    Probe.ECH: 6.0,
}
_TRIES = {Probe.DNS: 3, Probe.QUIC: 4, Probe.QUIC_HELLO: 4, Probe.ECH: 2}
"""One datagram is lost sooner than a connection; stub resolvers ask again, too."""
_NOBODY = 2.5  # seconds: no answer is what should come
_NAMES = frozenset({Probe.DNS, Probe.DNS_TCP, Probe.DOT, Probe.DOH})
_HEAVY = frozenset({Probe.FETCH, Probe.THROUGHPUT})


def _timeout(probe: Probe) -> float:
    return _TIMEOUT.get(probe, 5.0)


@dataclass(frozen=True, slots=True)
class Way:
    """One line of one uplink, as the probes are bound to it."""

    uplink: Uplink
    line: Line
    binding: Binding

    @classmethod
    def of(cls, uplink: Uplink, line: Line) -> "Way":
        """Bind as strongly as this machine permits."""
        return cls(uplink, line, bind_line(uplink, line))


def ways(uplinks: Sequence[Uplink]) -> list[Way]:
    """Return every line that has an address."""
    return [Way.of(u, line) for u in uplinks for line in u.lines if line.source]


class BlockingTest:
    """One service over one line."""

    def __init__(
        self,
        config: Config,
        service: str,
        way: Way,
        clock: Clock,
        report: Callable[[float], None] = lambda _: None,
        chance: random.Random | None = None,
    ) -> None:
        found = service_targets(config, service)
        self.target = found[0]
        self.way = way
        self.seen: list[Seen] = []
        self._controls = [t for t in found[1:] if way.line.family in t.families]
        self._pace = config.lab.pace
        self._clock = clock
        self._report = report
        self._random = chance or random.Random()
        self._pairs = Pairs(self._measure)

    async def run(self, repetitions: int = REPETITIONS) -> list[Seen]:
        """Ask for everything, *repetitions* times; return what was seen."""
        for number in range(repetitions):
            if number:
                await asyncio.sleep(self._random.uniform(*_PAUSE) * self._pace)
            if number == 0:
                await self.ask_names()
                await self._together(self._attempts())
            else:
                asked = [*self._questions(), *self._names(), *self._attempts()]
                await self._together(asked)
            await self._one_by_one(number)
            self._report((number + 1) / repetitions)
        return self.seen

    async def ask_names(self) -> None:
        """Ask for the service's name, and for those of its controls, once."""
        await self._together([*self._questions(), *self._names()])

    def _questions(self) -> list[Asked]:
        resolvers = self.way.line.resolvers[:2]
        asked = [
            (replace(self.target, port=53), Probe.DNS, one)
            for one in resolvers
            if Probe.DNS in self.target.probes
        ]
        for target in self._controls:
            if family_of(target.host) == self.way.line.family:
                asked += [
                    (target, p, target.host) for p in target.probes if p in _NAMES
                ]
        return asked

    def _attempts(self) -> list[Asked]:
        probes = [p for p in self.target.probes if p not in _NAMES]
        addresses = self.addresses()
        asked = [(self.target, p, a) for a in addresses for p in probes]
        for target in (one for one in self._controls if one.role):
            aimed = addresses if target.host == self.target.host else ()
            if target.host != self.target.host and (known := self._known(target.host)):
                aimed = known[:1]
            asked += [
                (target, p, a)
                for a in aimed
                for p in target.probes
                if p not in _NAMES | _HEAVY
            ]
        return asked

    def addresses(self) -> tuple[str, ...]:
        """Return where the service is tried: where its name leads, and should lead."""
        family = self.way.line.family
        if family_of(self.target.host):
            return (self.target.host,)
        own: dict[str, None] = {}
        trusted: dict[str, None] = {}
        for target, one in self.seen:
            if isinstance(one.detail, DnsDetail) and target.query == self.target.host:
                into = trusted if target.role == "trusted-dns" else own
                if target.role in ("", "trusted-dns"):
                    into |= dict.fromkeys(one.detail.answers)
        chosen = [*[*own][:_MOST], *[*trusted][:_MOST]]
        return tuple(dict.fromkeys(a for a in chosen if family_of(a) == family))

    def _known(self, host: str) -> tuple[str, ...]:
        """Return addresses of another host: its own, or as it was answered."""
        if family_of(host):
            return (host,) if family_of(host) == self.way.line.family else ()
        return tuple(
            dict.fromkeys(
                a
                for target, one in self.seen
                if target.name == f"names/{host}" and isinstance(one.detail, DnsDetail)
                for a in one.detail.answers
                if one.ok and family_of(a) == self.way.line.family
            )
        )

    async def _together(self, asked: list[Asked]) -> None:
        """Send all in a random order, a tenth of a second apart."""
        self._random.shuffle(asked)
        async with asyncio.TaskGroup() as tasks:
            for target, probe, address in asked:
                tasks.create_task(self._measure(target, probe, address))
                await asyncio.sleep(_SPACING * min(1.0, self._pace))

    async def _one_by_one(self, number: int) -> None:
        helpers = [t for t in self._controls if t.role == "neutral-helper"]
        elsewhere = [(a, t.port) for t in helpers for a in self._known(t.host)[:1]]
        made = pairs(self.target, self._controls, self.addresses(), elsewhere)
        self._random.shuffle(made)
        await self._pairs.ask(made, number, _SPACING * min(1.0, self._pace))

    def _names(self) -> list[Asked]:
        """Ask for the controls' own hosts: the line's resolver and public ones."""
        hosts = {t.host for t in self._controls if not family_of(t.host)}
        hosts.discard(self.target.host)
        resolvers = [
            *self.way.line.resolvers[:2],
            *(t.host for t in self._controls if t.role == "public-dns"),
        ]
        return [
            (
                replace(
                    self.target, name=f"names/{host}", query=host, port=53, role="host"
                ),
                Probe.DNS,
                resolver,
            )
            for host in sorted(hosts)
            for resolver in resolvers
            if family_of(resolver) == self.way.line.family
        ]

    async def _measure(self, target: Target, probe: Probe, address: str) -> Observation:
        aim = Aim(
            target=target,
            address=address,
            uplink=self.way.uplink.name,
            binding=self.way.binding,
            clock=self._clock,
            timeout=_NOBODY if target.role == "non-resolver" else _timeout(probe),
            resolvers=self.way.line.resolvers,
        )
        nobody = target.role == "non-resolver"
        for _ in range(1 if nobody else _TRIES.get(probe, 1)):
            seen = await PROBES[probe](aim)
            if seen.failure != failure.GENERIC_TIMEOUT:
                break
        self.seen.append((target, seen))
        return seen
