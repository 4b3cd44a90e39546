"""The daemon: uplinks in, probes out, verdicts and a status for whoever asks."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

from rabta.agent import providers
from rabta.agent.addresses import Addresses
from rabta.agent.alerting import keep_alerts
from rabta.agent.announced import keep_announced
from rabta.agent.chores import (
    keep_closed,
    keep_learnt,
    keep_paths,
    keep_power,
    keep_sealed,
)
from rabta.agent.detection import Detection
from rabta.agent.links import link_observations
from rabta.agent.live import LiveHub
from rabta.agent.midnight import last_midnight, next_midnight
from rabta.agent.mishaps import Mishaps, lasting
from rabta.agent.outbox import keep_outbox
from rabta.agent.own_facts import MainsBook
from rabta.agent.patterns import Patterns
from rabta.agent.pipeline import Allowance, Pipeline
from rabta.agent.publisher import Publisher
from rabta.agent.recorder import Recorder
from rabta.agent.rig import Rigs
from rabta.agent.runner import Runner
from rabta.agent.scribe import Scribe
from rabta.agent.steady import SteadyClock
from rabta.agent.steering import keep_steered
from rabta.agent.traffic import keep_traffic
from rabta.agent.vantages import View, keep_vantages, near_of, peers_of, together
from rabta.agent.waiting import happens
from rabta.agent.whoami import Whoami, keep_providers
from rabta.attribute import Context, Peer, Sight
from rabta.attribute.traffic import Traffic
from rabta.clock import SECOND, Clock, SystemClock
from rabta.config import Config
from rabta.config.country import local_zone
from rabta.errors import StoreError
from rabta.model import Mains, Message, Observation, Uplink
from rabta.probes.pacer import Pacer, budget_of
from rabta.probes.uplinks import names_of, watch
from rabta.store import Store


log = logging.getLogger(__name__)

_TICK = 1.0
_CALM = 5 * SECOND
_IN_DOUBT = 0.05
_LINK = 30.0
_USUAL = 600.0
_ABSENT = 15 * SECOND  # between two runs; a restart by hand takes less
_JUMP_NEWS = 3600.0  # seconds for which a jump of the clock is worth mentioning
_SLEPT, _STEPPED = "agent.asleep", "agent.clock_stepped"


class Agent:
    """Everything that runs, wired together; ``run`` it until it is cancelled."""

    def __init__(
        self, config: Config, store: Store, *, system: Clock | None = None
    ) -> None:
        self._config = config
        self._store = store
        self._clock = SteadyClock(system or SystemClock())
        now = self._clock.now()
        self._recorder = Recorder(store)
        zone = local_zone()
        self._patterns = Patterns(store, zone)
        self._scribe = Scribe(store, self._recorder, self._patterns.closed)
        known = self._patterns.known
        context = Context(country=config.country)
        self._pipeline = Pipeline(self._scribe, context, started=now, known=known)
        self._detection = Detection(store, self._scribe, zone, known)
        self._pacer = Pacer(next_midnight)
        self._runner = Runner(
            Rigs(config, self._clock),
            self._pipeline,
            self._pacer,
            Addresses(self._scribe),
            self._clock,
            self._observed,
            self._retarget,
        )
        self._uplinks: tuple[Uplink, ...] = ()
        """As the system and the user's words have them."""
        self._providers = providers.load(store.path)
        self._whoami = Whoami(
            config, self._runner.rigs, self._providers, self._clock, self._pacer.spend
        )
        self.hub = LiveHub(self._pipeline.status(now, {}, ()))
        self._publisher = Publisher(self._pipeline, self._scribe, self.hub)
        self._mishaps = Mishaps("agent.part_failed", self._clock.monotonic)
        self._jumped: dict[str, Message] = {}
        self._jumped_at = 0.0
        self._judged = 0
        self._accounts: set[str] = set()
        self._vantages: dict[str, View] = {}
        self._peers: dict[str, tuple[Peer, ...]] = {}
        self._near: dict[str, tuple[Sight, ...]] = {}

    @property
    def lost(self) -> int:
        """How many observations are not on the disk."""
        return self._recorder.lost

    async def run(self) -> None:
        """Measure until cancelled, then leave a store that is whole."""
        self._note_absence()
        mains = MainsBook(self._store, self._config.country, self._clock.now)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._runner.run())
                tasks.create_task(self._evaluate())
                for name, part in self._parts(mains).items():
                    tasks.create_task(lasting(name, part, self._mishaps))
        finally:
            self._detection.write(self._detection.dump())
            self._pipeline.remember_usual(self._clock.now())
            self._scribe.close()
            self._runner.rigs.close()

    def _parts(
        self, mains: MainsBook
    ) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """Name all but what measures and judges: it goes on when one of these fails."""
        config, store = self._config, self._store
        return {
            "uplinks": self._follow_uplinks,
            "store": self._scribe.run,
            "links": self._keep_links,
            "usual": self._keep_usual,
            "paths": partial(keep_paths, self._runner),
            "providers": partial(
                keep_providers, self._whoami, self._providers, store.path, self._known
            ),
            "power": partial(keep_power, config, self._power, mains),
            "traffic": partial(
                keep_traffic, lambda: self._uplinks, self._clock, self._carried
            ),
            "vantages": partial(keep_vantages, config, self._vantage),
            "announced": partial(keep_announced, store, self._clock, self._announced),
            "sealing": partial(keep_sealed, store),
            "evidence": partial(keep_closed, config, store, self._clock),
            "detection": partial(keep_learnt, self._detection),
            "patterns": partial(asyncio.to_thread, self._patterns.learn),
            "alerts": partial(keep_alerts, config, store, self._clock),
            "outbox": partial(keep_outbox, store.path, config.file),
            "steering": partial(keep_steered, config, store.path),
        }

    def _note_absence(self) -> None:
        """Mark the time since the last run as not measured, which is not "down"."""
        now = self._clock.now()
        with contextlib.suppress(StoreError):
            self._store.cut_gaps(now)
            newest = self._store.newest()
            if newest is not None and now - newest > _ABSENT:
                self._store.note_gap(newest, now)

    async def _follow_uplinks(self) -> None:
        async for uplinks in watch(names_of(self._config.uplinks)):
            log.info("uplinks: %s", ", ".join(u.name for u in uplinks) or "none")
            self._set_uplinks(uplinks)

    def _known(self) -> None:
        """Go on with what was learnt of the uplinks' networks."""
        self._set_uplinks(self._uplinks)

    def _set_uplinks(self, found: Sequence[Uplink]) -> None:
        self._uplinks = tuple(found)
        uplinks = self._providers.put_on(self._uplinks)
        self._runner.rigs.follow(uplinks)
        self._tell(uplinks=tuple(uplinks))
        self._retarget()
        for uplink in uplinks:
            self._account(uplink)
        self._observe_links()

    def _account(self, uplink: Uplink) -> None:
        """Give an uplink its budget, less what an earlier run of today has spent."""
        settings = self._config.uplink(uplink.interface)
        self._pacer.set_budget(uplink.name, budget_of(uplink, settings))
        if uplink.name in self._accounts:
            return
        self._accounts.add(uplink.name)
        today = last_midnight(self._clock.now())
        try:
            spent = self._store.spent_bytes(uplink.name, today)
        except StoreError as error:
            log.warning("what was spent today is not known: %s", error)
        else:
            self._pacer.spend(uplink.name, spent)

    def _retarget(self) -> None:
        targets = self._runner.rigs.targets()
        uplinks = self._pipeline.context.uplinks
        self._pipeline.set_uplinks(uplinks, targets, self._clock.now())
        self._runner.retarget()

    def _observed(self, observation: Observation) -> None:
        self._recorder.add(observation)
        self._publisher.sample(observation)
        target = self._runner.rigs.target(observation)
        if target is not None:
            self._detection.observe(observation, target.rung)

    def _observe_links(self) -> None:
        for uplink in self._pipeline.context.uplinks:
            for observation in link_observations(uplink, self._clock.now()):
                self._observed(observation)

    async def _keep_usual(self) -> None:
        while True:
            await asyncio.sleep(_USUAL)
            self._pipeline.remember_usual(self._clock.now())

    async def _keep_links(self) -> None:
        while True:
            await asyncio.sleep(_LINK)
            self._observe_links()

    def _power(self, mains: Mains) -> None:
        context = self._pipeline.context
        told = context.with_mains(mains, self._clock.now())
        if told != context:
            self._pipeline.context = told
            self._runner.changed.set()

    def _carried(self, traffic: tuple[Traffic, ...]) -> None:
        """Have it at hand; it is no reason to judge anew."""
        self._pipeline.context = replace(self._pipeline.context, traffic=traffic)

    def _vantage(self, name: str, view: View) -> None:
        self._vantages[name] = view
        country, now = self._config.country, self._clock.now()
        self._peers[name] = peers_of(name, view, country, now)
        self._near[name] = near_of(name, view, country, now)
        afar = (v.services for v in self._vantages.values() if v.abroad(country))
        self._tell(
            vantage=together(afar),
            near=tuple(chain.from_iterable(self._near.values())),
            peers=tuple(chain.from_iterable(self._peers.values())),
        )

    def _announced(self, services: tuple[str, ...]) -> None:
        if services != self._pipeline.context.announced:
            self._tell(announced=services)

    def _tell(self, **known: Any) -> None:
        self._pipeline.context = replace(self._pipeline.context, **known)
        self._runner.changed.set()

    async def _evaluate(self) -> None:
        """Judge every 50 ms while something is in doubt, every 5 s while all is calm.

        The rest keeps to the second: watching the clock, writing, telling watchers.
        """
        changed = self._runner.changed
        while True:
            urgent = await happens(changed, _TICK) or not self._pipeline.calm
            self._look_at_clock()
            now = self._clock.now()
            self._detection.look(now)
            due = urgent or abs(now - self._judged) >= _CALM
            self._publish(now, changed=due and self._judge(now))
            if urgent:
                await asyncio.sleep(_IN_DOUBT)

    def _judge(self, now: int) -> bool:
        self._judged = now
        return self._pipeline.evaluate(now)

    def _publish(self, now: int, *, changed: bool) -> None:
        self._publisher.publish(
            now,
            self._allowances(now),
            self._problems(),
            self._jumps(_SLEPT),
            changed=changed,
        )
        self._scribe.wake()

    def _problems(self) -> tuple[Message, ...]:
        return (
            *self._recorder.problems(),
            *self._runner.problems(),
            *self._mishaps.problems(),
            *self._jumps(_STEPPED),
        )

    def _jumps(self, key: str) -> tuple[Message, ...]:
        recent = self._clock.monotonic() - self._jumped_at < _JUMP_NEWS
        return (self._jumped[key],) if recent and key in self._jumped else ()

    def _look_at_clock(self) -> None:
        jump = self._clock.look()
        if not any(jump):
            return
        now = self._clock.now()
        ahead = jump.slept + jump.stepped
        self._jumped.clear()
        self._jumped_at = self._clock.monotonic()
        if jump.slept:
            log.info("asleep for %.0f s, not measured", jump.slept / SECOND)
            self._jumped[_SLEPT] = Message.of(_SLEPT, start=now - jump.slept, stop=now)
        if jump.stepped:
            log.warning("the clock stepped by %.1f s", jump.stepped / SECOND)
            self._jumped[_STEPPED] = Message.of(
                _STEPPED, seconds=abs(jump.stepped) / SECOND, at=now
            )
        if ahead > 0:  # nothing was measured in between
            self._scribe.note_gap(now - ahead, now)
        else:
            self._scribe.cut_gaps(now)
        self._runner.break_off()
        self._pipeline.restart()
        self._retarget()

    def _allowances(self, now: int) -> dict[str, Allowance]:
        return {
            rig.uplink.name: Allowance(
                rig.binding.method,
                self._pacer.spent(rig.uplink.name, now),
                self._pacer.budget(rig.uplink.name),
            )
            for rig in self._runner.rigs.all()
        }
