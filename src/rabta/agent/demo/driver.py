"""Drives the pipeline over a simulated world, as fast as it goes.

The same schedule, the same bursts 100 ms apart and the same evaluation as the daemon;
only the waiting is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil

from rabta.agent.demo.world import Incident, World
from rabta.agent.pipeline import Pipeline
from rabta.agent.schedule import Schedule
from rabta.clock import SECOND
from rabta.model import LineKey, Observation, Probe, Rung, Target, Uplink


_BURST = SECOND // 10
_CALM = 5 * SECOND
_SERVICES = 6.0


class Driver:
    """A simulated stretch of time."""

    def __init__(
        self,
        pipeline: Pipeline,
        world: World,
        targets: Mapping[LineKey, Sequence[Target]],
        on_observation: Callable[[Observation], None],
        *,
        seed: int = 0,
    ) -> None:
        self._pipeline = pipeline
        self._world = world
        self._real = targets
        self._on_observation = on_observation
        self._schedule = Schedule(seed)
        self._pace = 0.0
        self._origin = 0
        self._targets: dict[LineKey, dict[str, Target]] = {}
        self._judged = 0
        self.probes = 0
        """How many were made so far."""

    def announce(self, uplinks: Sequence[Uplink], now: int, *, pace: float) -> None:
        """Tell the pipeline of the uplinks, and stretch the intervals by *pace*.

        The ladder must know the cadence it is fed at: what is fresh, what is stale and
        how long a doubt may last follow from it.
        """
        paced = {
            key: [_paced(one, pace) for one in members]
            for key, members in self._real.items()
        }
        self._pipeline.set_uplinks(uplinks, paced, now)
        if pace != self._pace:
            self._pace = pace
            self._origin = self._origin or now
            self._schedule.set(paced, (now - self._origin) / SECOND)
            self._targets = {
                key: {target.name: target for target in members}
                for key, members in paced.items()
            }

    def run(self, start: int, stop: int, *, every: int = SECOND) -> None:
        """Simulate from *start* to *stop*.

        Verdicts are made *every* so many microseconds, every five seconds at most while
        all is calm, and at once while something is in doubt.
        """
        judged = min(start, self._judged or start)
        now = start
        while now < stop:
            due = self._schedule.next_due()
            at = stop if due is None else self._origin + ceil(due * SECOND) + 1
            pause = max(every, _CALM) if self._pipeline.calm else every
            now = max(now, min(at, judged + pause, stop))
            failed = self._round(now)
            began = now
            for key in self._targets:
                if key in failed or self._pipeline.uneasy(key):
                    now = self._settle(key, now)
            if failed or now > began or now >= judged + pause:
                self._pipeline.evaluate(now)
                judged = now
        self._judged = judged

    def _round(self, now: int) -> set[LineKey]:
        """Make the probes that are due; return the lines on which one failed."""
        incidents = self._world.active(now)
        return {
            slot.key
            for slot in self._schedule.take((now - self._origin) / SECOND)
            if not self._probe(slot.key, slot.target, slot.probe, now, incidents)
        }

    def _probe(
        self,
        key: LineKey,
        target: Target,
        probe: Probe,
        now: int,
        incidents: Sequence[Incident],
    ) -> bool:
        uplink, family = key
        seen = self._world.probe(now, uplink, family, target, probe, incidents)
        self.probes += 1
        self._pipeline.observe(seen)
        self._on_observation(seen)
        return seen.ok

    def _settle(self, key: LineKey, now: int) -> int:
        """Send the extra probes that are wanted, 100 ms apart; return the time."""
        while wants := self._pipeline.wants(key, now):
            now += _BURST
            incidents = self._world.active(now)
            for want in wants:
                target = self._targets[key].get(want.target)
                if target is not None:
                    self._probe(key, target, want.probe, now, incidents)
            self._pipeline.evaluate(now)
        return now


def _paced(target: Target, pace: float) -> Target:
    """Stretch an interval; services are asked so seldom that they bear less of it."""
    if target.rung is Rung.SERVICE:
        pace = max(1.0, pace / _SERVICES)
    return replace(target, interval=target.interval * pace)
