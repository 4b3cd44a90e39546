"""Days of noise in which nothing fails: how often does traffic move all the same?

The demo's office, every probe at its real cadence, delays with gamma-distributed
queueing, and losses that come singly and, four times an hour, in spells of a minute of
up to 3 %, as evenings and Wi-Fi bring them; through the daemon's own pipeline and
status, then the policy, every second. Any move is a false one. Bar: at most one in 30
days.

What is lost is drawn beforehand, so that the clock can jump over the seconds that
cannot move anything: those more than ``BEFORE`` from the next and ``AFTER`` from the
last ten seconds in which a line loses ``FEW`` probes. A line is called down after ten
silences, and calls suffer at 7 % of a minute's probes, some 23, of which at least four
fall into one sixth of it. Neither pipeline nor policy sees the jump: for both the clock
runs on without a gap, so that they have less time to forget than in truth, which can
only make more moves. ``--whole`` jumps over nothing, to see that nothing is hidden.

    python benchmarks/steer/noise.py [--days 30] [--seed 1] [--whole] [--short]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from rabta import failure
from rabta.agent.demo.driver import Driver
from rabta.agent.demo.office import PROFILES, UPLINKS
from rabta.agent.demo.places import targets
from rabta.agent.demo.world import Effect, Incident, World
from rabta.agent.pipeline import Pipeline
from rabta.attribute import Context
from rabta.clock import SECOND, ManualClock
from rabta.model import Observation, Probe, State, Target
from rabta.steer.beliefs import beliefs_of
from rabta.steer.decider import Decider, Wishes
from rabta.store import Store


START = 1_760_000_000 * SECOND
MOST_IN_30_DAYS = 1.0
FEW, WITHIN = 4, 10
"""So many losses of a line in so many seconds are worth a look."""
BEFORE, AFTER = 20, 30
WARM = 600
"""Seconds at the beginning that are lived through in any case."""
_DAY = 86_400
_DRAWS = 8
"""Probes of a line and second whose loss is drawn beforehand; 5.6 are usual."""
_SPELLS = 24 * 4
_TIMEOUT = failure.GENERIC_TIMEOUT


class Noise(World):
    """Losses and delays of one day after the other, each decided before it begins."""

    def __init__(self, seed: int) -> None:
        lossless = {n: replace(one, loss=0.0) for n, one in PROFILES.items()}
        super().__init__(lossless, (), seed=seed)
        self._chance = np.random.default_rng(seed)
        self._now = 0
        self._made: dict[str, int] = {}

    def draw(self) -> None:
        """Decide the next day."""
        self._loss = {n: np.full(_DAY, one.loss) for n, one in PROFILES.items()}
        self._late = {n: np.zeros(_DAY) for n in PROFILES}
        for start in self._chance.integers(0, _DAY - 60, _SPELLS):
            name = UPLINKS[self._chance.integers(len(UPLINKS))].name
            self._loss[name][start : start + 60] += self._chance.uniform(0.01, 0.03)
            self._late[name][start : start + 60] += self._chance.uniform(0.0, 0.06)
        self._lost = {
            name: self._chance.random((_DAY, _DRAWS)) < loss[:, None]
            for name, loss in self._loss.items()
        }

    def telling(self) -> np.ndarray:
        """Return, for each second of the day, whether it is to be lived through."""
        found = np.zeros(_DAY, bool)
        for lost in self._lost.values():
            count = np.convolve(lost.sum(axis=1), np.ones(WITHIN))[:_DAY]
            for second in np.flatnonzero(count >= FEW):
                found[max(0, second - WITHIN - BEFORE) : second + AFTER] = True
        return found

    def go_to(self, second: int) -> None:
        """Let the probes that follow happen in this second of the day."""
        self._now = second
        self._made = dict.fromkeys(PROFILES, 0)

    def probe(
        self,
        now: int,
        uplink: str,
        family: int,
        target: Target,
        probe: Probe,
        incidents: Sequence[Incident],
    ) -> Observation:
        """Say what *probe* sees; the *incidents* are what was decided."""
        number = self._made[uplink]
        self._made[uplink] = number + 1
        if number < _DRAWS:
            lost = bool(self._lost[uplink][self._now, number])
        else:
            lost = self._random.random() < self._loss[uplink][self._now]
        late = float(self._late[uplink][self._now])
        effect = Effect(_TIMEOUT if lost else None, 0.0, late)
        noise = Incident("noise", now, now, effect)
        return super().probe(now, uplink, family, target, probe, (*incidents, noise))


class Office:
    """Pipeline and policy, on a clock without gaps."""

    def __init__(self, store: Store, world: World) -> None:
        context = Context(country="PK", uplinks=UPLINKS)
        self._pipeline = Pipeline(store, context, started=START)
        self.driver = Driver(self._pipeline, world, targets(), lambda _: None)
        self.driver.announce(UPLINKS, START, pace=1.0)
        self._decider = Decider(Wishes())
        self.lived = self.down = self.moves = 0

    def live(self) -> None:
        """Live through a second; print the moves it brings."""
        begin = START + self.lived * SECOND
        now = begin + SECOND
        self.driver.run(begin, now)
        self.lived += 1
        status = self._pipeline.status(now, {}, ())
        beliefs = beliefs_of(msgspec.json.encode(status))
        self.down += State.DOWN in beliefs.lines.values()
        decision = self._decider.decide(UPLINKS, beliefs, {}, now, float(self.lived))
        for move in decision.moves:
            if move.time == now:
                self.moves += 1
                what = f"IPv{move.family} {move.traffic}: {move.before} to {move.after}"
                print(f"  {what} ({move.why.key})", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="jump over nothing")
    parser.add_argument("--short", action="store_true", help="an hour of one day")
    given = parser.parse_args()
    clock = ManualClock(START)
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder), clock=clock) as store,
    ):
        return run(store, given)


def run(store: Store, given: argparse.Namespace) -> int:
    """Live through it."""
    days = 1 if given.short else given.days
    world = Noise(given.seed)
    office = Office(store, world)
    began = time.process_time()
    for day in range(days):
        world.draw()
        telling = world.telling()
        telling[: WARM if day == 0 else 0] = True
        if given.whole:
            telling[:] = True
        if given.short:
            telling[3600:] = False
        before = office.moves
        for second in np.flatnonzero(telling):
            world.go_to(second)
            office.live()
        if office.moves > before:
            print(f"  on day {day}", flush=True)
    span = "an hour" if given.short else f"{days} days"
    print(
        f"{span} of noise, {office.lived} s of them lived through with"
        f" {office.driver.probes} probes: {office.moves} moves, {office.down} s in"
        f" which a line was called down, {time.process_time() - began:.0f} s of CPU"
    )
    most = max(1.0, days / 30 * MOST_IN_30_DAYS)
    if office.moves <= most:
        return 0
    print(f"wrong: {office.moves} moves in {days} days of noise (at most {most:g})")
    return 4


if __name__ == "__main__":
    sys.exit(main())
