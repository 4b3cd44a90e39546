"""What does explaining cost? Processor time, one event alone and ten thousand in a row.

Events of IODA's list where it is there, with everything around them; else drawn ones.
Passes at 5 ms for one and 20 s for ten thousand.

    python benchmarks/attribution/speed.py [--short]
"""

import argparse
import sys
import time
from datetime import UTC
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from benchmarks.attribution.labels import FILE, cases, rows

from rabta.attribute.cause import (
    Event,
    Family,
    SignalSeen,
    Surroundings,
    Window,
    explain,
)
from rabta.clock import DAY, HOUR


BAR_MISSED = 3
MANY = 10_000


def drawn(count: int) -> list[tuple[Event, Surroundings]]:
    rng = np.random.default_rng(0)
    out = []
    for n in range(count):
        onset = 1_700_000_000_000_000 + int(rng.integers(400)) * HOUR
        others = tuple(Window(onset - k * DAY, onset - k * DAY + HOUR) for k in (3, 1))
        signals = tuple(SignalSeen(f, bool(rng.integers(2))) for f in list(Family)[:3])
        event = Event(
            f"country/{n}", onset, onset + HOUR, onset + DAY, 0.6, 300.0, signals
        )
        out.append((event, Surroundings(UTC, onset - 90 * DAY, others)))
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    every = cases(rows()[0], "settled") if FILE.is_file() else drawn(1000)
    explain(*every[0])
    count = 1000 if arguments.short else MANY
    began = time.process_time()
    for n in range(count):
        explain(*every[n % len(every)])
    spent = time.process_time() - began
    each = 1000 * spent / count
    print(f"one event: {each:.2f} ms of processor time")
    print(f"{MANY:,} events: {spent * MANY / count:.1f} s")
    if each <= 5 and spent * MANY / count <= 20:
        return 0
    print(f"missed: {each:.2f} ms an event (bar 5), {MANY:,} events in 20 s")
    return BAR_MISSED


if __name__ == "__main__":
    sys.exit(main())
