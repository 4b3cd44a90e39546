"""Turns due slots and doubts into probes, and probes into observations."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import inf

from rabta import failure
from rabta.agent.addresses import Addresses, family_of
from rabta.agent.mishaps import Mishaps
from rabta.agent.naming import Resolvers
from rabta.agent.overdue import Overdue
from rabta.agent.pipeline import Pipeline
from rabta.agent.rig import Rig, Rigs
from rabta.agent.schedule import Schedule, Slot
from rabta.agent.waiting import happens
from rabta.attribute.reach import main_probe
from rabta.clock import Clock
from rabta.config.hosts import is_of_a_site, is_public
from rabta.config.services import OUTSIDE
from rabta.model import (
    DnsDetail,
    LineKey,
    Message,
    Observation,
    PathDetail,
    Probe,
    Rung,
    Target,
)
from rabta.probes import PROBES
from rabta.probes.aim import Aim
from rabta.probes.pacer import TRANSFERS, Pacer, Permit
from rabta.probes.path import first_hop_of


log = logging.getLogger(__name__)

BURST_SPACING = 0.1
TOGETHER = 0.05  # seconds: probes due this close share one wake-up
_TIMEOUT = {
    Probe.HTTP: 10.0,
    Probe.TLS: 10.0,
    Probe.FETCH: 12.0,
    Probe.THROUGHPUT: 25.0,
    Probe.DOH: 5.0,
    Probe.DOT: 5.0,
    Probe.PATH: 10.0,
    Probe.CAPTIVE: 5.0,
}
_PROMPT = frozenset({Probe.ICMP, Probe.TCP, Probe.DNS, Probe.NEIGHBOUR})
_PROMPT_RUNGS = frozenset(Rung) - {Rung.SERVICE, Rung.CONTROL}
_DNS_PORT = 53
_NAME_QUERIES = frozenset({Probe.DNS, Probe.DNS_TCP})


_LOST = 2.0  # seconds: what ThousandEyes and SamKnows boxes count as lost
_SECOND_ANSWERS = 5.0


def _asks_for_a_name(target: Target, probe: Probe) -> bool:
    """Whether the line's own resolvers are asked, and not the target itself."""
    return probe in _NAME_QUERIES and not family_of(target.host)


def _leads_inside(seen: Observation) -> bool:
    """Whether a public name was answered with private addresses, as sites do."""
    answers = seen.detail.answers if isinstance(seen.detail, DnsDetail) else ()
    bogus = seen.failure == failure.DNS_BOGON
    return bogus and bool(answers) and all(map(is_of_a_site, answers))


def _timeout(target: Target, probe: Probe) -> float:
    """Return how long to wait; questions about a service wait for a second answer."""
    if probe is Probe.DNS and (target.rung is Rung.SERVICE or target.control_for):
        return _SECOND_ANSWERS
    return _TIMEOUT.get(probe, _LOST)


class Runner:
    """One task per probe under way; none waits for another.

    An answer that is later than usual is reported as overdue at once, so that doubt
    starts long before the probe counts as lost.
    """

    def __init__(
        self,
        rigs: Rigs,
        pipeline: Pipeline,
        pacer: Pacer,
        addresses: Addresses,
        clock: Clock,
        on_observation: Callable[[Observation], None],
        on_first_hop: Callable[[], None],
    ) -> None:
        self.rigs = rigs
        self.schedule = Schedule()
        self._pipeline = pipeline
        self._pacer = pacer
        self._addresses = addresses
        self._resolvers = Resolvers()
        self._clock = clock
        self._on_observation = on_observation
        self._on_first_hop = on_first_hop
        self._mishaps = Mishaps("agent.probe_failed", clock.monotonic)
        self._tasks: set[asyncio.Task[None]] = set()
        self._doubts: set[LineKey] = set()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._transfers: set[tuple[LineKey, str, Probe]] = set()
        self._filled: dict[str, tuple[int, float]] = {}
        self._wake = asyncio.Event()
        self.changed = asyncio.Event()
        """Set when something was seen that may change a verdict."""

    def retarget(self) -> None:
        """Follow the rigs' targets."""
        self.schedule.set(self.rigs.targets(), self._clock.monotonic())
        self._wake.set()

    async def run(self) -> None:
        """Probe until cancelled."""
        try:
            while True:
                now = self._clock.monotonic()
                for slot in self.schedule.take(now + TOGETHER, self._stretch):
                    self.probe(slot.key, slot.target, slot.probe)
                due = self.schedule.next_due()
                pause = 3600.0 if due is None else due - self._clock.monotonic()
                await happens(self._wake, pause)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def break_off(self) -> None:
        """Give up what is under way: the clock stepped, and it was sent by the old one.

        An answer of now would be told as one of then.
        """
        for task in self._tasks:
            task.cancel()

    def _stretch(self, slot: Slot) -> float:
        now = self._clock.now()
        wanted = self._pacer.interval(slot.key, slot.target, slot.probe, now)
        return wanted / slot.target.interval

    def probe(
        self, key: LineKey, target: Target, probe: Probe, *, doubt: int | None = None
    ) -> None:
        """Start one probe unless politeness or the budget forbids it.

        *doubt* names the doubt an extra probe is to settle; None in steady state.
        """
        rig = self.rigs.get(key)
        if rig is None:
            return
        address = self._address(rig, target, probe)
        if not address:
            return
        if target.role in OUTSIDE and self._pipeline.discreet(key, target.control_for):
            return
        if (key, target.name, probe) in self._transfers:
            return  # the last one still waits for its turn
        now = self._clock.now()
        match self._pacer.ask(key, target, probe, now, doubt):
            case Permit.GO if probe in TRANSFERS:
                self._transfers.add((key, target.name, probe))
                work = self._transfer(rig, target, probe, address)
                self._spawn(f"{probe} {target.name}", work)
            case Permit.GO:
                aim = self._aim(rig, target, probe, address)
                self._spawn(f"{probe} {target.name}", self._measure(rig, aim, probe))
            case Permit.SPENT if doubt is None:
                self._refuse(self._aim(rig, target, probe, address), probe)
            case _:
                pass

    def _refuse(self, aim: Aim, probe: Probe) -> None:
        """Record that the budget had nothing left for this probe."""
        now = self._clock.now()
        self._on_observation(aim.observe(probe, now, failure=failure.BUDGET_SPENT))

    async def _transfer(
        self, rig: Rig, target: Target, probe: Probe, address: str
    ) -> None:
        """Move bytes when no other transfer does on this uplink.

        Two at a time would each see half of it, and spend what is left twice.
        """
        try:
            async with self._turns[rig.uplink.name]:
                if self.rigs.get(rig.key) is not rig:
                    return
                payload = self._pacer.payload(rig.key, probe, self._clock.now())
                aim = replace(self._aim(rig, target, probe, address), payload=payload)
                if payload == 0:
                    self._refuse(aim, probe)
                elif probe is Probe.THROUGHPUT:
                    with self._filling(rig.uplink.name):
                        await self._measure(rig, aim, probe)
                else:
                    await self._measure(rig, aim, probe)
        finally:
            self._transfers.discard((rig.key, target.name, probe))

    @contextmanager
    def _filling(self, uplink: str) -> Iterator[None]:
        begin = self._clock.now()
        self._filled[uplink] = begin, inf
        try:
            yield
        finally:
            self._filled[uplink] = begin, self._clock.now()

    def _fairly(self, seen: Observation) -> Observation:
        """Return what is recorded: no silence that our own test may have caused.

        Doubt is raised all the same, so that an outage meanwhile is found.
        """
        begin, end = self._filled.get(seen.uplink, (0, 0))
        silent = seen.failure == failure.GENERIC_TIMEOUT
        if silent and begin <= seen.time <= end and seen.probe is not Probe.THROUGHPUT:
            return replace(seen, failure=failure.OWN_LOAD)
        return seen

    def _address(self, rig: Rig, target: Target, probe: Probe) -> str:
        """Return where to aim; "" when it cannot be known yet."""
        if _asks_for_a_name(target, probe):
            return next(iter(self._resolvers.order(rig.key, rig.line)), "")
        if self._addresses.stale(rig.key, target.host, self._clock.now()):
            self._spawn(f"name {target.host}", self._resolve(rig, target.host))
        return self._addresses.pick(rig.key, target.host)

    def problems(self) -> tuple[Message, ...]:
        """Say which probes came to nothing, not even to a failure."""
        return self._mishaps.problems()

    def _spawn(self, what: str, work: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, what))

    def _ended(self, what: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._mishaps.note(what, error)

    async def _measure(self, rig: Rig, aim: Aim, probe: Probe) -> None:
        late = self._watch(rig.key, aim.target, probe)
        try:
            if _asks_for_a_name(aim.target, probe):
                observation = await self._resolvers.ask(rig.key, rig.line, aim, probe)
            else:
                observation = await PROBES[probe](aim)
        finally:
            self._pacer.release(rig.key, aim.target, probe)
            if late is not None:
                late.cancel()
        self._take(rig, aim.target, observation)

    def _watch(self, key: LineKey, target: Target, probe: Probe) -> Overdue | None:
        """Raise doubt when the answer is late; only for probes of one round trip."""
        if target.rung not in _PROMPT_RUNGS or probe not in _PROMPT:
            return None
        deadline = self._pipeline.deadline(key, target.name, probe)
        sent = self._clock.now()
        tell = partial(self._overdue, key, target, probe, sent)
        return Overdue(deadline, tell)

    def _aim(self, rig: Rig, target: Target, probe: Probe, address: str) -> Aim:
        if _asks_for_a_name(target, probe):
            target = replace(target, port=_DNS_PORT)  # its own port is the service's
        return Aim(
            target=target,
            address=address,
            uplink=rig.uplink.name,
            binding=rig.binding,
            clock=self._clock,
            timeout=_timeout(target, probe),
            icmp=rig.icmp,
            neighbours=rig.neighbours,
            resolvers=rig.line.resolvers,
        )

    def _take(self, rig: Rig, target: Target, observation: Observation) -> None:
        key = rig.key
        self._pacer.settle(key, target, observation.probe, observation.spent_bytes)
        self._pipeline.observe(observation)
        self._on_observation(self._fairly(observation))
        self._learn(rig, target, observation)
        slot = Slot(key, target, observation.probe)
        self.schedule.heard(slot, self._clock.monotonic(), ok=observation.ok)
        if observation.probe is Probe.CAPTIVE and not observation.ok:
            work = self._follow_name(rig, target, observation)
            self._spawn(f"name {target.host}", work)
        if not observation.ok:
            self._ask_counterpart(key, target, observation.time)
            self.doubt(key)
        elif self._pipeline.uneasy(key):
            self._begin_to_settle(key)

    def _learn(self, rig: Rig, target: Target, observation: Observation) -> None:
        own = target.rung is Rung.SERVICE and observation.probe in _NAME_QUERIES
        trusted = target.role == "trusted-dns"
        match observation.detail:
            case DnsDetail(answers=answers) if (own or trusted) and (
                observation.ok or (own and _leads_inside(observation))
            ):
                host, now = target.query or target.host, self._clock.now()
                self._addresses.learn(rig.key, host, answers, now, own=not trusted)
            case PathDetail() as path:
                hop = first_hop_of(path, rig.line.gateway)
                if self.rigs.learn_first_hop(rig.key, hop):
                    self._on_first_hop()
            case _:
                pass

    def _overdue(self, key: LineKey, target: Target, probe: Probe, sent: int) -> None:
        self._pipeline.overdue(key, target.name, probe, sent, self._clock.now())
        self._ask_counterpart(key, target, sent)
        self.doubt(key)

    def _ask_counterpart(self, key: LineKey, target: Target, doubt: int) -> None:
        """See at once whether the other family of the uplink is silent too.

        Only what comes out of the blue is worth it: a line that is known to be in
        trouble would ask without end.
        """
        if self._pipeline.uneasy(key):
            return
        other = self.rigs.counterpart(key, target)
        if other is not None:
            line = key[0], 10 - key[1]
            self.probe(line, other, main_probe(other.probes), doubt=doubt)

    def doubt(self, key: LineKey) -> None:
        """See whether extra probes would settle something on this line."""
        self.changed.set()
        self._begin_to_settle(key)

    def _begin_to_settle(self, key: LineKey) -> None:
        if key not in self._doubts:
            self._doubts.add(key)
            self._spawn(f"doubt {key[0]}", self._settle(key))

    async def _settle(self, key: LineKey) -> None:
        """Send the probes the ladder wants, 100 ms apart, until it wants none."""
        doubt = self._clock.now()
        try:
            while True:
                now = self._clock.now()
                wants = self._pipeline.wants(key, now)
                if not wants:
                    return
                if self.rigs.get(key) is None:
                    return
                known = self.rigs.known(key)
                for want in wants:
                    target = known.get(want.target)
                    if target is not None:
                        self.probe(key, target, want.probe, doubt=doubt)
                self.changed.set()
                await asyncio.sleep(BURST_SPACING)
        finally:
            self._doubts.discard(key)

    async def trace(self, key: LineKey) -> None:
        """Learn the first hop beyond the gateway."""
        rig, target = self.rigs.get(key), self.rigs.path_target(key)
        if rig is None or target is None:
            return
        now = self._clock.now()
        if self._pacer.ask(key, target, Probe.PATH, now) is Permit.GO:
            aim = self._aim(rig, target, Probe.PATH, target.host)
            await self._measure(rig, aim, Probe.PATH)

    async def _follow_name(self, rig: Rig, target: Target, failed: Observation) -> None:
        """Ask for the name again, and the check at once if it leads elsewhere now.

        A portal may lead names and not connections: what was learnt before it came
        would never meet it, and what was learnt from it would outlive it.
        """
        if family_of(target.host) or failed.failure in failure.NOT_MEASURED:
            return
        await self._resolve(rig, target.host)
        address = self._addresses.pick(rig.key, target.host)
        if address and address != failed.address:
            await asyncio.sleep(BURST_SPACING)
            self.probe(rig.key, target, failed.probe, doubt=failed.time)

    async def _resolve(self, rig: Rig, host: str) -> None:
        """Ask for a name: the line's own resolvers, then the anycast ones."""
        key, now = rig.key, self._clock.now()
        self._addresses.retry_in(key, host, now, 15.0)
        own = self._resolvers.order(key, rig.line)
        others = self.rigs.anycast(rig.line.family) if is_public(host) else ()
        for resolver in (*own, *others):
            target = Target(
                name=f"names/{host}/{resolver}",
                rung=Rung.CONTROL,
                host=resolver,
                probes=(Probe.DNS,),
                port=53,
                query=host,
            )
            if self._pacer.ask(key, target, Probe.DNS, now) is not Permit.GO:
                continue
            aim = self._aim(rig, target, Probe.DNS, resolver)
            try:
                observation = await PROBES[Probe.DNS](aim)
            finally:
                self._pacer.release(key, target, Probe.DNS)
            self._pacer.settle(key, target, Probe.DNS, observation.spent_bytes)
            if resolver in own:
                self._resolvers.heard(key, observation)
            inside = resolver in own and _leads_inside(observation)
            good = observation.ok or inside
            if good and isinstance(observation.detail, DnsDetail):
                answers = observation.detail.answers
                self._addresses.learn(
                    key, host, answers, self._clock.now(), own=resolver in own
                )
                return
