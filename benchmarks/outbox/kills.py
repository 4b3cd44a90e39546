"""Is anything lost or done twice, whenever the worker is killed?

1,000 jobs (commands, HTTP requests, uploads by tus, downloads; half of commands and
requests with an idempotency key) are worked on while the worker is killed 500 times
at random instants of its work: the worker alone, or it and every command it started,
as a crash of the machine does; now and then the disk of the queue is full for a
moment, and jobs are added meanwhile. Afterwards every job must be done, every effect
of a job with a key must have happened once, every file be whole, and the database
sound. Effects are counted by the server. What happened twice among jobs without a key
is shown.

A kill loses no page the system holds: for that a power cut is needed, which this
cannot make; SQLite syncs before a job is called queued or done.

    python -m benchmarks.outbox.kills [--short] [--kills 500] [--jobs 1000] [--seed 1]
"""

import argparse
import asyncio
import contextlib
import ctypes
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from dataclasses import replace
from pathlib import Path

from benchmarks.outbox import sink

from rabta.clock import SystemClock
from rabta.config import load
from rabta.errors import StoreError
from rabta.model import JobState, Needs, Order, Rerun, Retry
from rabta.outbox.desk import enqueue
from rabta.outbox.foreground import serve
from rabta.outbox.orders import call_order, command_order, download_order, upload_order
from rabta.outbox.worker import RUNNERS
from rabta.store.outbox import FILE, Queue


WRONG = 4
_INSIDE = "RABTA_BENCHMARK_DISK"
_PR_SET_CHILD_SUBREAPER = 36


class Trial:
    """One queue, one server, and the worker that is killed."""

    def __init__(self, base: str, disk: Path, work: Path, seed: int) -> None:
        self.base, self.disk, self.work = base, disk, work
        self.random = random.Random(seed)
        self.store = disk / "store"
        self.ballast = disk / "ballast"
        self.refused = 0
        self.queue = Queue.open(self.store, clock=SystemClock())
        self.numbers: list[int] = []

    def add(self, number: int) -> None:
        """Queue job *number*; a full disk must refuse it whole."""
        try:
            self.numbers.append(enqueue(self.queue, self._order(number)).id)
        except StoreError:
            self.refused += 1
            self.free()
            self.numbers.append(enqueue(self.queue, self._order(number)).id)

    def _order(self, number: int) -> Order:
        kind = number % 6
        name = f"{number}"
        if kind == 4:
            file = self.work / f"up-{name}"
            file.write_bytes(hashlib.sha256(name.encode()).digest() * 2000)
            made = upload_order(file, f"{self.base}/files/")
        elif kind == 5:
            url, file = f"{self.base}/down", self.work / f"down-{name}"
            made = download_order(url, file)
        elif kind in {0, 1}:
            made = call_order(f"{self.base}/call", body=name)
            made = replace(made, key=f"key-{name}" if kind == 0 else "")
        else:
            header = "Idempotency-Key: $RABTA_IDEMPOTENCY_KEY"
            keyed = f'-H "{header}"' if kind == 2 else ""
            script = (
                f"sleep 0.{number % 3}; exec curl -sf -o /dev/null {keyed}"
                f" -d {name} {self.base}/call"
            )
            made = command_order(
                ("sh", "-c", script),
                folder=self.work,
                environment=os.environ,
                rerun=Rerun.ALWAYS,
            )
            made = replace(made, key=f"key-{name}" if kind == 2 else "")
        needs = Needs(line=False)
        return replace(made, needs=needs, retry=Retry(0, 0.05, 0.2))

    def start(self) -> int:
        """Fork a worker; everything it needs is imported already."""
        child = os.fork()
        if child:
            return child
        try:
            os.setsid()
            config = load(
                None, {"HOME": str(self.work)}, {("store", "path"): self.store}
            )
            asyncio.run(serve(config, RUNNERS, idle=60))
        except BaseException:  # noqa: BLE001 - a fork must never return
            traceback.print_exc()
        finally:
            os._exit(1)

    def kill(self, worker: int, *, all_of_it: bool) -> None:
        """Kill the worker, alone or with what it started."""
        victims = [worker]
        if all_of_it:
            victims = [one for one in descendants(os.getpid()) if one not in KEEP]
        for one in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        os.waitpid(worker, 0)
        reap()

    def at_work(self, worker: int) -> None:
        """Wait until *worker* has a job in hand, or there is none left."""
        while self.left():
            running = self.queue.jobs(states=(JobState.RUNNING,))
            if any(job.lease.startswith(f"{worker}-") for job in running):
                return
            if not Path(f"/proc/{worker}/exe").exists():  # it died by itself
                raise RuntimeError("the worker ended")
            time.sleep(0.005)

    def fill(self) -> None:
        """Leave not a page on the queue's disk."""
        with self.ballast.open("ab", buffering=0) as stream:
            size = 1 << 20
            while size >= 4096:
                try:
                    stream.write(bytes(size))
                except OSError:
                    size //= 2

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def left(self) -> int:
        counts = {one.state: one.jobs for one in self.queue.tally()}
        done = counts.get(JobState.DONE, 0)
        return len(self.numbers) - done


KEEP: set[int] = set()


def descendants(root: int) -> list[int]:
    """Return every process below *root*."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        for one in parents.get(todo.pop(), []):
            found.append(one)
            todo.append(one)
    return found


def reap() -> None:
    """Bury orphans that are ours by now."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def run(trial: Trial, kills: int, jobs: int) -> dict[str, int]:
    """Queue, kill, and let the rest be done; how often what was killed."""
    chance = trial.random
    killed = {"worker": 0, "all": 0, "while the disk was full": 0}
    added = 0
    for number in range(kills):
        due = jobs * (number + 1) // kills
        worker = trial.start()
        while added < due:
            trial.add(added)
            added += 1
        trial.at_work(worker)
        time.sleep(chance.uniform(0.0, 0.12))
        if full := chance.random() < 0.1:
            trial.fill()
            if added < jobs:
                trial.add(added)
                added += 1
            trial.fill()
            time.sleep(chance.uniform(0.0, 0.3))
        all_of_it = chance.random() < 0.5
        trial.kill(worker, all_of_it=all_of_it)
        killed["all" if all_of_it else "worker"] += 1
        killed["while the disk was full"] += full
        trial.free()
    while added < jobs:
        trial.add(added)
        added += 1
    worker = trial.start()
    end = time.monotonic() + 120 + jobs / 5
    while trial.left() and time.monotonic() < end:
        time.sleep(0.2)
    trial.kill(worker, all_of_it=True)
    return killed


def judge(trial: Trial, jobs: int, kills: int) -> bool:
    """Print what became of the jobs; whether all is well."""
    with urllib.request.urlopen(f"{trial.base}/effects") as answer:
        told = json.load(answer)
    effects = told["effects"]
    lost = trial.left()
    keyed = [n for n in range(jobs) if n % 6 in {0, 2}]
    bare = [n for n in range(jobs) if n % 6 in {1, 3}]
    missing = sum(str(n) not in effects for n in keyed + bare)
    twice = sum(effects.get(str(n), 0) > 1 for n in keyed)
    again = sum(effects.get(str(n), 0) - 1 for n in bare if str(n) in effects)
    sent = [n for n in range(jobs) if n % 6 == 4]
    got = [n for n in range(jobs) if n % 6 == 5]
    bad = sum(
        told["digests"].get(f"up-{n}")
        != hashlib.sha256((trial.work / f"up-{n}").read_bytes()).hexdigest()
        for n in sent
    )
    sent_twice = sum(told["finished"].get(f"up-{n}", 0) > 1 for n in sent)
    bad += sum((trial.work / f"down-{n}").read_bytes() != sink.BODY for n in got)
    trial.queue.close()
    database = sqlite3.connect(trial.store / FILE)
    sound = database.execute("PRAGMA integrity_check").fetchone()[0]
    cut_short = database.execute(
        "SELECT count(*) FROM run WHERE outcome = 'lost'"
    ).fetchone()[0]
    database.close()
    files = len(sent) + len(got)
    for name, count, of in (
        ("jobs lost or not done", lost + missing, f"of {jobs} (bar 0)"),
        ("effects done twice, with a key", twice, f"of {len(keyed)} (bar 0)"),
        ("uploads finished twice", sent_twice, f"of {len(sent)} (bar 0)"),
        ("files damaged", bad, f"of {files} (bar 0)"),
        ("database", sound, ""),
        ("effects done twice, without a key", again, f"of {len(bare)}"),
        ("requests the server saw", told["requests"], f"for {len(keyed + bare)}"),
        ("runs that were cut short", cut_short, f"by {kills} kills"),
    ):
        print(f"{name:<36} {count!s:>6} {of}")
    return not (lost or missing or twice or sent_twice or bad) and sound == "ok"


def inside(given: argparse.Namespace) -> int:
    """Do it all, where the queue's disk is a small one of its own."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    server = subprocess.Popen(
        [sys.executable, sink.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    KEEP.add(server.pid)
    try:
        port = int(server.stdout.readline())
        with tempfile.TemporaryDirectory() as work:
            disk = Path(os.environ[_INSIDE])
            trial = Trial(f"http://127.0.0.1:{port}", disk, Path(work), given.seed)
            start = time.monotonic()
            killed = run(trial, given.kills, given.jobs)
            spent = time.monotonic() - start
            kinds = ", ".join(f"{count} {kind}" for kind, count in killed.items())
            print(f"{given.jobs} jobs, {given.kills} kills: {kinds}")
            print(f"{trial.refused} refused by the full disk; {spent:.0f} s")
            if judge(trial, given.jobs, given.kills):
                return 0
            print("wrong: a job was lost, done twice or damaged")
            return WRONG
    finally:
        server.stdin.close()
        server.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="6 kills, 36 jobs")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.short:
        given.kills, given.jobs = 6, 36
    if shutil.which("curl") is None:
        print("skipped: curl is not installed; its commands are what is killed")
        return 0
    if _INSIDE in os.environ:
        return inside(given)
    script = 'mount -t tmpfs -o size=24m tmpfs /mnt && exec "$@"'
    again = [sys.executable, "-m", "benchmarks.outbox.kills", *sys.argv[1:]]
    command = ["unshare", "-rm", "sh", "-c", script, "sh", *again]
    trial = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(trial, capture_output=True, check=False).returncode:
        print("skipped: no namespace with a disk of its own can be made here")
        return 0
    return subprocess.run(
        command, env={**os.environ, _INSIDE: "/mnt"}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
