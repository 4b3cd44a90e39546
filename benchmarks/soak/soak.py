"""Twenty-four simulated hours through the real pipeline: is memory flat?

The office of the demo, every probe at its real cadence, an incident every ten minutes,
on a clock that runs as fast as the machine does; the daemon's own pipeline, detection,
status, store and sealing. RSS is read after every simulated hour; from the second hour
on it may not grow by more than 5 %. The short form reads it three times an hour and
compares the second hour with the first.

    python benchmarks/soak/soak.py [--hours 24] [--short]
"""

import argparse
import gc
import subprocess
import sys
import tempfile
import time
from datetime import UTC
from itertools import cycle
from pathlib import Path

from rabta.agent.demo.driver import Driver
from rabta.agent.demo.office import PROFILES, UPLINKS
from rabta.agent.demo.places import targets
from rabta.agent.demo.world import Effect, Incident, World
from rabta.agent.detection import Detection
from rabta.agent.live import LiveHub
from rabta.agent.pipeline import Pipeline
from rabta.agent.publisher import Publisher
from rabta.agent.recorder import Recorder
from rabta.attribute import Context
from rabta.clock import HOUR, MINUTE, SECOND, ManualClock
from rabta.failure import GENERIC_TIMEOUT
from rabta.model import Observation, Rung
from rabta.store import Store


START = 1_760_000_000 * SECOND
ALLOWED_GROWTH = 0.05


def incidents(hours: int) -> list[Incident]:
    """Alternate short cuts and lossy spells, one every ten minutes."""
    beyond = frozenset(Rung) - {Rung.CARRIER, Rung.ADDRESS, Rung.GATEWAY}
    kinds = cycle(
        (
            ("cut", Effect(GENERIC_TIMEOUT), 20 * SECOND),
            ("loss", Effect(extra_loss=0.15), 3 * MINUTE),
            ("slow", Effect(extra_seconds=0.2), 3 * MINUTE),
        )
    )
    found = []
    for at in range(START + 10 * MINUTE, START + hours * HOUR, 10 * MINUTE):
        name, effect, length = next(kinds)
        uplink = frozenset({UPLINKS[(at // (10 * MINUTE)) % 2].name})
        found.append(
            Incident(name, at, at + length, effect, uplinks=uplink, rungs=beyond)
        )
    return found


def rss_megabytes() -> float:
    """Resident set of this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


def seal(store: Store) -> None:
    """Seal as the daemon does: in a child process."""
    child = [sys.executable, "-m", "rabta.store.seal", str(store.path)]
    subprocess.run(child, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--short", action="store_true", help="2 hours")
    arguments = parser.parse_args()
    hours, minutes = (2, 20) if arguments.short else (arguments.hours, 60)
    clock = ManualClock(START)
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder), clock=clock) as store,
    ):
        return run(store, clock, hours, minutes)


def run(store: Store, clock: ManualClock, hours: int, minutes: int) -> int:
    """Let *hours* pass and read the memory every so many *minutes*."""
    places = targets()
    pipeline = Pipeline(store, Context(country="PK", uplinks=UPLINKS), started=START)
    recorder = Recorder(store)
    world = World(PROFILES, incidents(hours))
    detection = Detection(store, store, UTC)
    publisher = Publisher(pipeline, store, LiveHub(pipeline.status(START, {}, ())))
    rungs = {target.name: target.rung for line in places.values() for target in line}

    def observed(observation: Observation) -> None:
        recorder.add(observation)
        publisher.sample(observation)
        detection.observe(observation, rungs[observation.target])

    driver = Driver(pipeline, world, places, observed)
    driver.announce(UPLINKS, START, pace=1.0)
    readings = []
    began = time.process_time()
    print("minute    probes    RSS MB   µs CPU/probe")
    for begin in range(START, START + hours * HOUR, minutes * MINUTE):
        for minute in range(minutes):
            for second in range(60):
                now = begin + minute * MINUTE + second * SECOND
                driver.run(now, now + SECOND)
                clock.advance(SECOND)
                recorder.flush()
                publisher.publish(now + SECOND, {}, (), changed=False)
            detection.look(now + SECOND)
        detection.write(detection.dump())
        seal(store)
        gc.collect()
        readings.append(rss_megabytes())
        spent = (time.process_time() - began) / max(1, driver.probes) * 1e6
        print(
            f"{minutes * len(readings):6} {driver.probes:9}"
            f" {readings[-1]:9.1f} {spent:10.1f}",
            flush=True,
        )
    settled = 120 if minutes == 60 else 60  # minutes
    first = min(settled // minutes, len(readings)) - 1
    growth = readings[-1] / readings[first] - 1
    since = minutes * (first + 1)
    found = len(store.disruptions(limit=100_000))
    print(f"disruptions recorded: {found}; growth since minute {since}: {growth:+.1%}")
    if growth <= ALLOWED_GROWTH:
        return 0
    print(f"missed: memory grew by {growth:+.1%} (bar {ALLOWED_GROWTH:.0%})")
    return 3


if __name__ == "__main__":
    sys.exit(main())
