"""Days of noise in which nothing fails: how often does traffic move all the same?

The demo's office, every probe at its real cadence, delays with gamma-distributed
queueing, and losses that come singly and, four times an hour, in spells of a minute of
up to 3 %, as evenings and Wi-Fi bring them; through the daemon's own pipeline and
status, then the policy. Any move is a false one. Bar: at most one in 30 days.

    python benchmarks/steer/noise.py [--days 30] [--seed 1] [--short]
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from rabta.agent.demo.driver import Driver
from rabta.agent.demo.office import PROFILES, UPLINKS
from rabta.agent.demo.places import targets
from rabta.agent.demo.world import Effect, Incident, World
from rabta.agent.live import LiveHub
from rabta.agent.pipeline import Pipeline
from rabta.agent.publisher import Publisher
from rabta.attribute import Context
from rabta.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from rabta.steer.beliefs import beliefs_of
from rabta.steer.decider import Decider, Wishes
from rabta.store import Store


START = 1_760_000_000 * SECOND
MOST_IN_30_DAYS = 1.0


def spells(days: float, chance: random.Random) -> list[Incident]:
    """Lossy minutes, on either uplink, at random moments."""
    found = []
    for number in range(round(days * 24 * 4)):
        at = START + round(chance.uniform(0, days) * DAY)
        effect = Effect(
            extra_loss=chance.uniform(0.01, 0.03),
            extra_seconds=chance.uniform(0.0, 0.06),
        )
        uplink = frozenset({chance.choice(UPLINKS).name})
        found.append(
            Incident(f"spell-{number}", at, at + MINUTE, effect, uplinks=uplink)
        )
    return sorted(found, key=lambda one: one.start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="one hour")
    arguments = parser.parse_args()
    days = 1 / 24 if arguments.short else arguments.days
    clock = ManualClock(START)
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder), clock=clock) as store,
    ):
        return run(store, days, random.Random(arguments.seed))


def run(store: Store, days: float, chance: random.Random) -> int:
    """Live through it; print every move."""
    places = targets()
    pipeline = Pipeline(store, Context(country="PK", uplinks=UPLINKS), started=START)
    hub = LiveHub(pipeline.status(START, {}, ()))
    publisher = Publisher(pipeline, store, hub)
    world = World(PROFILES, spells(days, chance))
    driver = Driver(pipeline, world, places, publisher.sample)
    driver.announce(UPLINKS, START, pace=1.0)
    decider = Decider(Wishes())
    began, seen, down = time.process_time(), 0, 0
    for second in range(round(days * 86_400)):
        now = START + second * SECOND
        driver.run(now, now + SECOND)
        publisher.publish(now + SECOND, {}, (), changed=False)
        beliefs = beliefs_of(msgspec.json.encode(hub.status()))
        down += any(state == "down" for state in beliefs.lines.values())
        decision = decider.decide(UPLINKS, beliefs, {}, now, float(second))
        for move in decision.moves[seen:]:
            hours = (move.time - START) / HOUR
            what = f"IPv{move.family} {move.traffic}: {move.before} to {move.after}"
            print(f"  hour {hours:.2f}  {what}  ({move.why.key})", flush=True)
        seen = len(decision.moves)
    print(
        f"{days:g} days of noise, {driver.probes} probes: {seen} moves,"
        f" {down} s in which a line was called down,"
        f" {time.process_time() - began:.0f} s of CPU"
    )
    most = max(1.0, days / 30 * MOST_IN_30_DAYS)
    if seen <= most:
        return 0
    print(f"wrong: {seen} moves in {days:g} days of noise (at most {most:g})")
    return 4


if __name__ == "__main__":
    sys.exit(main())
