"""The demo's daemon: first the month as fast as it goes, then live."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from rabta.agent.chores import seal
from rabta.agent.demo.driver import Driver
from rabta.agent.demo.office import FIBRE, PROFILES, UPLINKS, edges, month
from rabta.agent.demo.places import SERVICES, targets
from rabta.agent.demo.world import Incident, World
from rabta.agent.live import LiveHub
from rabta.agent.pipeline import Allowance, Pipeline
from rabta.agent.publisher import Publisher
from rabta.agent.recorder import Recorder
from rabta.attribute import Context
from rabta.clock import DAY, HOUR, MINUTE, SECOND, Clock
from rabta.model import Mains, Observation, State, Uplink
from rabta.store import Store


_COARSE = 480.0
_FINE = 6.0
_SHOWN = 24.0
"""Fine enough for a chart of what lasts an hour."""
_AROUND = 5 * MINUTE
_SUDDEN = 45 * SECOND
_SHORT = 2 * HOUR
_PROVEN = 15 * MINUTE
"""How long it takes at the real pace until loss is known to be over."""
_TOLD = 2 * MINUTE
"""How long another vantage takes to notice that a service is back, and to tell."""
_TICK = 0.1


class Demo:
    """A simulated office: the agent's pipeline, store and hub over a world."""

    def __init__(self, store: Store, clock: Clock, *, seed: int = 1) -> None:
        self._clock = clock
        self._store = store
        self._end = clock.now()
        self._start = self._end - 30 * DAY
        blocked, troubled = SERVICES[0].name, SERVICES[2].name
        store.know_services(service.name for service in SERVICES)
        self._incidents = month(self._end, blocked, troubled)
        context = Context(country="PK", uplinks=UPLINKS)
        self._pipeline = Pipeline(store, context, started=self._start, simulated=True)
        self._recorder = Recorder(store)
        world = World(PROFILES, self._incidents, seed)
        self._driver = Driver(
            self._pipeline, world, targets(), self._observed, seed=seed
        )
        self._facts: tuple[float, bool, bool, str] | None = None
        self._driver.announce(UPLINKS, self._start, pace=_COARSE)
        self.hub = LiveHub(self._pipeline.status(self._start, {}, ()))
        self._publisher = Publisher(self._pipeline, store, self.hub)

    def _observed(self, observation: Observation) -> None:
        self._recorder.add(observation)
        self._publisher.sample(observation)

    def simulate_month(self, progress: Callable[[float], None]) -> None:
        """Fill the store with the thirty days before now."""
        for start, stop, pace in stretches(self._start, self._end, self._incidents):
            self._announce(start, pace)
            self._driver.run(start, stop, every=int(2.5 * pace * SECOND))
            self._recorder.drain()
            progress((stop - self._start) / (self._end - self._start))

    async def run(self) -> None:
        """Go on from now in real time until cancelled.

        The month is sealed meanwhile: nobody should wait for that to see a page.
        """
        sealing = asyncio.create_task(seal(self._store))
        try:
            await self._go_on()
        finally:
            sealing.cancel()
            await asyncio.gather(sealing, return_exceptions=True)

    async def _go_on(self) -> None:
        last = self._end
        while True:
            now = max(last, self._clock.now())
            self._announce(now, 1.0)
            self._driver.run(last, now)
            changed = self._pipeline.evaluate(now)
            last = now
            self._recorder.flush()
            self._publisher.publish(now, self._allowances(), (), changed=changed)
            await asyncio.sleep(_TICK)

    def _announce(self, now: int, pace: float) -> None:
        """Tell the pipeline what a machine would tell it: carrier, mains, vantages."""
        going_on = [one for one in self._incidents if one.start <= now < one.end]
        mains_lost = any(one.mains_lost for one in going_on)
        carrier_lost = any(one.carrier_lost for one in going_on)
        service_down = next(
            (
                one.service_down
                for one in self._incidents
                if one.service_down and one.start <= now < one.end + _TOLD
            ),
            "",
        )
        facts = (pace, mains_lost, carrier_lost, service_down)
        if facts == self._facts:
            return
        self._facts = facts
        uplinks = tuple(_cut(u) if carrier_lost and u is FIBRE else u for u in UPLINKS)
        abroad = tuple(
            (service.name, State.DOWN if service.name == service_down else State.UP)
            for service in SERVICES
        )
        self._driver.announce(uplinks, now, pace=pace)
        context = replace(self._pipeline.context, uplinks=uplinks, vantage=abroad)
        mains = Mains(on=not mains_lost, ups=True)
        self._pipeline.context = context.with_mains(mains, now)

    def _allowances(self) -> dict[str, Allowance]:
        return {uplink.name: Allowance("device", 0, None) for uplink in UPLINKS}


def _cut(uplink: Uplink) -> Uplink:
    return replace(uplink, carrier=False)


def stretches(
    start: int, end: int, incidents: list[Incident]
) -> Iterator[tuple[int, int, float]]:
    """Cut a span into (start, stop, pace): as fine as what goes on there asks for."""
    spans = [(end - HOUR, end, _FINE), (end - 6 * MINUTE, end, 1.0)]
    for one in incidents:
        if not any(_within(one, other) for other in incidents):
            spans += _looked_at(one)
    moments = {moment for begin, stop, _ in spans for moment in (begin, stop)}
    moments |= set(edges(incidents))
    cuts = sorted({start, end} | {m for m in moments if start < m < end})
    for first, last in pairwise(cuts):
        paces = (pace for begin, stop, pace in spans if begin <= first < stop)
        yield first, last, min(paces, default=_COARSE)


def _within(one: Incident, other: Incident) -> bool:
    return other.start <= one.start and one.end < other.end


def _looked_at(one: Incident) -> Iterator[tuple[int, int, float]]:
    """Return how closely to look around what happens."""
    for moment in (one.start, one.end):
        yield moment, moment + _SUDDEN, 1.0
        yield moment - MINUTE, moment + _AROUND, _FINE
    if one.service_down:
        yield one.end, one.end + _TOLD, _FINE
    if one.effect.extra_loss:  # only many answers show that it is over
        yield one.end, one.end + _PROVEN, 1.0
        if one.end - one.start <= _SHORT:
            yield one.start, one.end, _SHOWN
