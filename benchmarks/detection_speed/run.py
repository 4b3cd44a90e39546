"""How fast is detection, live and in batch, beside what others offer?

Processor time of one process on one core, but for the fleet. The rivals run on the
same series, with ``--rivals`` in a temporary environment of their own, else as far as
they happen to be installed.

What is judged is the kernel, from the regular grid to anomalies, state and arrays bin
by bin. All that ``rabta detect`` does with signals in memory (the grid, the baseline of
the first weeks from both sides, fusion, refinement, windows of the day, changes of
delays) is printed beside it and not judged: it costs several times as much.

Passes when a batch takes 10 million points a second, also of counts of a few, ticks
of 10,000 series 4 million, the cost of a point differs by at most half from 1 to
100,000 series, the source as it stands gives the same bits as the compiled code, two
threads are at least 1.6 times as quick as one (wall; not judged while others hold the
cores), and a year of 1,000 entities with 10 signals each fits in 4 GB.

    python benchmarks/detection_speed/run.py [--rivals | --python PYTHON] [--short]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from ours import (
    HOURLY,
    batch,
    first_start,
    fleet,
    many,
    same_bits,
    tick_mode,
    whole,
)
from samples import DAY, NATURES, STEP, YEAR, year, year_of_few

from rabta.detect.compile import available, fast, plain


HERE = Path(__file__).parent
RIVALS = ("river", "ruptures", "adtk", "statsforecast", "statsmodels")
MILLION = 1e6
BATCH, TICKS = 10 * MILLION, 4 * MILLION
FEW = (2, 5, 15)
"""Counts so small that slots of the week share what is usual."""
WHOLE = (
    ("routes, 1 year", (1,), YEAR),
    ("counts, 1 year", (3,), YEAR),
    ("routes and counts, 2 years of each", (1, 3), 2 * YEAR),
    ("2 of routes and 2 of counts, 1 year of each", (0, 1, 2, 3), YEAR),
    ("counts, 2 weeks", (3,), 14 * DAY),
    ("delays with their changes of level, 1 year", (4,), YEAR),
)
"""What is detected from end to end: natures of its signals and bins of each."""
UNEVEN = 1.5
TWO_THREADS = 1.6
BUSY = 2.5
"""Load above which others hold the cores: the two threads themselves make 2."""
LARGEST_GB = 4.0


def rivals(python: str, *, short: bool) -> list[dict[str, str | float]]:
    """Run the rivals under *python*; what it cannot import says so."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "year.npy"
        np.save(file, np.nan_to_num(year(3).values, nan=1000.0) + 1.0)
        words = [python, str(HERE / "rivals.py"), str(file)]
        output = subprocess.run(
            [*words, "--small"] if short else words,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
    return [json.loads(line) for line in output.splitlines()]


def environment(folder: str) -> str:
    """Install the rivals into *folder*; return the interpreter that has them."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = str(Path(folder) / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *RIVALS], check=True)
    return python


def told(ok: bool, line: str) -> bool:  # noqa: FBT001
    print(f"{'pass:  ' if ok else 'missed:'} {line}", flush=True)
    return ok


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="less than a minute")
    parser.add_argument("--rivals", action="store_true", help="install and run them")
    parser.add_argument("--python", help="an interpreter that has the rivals")
    arguments = parser.parse_args()
    short = arguments.short
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")

    natures = [year(number) for number in range(len(NATURES))]
    slow = batch(plain, 1, natures) if not short else None
    if slow:
        print(f"      {slow:,.0f} points a second as the source stands")
    if not available():
        print("wrong: numba is not installed: pip install rabta[fast]")
        return 4
    cold, warm = first_start()
    print(f"      first result after {cold:.1f} s, from disk after {warm:.1f} s (wall)")
    engine = fast()
    ours = batch(engine, 7, natures)
    passed = [
        told(
            ours >= BATCH,
            f"batch, kernel alone: {ours / MILLION:.1f} M points a second",
        )
    ]
    for mean in FEW:
        speed = batch(engine, 5, [year_of_few(mean)])
        line = f"batch of counts of {mean}: {speed / MILLION:.1f} M points a second"
        passed.append(told(speed >= BATCH, line))
    for what, natures, size in WHOLE:
        speed, found = whole(natures, size, 1 if 4 in natures else 5)
        line = f"{speed / MILLION:.2f} M points a second, {found} disruptions"
        print(f"      all of rabta detect, {what}: {line}")
    alike = same_bits(engine)
    if not alike:
        print("wrong: compiled and plain do not agree to the bit")

    wide = tick_mode(engine, 10_000, 40 if short else 200, STEP)
    line = f"10,000 series, tick by tick: {wide / MILLION:.1f} M points a second"
    passed.append(told(wide >= TICKS, line))
    for series in () if short else (1, 100, 1_000, 100_000):
        speed = tick_mode(engine, series, 100 if series < 10_000 else 30, HOURLY)
        print(f"      ticks of {series:,} (hourly slots): {speed / MILLION:.2f} M/s")

    costs = []
    counts = (1, 10, 100, 1_000, 10_000, 100_000)
    for series in counts[:4] if short else counts:
        speed = many(engine, series)
        costs.append(1 / speed)
        print(f"      {series:>7,} series of 4 weeks: {1e9 / speed:.0f} ns a point")
    uneven = max(costs) / min(costs)
    line = f"the dearest point costs {uneven:.2f} times the cheapest"
    passed.append(told(uneven <= UNEVEN, line))

    entities = 16 if short else 64
    pairs = [
        (fleet(engine, entities, 1)[0], fleet(engine, entities, 2)[0]) for _ in range(3)
    ]
    alone, both = (min(walls) for walls in zip(*pairs, strict=True))
    line = f"two threads are {alone / both:.2f} times as quick as one (wall)"
    busy = os.getloadavg()[0]
    if alone / both < TWO_THREADS and busy > BUSY:
        print(f"      {line}; not judged at a load of {busy:.1f}")
    else:
        passed.append(told(alone / both >= TWO_THREADS, line))

    entities = 30 if short else 1_000
    wall, points, found = fleet(engine, entities, os.cpu_count() or 1)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    line = (
        f"{entities:,} entities x 10 signals x 1 year ({points:,} points): "
        f"{wall:.0f} s (wall), {found:,} anomalies, peak RSS {largest:.2f} GB"
    )
    passed.append(told(largest <= LARGEST_GB, line))

    with tempfile.TemporaryDirectory() as folder:
        python = arguments.python or sys.executable
        if arguments.rivals:
            python = environment(folder)
        print(f"\n| method | points | points a second | Rabta's {YEAR:,} is |")
        print("|---|---|---|---|")
        for rival in rivals(python, short=short):
            if "missing" in rival:
                print(f"| {rival['method']} | not installed | | |")
                continue
            speed = float(rival["points"]) / max(float(rival["seconds"]), 1e-6)
            print(
                f"| {rival['method']} | {rival['points']:,} | {speed:,.0f} "
                f"| {ours / speed:,.1f} times as fast |"
            )
    return 4 if not alike else 0 if all(passed) else 3


if __name__ == "__main__":
    sys.exit(main())
