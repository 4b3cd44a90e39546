"""Drives the pipeline over a simulated world, as fast as it goes.

The same schedule, the same bursts 100 ms apart and the same evaluation as the daemon;
only the waiting is left out.
"""

from collections.abc import Callable, Mapping, Sequence

from rabta.agent.demo.world import Incident, World
from rabta.agent.pipeline import Pipeline
from rabta.agent.schedule import Schedule
from rabta.clock import SECOND
from rabta.model import LineKey, Observation, Probe, Target


_BURST = SECOND // 10


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
        self._targets = {
            key: {target.name: target for target in members}
            for key, members in targets.items()
        }
        self._on_observation = on_observation
        self._schedule = Schedule(seed)
        self._schedule.set(targets, 0.0)
        self._elapsed = 0.0
        self.probes = 0
        """How many were made so far."""

    def run(
        self, start: int, stop: int, *, pace: float = 1.0, every: int = SECOND
    ) -> None:
        """Simulate from *start* to *stop*.

        *pace* stretches every interval: coarse where nothing happens. Verdicts are
        made *every* so many microseconds, and at once while something is in doubt.
        """
        scale = pace * SECOND
        base = self._elapsed  # the schedule's own time goes slower by *pace*
        judged = start
        now = start
        while now < stop:
            due = self._schedule.next_due()
            at = stop if due is None else start + int((due - base) * scale)
            now = max(now, min(at, judged + every, stop))
            self._elapsed = base + (now - start) / scale
            doubtful = self._round(now)
            for key in doubtful:
                now = self._settle(key, now)
            if doubtful or now >= judged + every:
                self._pipeline.evaluate(now)
                judged = now

    def _round(self, now: int) -> list[LineKey]:
        """Make the probes that are due; return the lines that are in doubt."""
        incidents = self._world.active(now)
        doubtful = dict.fromkeys(
            slot.key
            for slot in self._schedule.take(self._elapsed)
            if not self._probe(slot.key, slot.target, slot.probe, now, incidents)
        )
        return list(doubtful)

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
