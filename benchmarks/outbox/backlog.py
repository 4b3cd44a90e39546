"""What does a long queue cost: to add to, to list, to take from, and in memory?

100,000 jobs of mixed kinds and needs in one queue on this machine's disk. Everything
that is added is synced to the disk before the call returns: one job a call, then a
hundred a call. Listed are the newest 50, by the queue and by the command line as a
process of its own. Memory is the process's, when a tenth and when all are queued.

Passes at 2,000 a second added durably, 100 ms for a list, and 20 MB of growth.

    python benchmarks/outbox/backlog.py [--short]
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rabta.clock import HOUR, SystemClock
from rabta.model import Call, Command, Download, JobState, Needs, Order, Upload
from rabta.outbox.orders import host_of
from rabta.store.outbox import Queue, Worker


RATE, LIST_SECONDS, GROWTH_MB, MISSED = 2_000.0, 0.100, 20.0, 3


def order(number: int) -> tuple[Order, str]:
    """A job like others, with a deadline, needs and a key here and there."""
    host = f"host{number % 7}.example.com"
    work = (
        Command(("rsync", "-a", f"work{number}/", f"{host}:in/"), "/home/me/work"),
        Upload(f"/home/me/film{number}.mov", f"https://{host}/files/"),
        Download(f"https://{host}/{number}.iso", f"/home/me/{number}.iso"),
        Call(f"https://{host}/orders", "POST", (), f'{{"order": {number}}}'),
    )[number % 4]
    made = Order(
        work,
        f"job {number}",
        priority=number % 3,
        deadline=SystemClock().now() + HOUR if number % 2 else None,
        needs=Needs(unmetered=number % 5 == 0),
        key=f"key-{number}" if number % 4 == 3 else "",
        size=number * 100,
    )
    return made, host_of(work)


def resident_mb() -> float:
    text = Path("/proc/self/statm").read_text()
    return int(text.split()[1]) * resource.getpagesize() / 1e6


def listed(path: Path) -> float:
    """Return the processor seconds of ``rabta outbox list``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "rabta", "outbox", "list", "--store", str(path)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def syncs(path: Path) -> float:
    """Return how often a second this disk can sync a page, whoever asks."""
    start = time.monotonic()
    with (path / "trial").open("wb", buffering=0) as stream:
        for _ in range(200):
            stream.write(bytes(4096))
            os.fsync(stream.fileno())
    return 200 / (time.monotonic() - start)


def fill(queue: Queue, first: int, count: int, batch: int) -> float:
    """Add *count* jobs, *batch* a call; return jobs a second."""
    start = time.monotonic()
    for number in range(first, first + count, batch):
        queue.add([order(n) for n in range(number, number + batch)])
    return count / (time.monotonic() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of the jobs")
    parser.add_argument("--folder", help="where the queue lies; default: a temporary")
    given = parser.parse_args()
    jobs = 10_000 if given.short else 100_000
    single = 200 if given.short else jobs // 10
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        path = Path(folder)
        with Queue.open(path, clock=SystemClock()) as queue:
            alone = fill(queue, 0, single, 1)
            early = resident_mb()
            batched = fill(queue, single, jobs - single, 100)
            growth = resident_mb() - early
            times = []
            for _ in range(20):
                start = time.monotonic()
                assert len(queue.jobs(states=(JobState.WAITING,), limit=50)) == 50
                times.append(time.monotonic() - start)
            queued = statistics.median(times)
            start = time.monotonic()
            tally = queue.tally()
            counted = time.monotonic() - start
            assert sum(one.jobs for one in tally) == jobs
            worker = Worker.enter(path)
            start = time.monotonic()
            for _ in range(200):
                job = queue.lease(worker, [gate.id for gate in queue.gates()])
                assert job is not None
                queue.finish(job, JobState.DONE, None)
            taken = 200 / (time.monotonic() - start)
            worker.leave()
        short = min(listed(path) for _ in range(3))
        disk = syncs(path)
        size = (path / "outbox.sqlite").stat().st_size / 1e6
    print(f"jobs queued                         {jobs:>10,}   {size:.0f} MB on disk")
    print(f"the disk alone: pages synced        {disk:>10,.0f} /s")
    print(f"added, one a call, durable          {alone:>10,.0f} /s (bar {RATE:,.0f})")
    print(f"added, a hundred a call, durable    {batched:>10,.0f} /s")
    print(f"memory grown from a tenth to all    {growth:>10.1f} MB (bar {GROWTH_MB:g})")
    print(f"the newest 50                       {1000 * queued:>10.1f} ms")
    print(f"counted by state                    {1000 * counted:>10.1f} ms")
    both = f"{1000 * (queued + counted):>10.1f} ms (bar {1000 * LIST_SECONDS:g})"
    print(f"both                                {both}")
    print(f"rabta outbox list, whole process    {1000 * short:>10.0f} ms of processor")
    print(f"leased and acknowledged             {taken:>10,.0f} /s")
    bars = {
        "jobs added a second": max(alone, batched) >= RATE,
        "listing and counting": queued + counted <= LIST_SECONDS,
        "memory grown": growth <= GROWTH_MB,
    }
    missed = [name for name, good in bars.items() if not good]
    if missed:
        print(f"missed: {', '.join(missed)}")
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main())
