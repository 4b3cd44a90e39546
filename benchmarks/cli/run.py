"""How much processor time do ``rabta --help`` and ``rabta status`` take?

``status`` reads a store that is being written to: two simulated uplinks with four
services, one uplink in an outage. User and system time of the whole process, the
interpreter's start included; the median of ten runs is judged, the best one shown too.
The start before them, which compiles what was never started, is not counted.

Passes when neither takes more than 150 ms.

    python benchmarks/cli/run.py [--short]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rabta import failure
from rabta.agent.demo.driver import Driver
from rabta.agent.demo.office import FIBRE, PROFILES, UPLINKS
from rabta.agent.demo.places import targets
from rabta.agent.demo.world import Effect, Incident, World
from rabta.agent.live import LiveHub
from rabta.agent.pipeline import Pipeline
from rabta.agent.publisher import Publisher
from rabta.agent.recorder import Recorder
from rabta.attribute import Context
from rabta.clock import MINUTE, SystemClock
from rabta.model import Rung
from rabta.store import Store


LIMIT_MS = 150.0
_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
"""Set by builds and tests; a user's interpreter compiles a module once and keeps it."""


def fill(store: Store) -> None:
    """Measure five simulated minutes, the last of them without the fibre."""
    now = SystemClock().now()
    start = now - 5 * MINUTE
    beyond = frozenset(Rung) - {Rung.GATEWAY, Rung.CARRIER, Rung.ADDRESS}
    gone = Effect(failure.GENERIC_TIMEOUT)
    cut = Incident(
        "cut", now - MINUTE, now, gone, uplinks=frozenset({FIBRE.name}), rungs=beyond
    )
    pipeline = Pipeline(store, Context(country="PK", uplinks=UPLINKS), started=start)
    recorder = Recorder(store)
    driver = Driver(pipeline, World(PROFILES, [cut], 1), targets(), recorder.add)
    driver.announce(UPLINKS, start, pace=1.0)
    driver.run(start, now)
    recorder.drain()
    Publisher(pipeline, store, LiveHub(pipeline.status(now, {}, ()))).publish(
        now, {}, (), changed=True
    )


def processor_ms(words: list[str], folder: Path) -> float:
    """Run ``rabta`` once and return what it cost."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    user = {key: value for key, value in os.environ.items() if key != _UNCOMPILED}
    done = subprocess.run(
        [sys.executable, "-m", "rabta", *words],
        env={**user, "RABTA_STORE": str(folder)},
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"rabta {' '.join(words)}: {done.stderr.decode()}")
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> int:
    """Measure, print, and fail above the limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="three runs, not ten")
    runs = 3 if parser.parse_args().short else 10
    worst = 0.0
    print(f"{'command':22}  best ms  median ms   (processor time, of {runs} runs)")
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder), clock=SystemClock()) as store,
    ):
        fill(store)
        written = store.status()
        for words in (["--help"], ["status"], ["status", "--json"]):
            times = []
            processor_ms(words, Path(folder))  # the first start compiles
            for _ in range(runs):
                if written is not None:
                    store.put_status(written[1])  # fresh, however long this takes
                times.append(processor_ms(words, Path(folder)))
            median = statistics.median(times)
            worst = max(worst, median)
            command = "rabta " + " ".join(words)
            print(f"{command:22}  {min(times):7.0f}  {median:9.0f}")
    ok = worst <= LIMIT_MS
    print(f"{'pass' if ok else 'missed'}: {worst:.0f} ms of {LIMIT_MS:.0f} (median)")
    return 0 if ok else 3


if __name__ == "__main__":
    sys.exit(main())
