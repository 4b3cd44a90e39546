"""python -m benchmarks.store [--short] [--keep FOLDER]: see benchmarks/README.md."""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from year import SHORT, Scale, build, second_of

from rabta.clock import DAY, HOUR, SECOND, ManualClock
from rabta.store import Store
from rabta.store.connect import FILE


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store")
    parser.add_argument("--short", action="store_true", help="60 days of 3 x 20")
    parser.add_argument("--keep", type=Path, help="build here and leave it")
    given = parser.parse_args()
    scale = SHORT if given.short else Scale()
    with tempfile.TemporaryDirectory() as name:
        path = given.keep or Path(name) / "store"
        began = time.perf_counter()

        def say(what: str) -> None:
            print(f"# {time.perf_counter() - began:7.1f} s  {what}", flush=True)

        build(path, scale, random.Random(1), say)
        print(f"{scale.days} days of {scale.uplinks} uplinks x {scale.targets} targets")
        sizes(path)
        charts(path, scale)
        together(path, scale)
        sealing(path, scale)
        sizes(path)


def sizes(path: Path) -> None:
    """Print bytes on disk by tier."""
    tiers = {
        tier: sum(f.stat().st_size for f in (path / "series" / tier).rglob("*.parquet"))
        for tier in ("raw", "minute")
    }
    tiers["sqlite"] = sum(f.stat().st_size for f in path.glob(f"{FILE}*"))
    total = sum(tiers.values())
    parts = ", ".join(f"{tier} {size / 1e6:.0f} MB" for tier, size in tiers.items())
    print(f"size: {total / 1e6:.0f} MB ({parts})")


def charts(path: Path, scale: Scale) -> None:
    """Print how long charts of one series take: the first of a process, and warm.

    A daemon has imported and opened everything long before it is asked.
    """
    for name, span, step in (
        ("year by the hour", scale.days * DAY, 3600),
        ("year, step chosen", scale.days * DAY, None),
        ("day by the minute, hot", DAY, 60),
        ("week by ten minutes, raw files", 7 * DAY, 600),
        ("two days last month by the minute", -30 * DAY, 60),
    ):
        stop = scale.end if span > 0 else scale.end + span
        start = scale.end - span if span > 0 else stop - 2 * DAY
        forget_pages(path)
        times = json.loads(
            subprocess.run(
                [
                    sys.executable,
                    "-c",
                    READ,
                    str(path),
                    str(start),
                    str(stop),
                    str(step),
                ],
                capture_output=True,
                check=True,
            ).stdout
        )
        warm = times["warm"]
        print(
            f"chart, {name}: {times['points']} points; first"
            f" {times['first']:.0f} ms (page cache cold), after"
            f" {times['start']:.0f} ms to import and open; warm p50"
            f" {statistics.median(warm):.0f} ms, worst of {len(warm)}"
            f" {max(warm):.0f} ms; reader {times['rss']} MB"
        )


READ = """
import json, sys, time
began = time.perf_counter()
from pathlib import Path
from rabta.clock import SystemClock
from rabta.store import Store
path, start, stop, step = sys.argv[1:]
question = {"start": int(start), "stop": int(stop),
            "step_seconds": None if step == "None" else int(step)}
warm = []
with Store.open(Path(path), clock=SystemClock(), read_only=True) as store:
    start = 1000 * (time.perf_counter() - began)
    began = time.perf_counter()
    series = [info.id for info in store.series()]
    points = store.points(series[len(series) // 2], **question)
    first = 1000 * (time.perf_counter() - began)
    for number in series[:: max(1, len(series) // 20)]:
        store.points(number, **question)
        began = time.perf_counter()
        store.points(number, **question)
        warm.append(1000 * (time.perf_counter() - began))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
rss = int(peak.split()[1]) // 1024
told = {"start": start, "first": first, "warm": warm}
print(json.dumps(told | {"points": len(points.time), "rss": rss}))
"""


def forget_pages(path: Path) -> None:
    """Drop the store's files from the page cache."""
    for file in path.rglob("*"):
        if file.is_file() and hasattr(os, "posix_fadvise"):
            descriptor = os.open(file, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def together(path: Path, scale: Scale, seconds: int = 300) -> None:
    """Print commits of a second's round, while another process reads as a CLI does."""
    rng = random.Random(2)
    clock = ManualClock(scale.end)
    commits = []
    with Store.open(path, clock=clock) as store:
        reader = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(path), str(scale.end)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        cpu = time.process_time()
        first = scale.end // SECOND
        rows = 0
        for second in range(first, first + seconds):
            batch = second_of(scale, second, rng)
            rows += len(batch)
            clock.advance(SECOND)
            began = time.perf_counter()
            store.record(batch)
            commits.append(1000 * (time.perf_counter() - began))
            if second % 5 == 0:
                store.put_status(b"x" * 30_000)
            time.sleep(0.02)
        cpu = time.process_time() - cpu
        out, _ = reader.communicate(b"")
    reads = json.loads(out)
    print(
        f"commit of one second ({rows // seconds} rows, synced): {quantiles(commits)};"
        f" {1000 * cpu / seconds:.1f} ms of CPU a second, making the rows included"
    )
    for name, took in reads.items():
        print(f"read beside the writer, {name}: {quantiles(took)}")


WATCH = """
import json, sys, threading, time
from pathlib import Path
from rabta.clock import DAY, SystemClock
from rabta.store import Store
path, end = Path(sys.argv[1]), int(sys.argv[2])
done = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
took = {"open and status": [], "day's chart": []}
while not done.is_set():
    began = time.perf_counter()
    with Store.open(path, clock=SystemClock(), read_only=True) as store:
        store.status()
        took["open and status"].append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        store.points(1, start=end - DAY, stop=end, step_seconds=60)
        took["day's chart"].append(1000 * (time.perf_counter() - began))
    time.sleep(0.05)
print(json.dumps(took))
"""


def quantiles(took: list[float]) -> str:
    ordered = sorted(took)
    p99 = ordered[int(len(ordered) * 0.99)]
    return (
        f"p50 {statistics.median(took):.1f} ms, p99 {p99:.1f} ms"
        f" (of {len(took)}, worst {ordered[-1]:.1f})"
    )


def sealing(path: Path, scale: Scale) -> None:
    """Print what sealing six hours costs, and how long it keeps the daemon waiting."""
    script = SEAL.format(path=str(path), now=scale.end + 6 * HOUR)
    rng = random.Random(3)
    waits = []
    with Store.open(path, clock=ManualClock(scale.end)) as store:
        began = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        second = scale.end // SECOND + 1000
        while child.poll() is None:
            batch = second_of(scale, second, rng)
            second += 1
            one = time.perf_counter()
            store.record(batch)
            waits.append(1000 * (time.perf_counter() - one))
            time.sleep(0.1)
        wall = time.perf_counter() - began
        assert child.stdout is not None
        print(child.stdout.read().decode().strip())
    print(f"sealing: {wall:.1f} s of wall time")
    print(f"commit beside sealing: {quantiles(waits)}")


SEAL = """
import os, resource, time
from pathlib import Path
from rabta.store import Retention
from rabta.store.connect import FILE, connect_writer
from rabta.store.expire import expire
from rabta.store.seal import seal
os.nice(10)
path = Path({path!r})
connection = connect_writer(path / FILE)
done = seal(path, connection, {now}, Retention(), pause=0.2)
print(done)
print(expire(path, connection, {now}, Retention()))
usage = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(f"sealing: {{usage.ru_utime + usage.ru_stime:.1f}} s of CPU, peak",
      int(peak.split()[1]) // 1024, "MB")
"""


if __name__ == "__main__":
    main()
