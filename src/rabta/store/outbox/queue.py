"""Jobs on the disk: added once, leased to one, acknowledged once."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Self

from rabta.clock import DAY, SECOND, Clock
from rabta.model import Job, JobState, Message, Needs, Order, Run
from rabta.store import connect
from rabta.store.migrate import steps
from rabta.store.outbox import working
from rabta.store.outbox.adding import add, job_by
from rabta.store.outbox.aftermath import Aftermath, leave, take_back
from rabta.store.outbox.lease import Worker, bury, lives
from rabta.store.outbox.rows import (
    FROM,
    job_of,
    needs_of,
    run_of,
    text_of,
)
from rabta.store.outbox.working import Reached
from rabta.store.private import open_private


FILE = "outbox.sqlite"
KEPT = 30 * DAY
"""For which finished jobs are kept and shown."""
_SCHEMA = "rabta.store.outbox.schema"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a set of jobs waits for."""

    id: int
    needs: Needs
    host: str
    """Where they go; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs are in one state, and what is left to move of them."""

    state: JobState
    jobs: int
    left_bytes: int


After = Callable[[Job], Aftermath | None]
"""What is to be done once a job is given up."""


def _nothing(_: Job) -> None:
    return None


class Queue:
    """The queue in the folder *path*, shared between processes and threads.

    What was added, cancelled, finished or needed to go on is on the disk when the call
    returns, whatever happens next. Who works on what is not waited for: a power cut
    ends every worker, and its jobs wait again. Raises ``StoreError`` for a full or
    damaged disk: then nothing was changed.
    """

    def __init__(self, path: Path, clock: Clock, database: sqlite3.Connection) -> None:
        self.path = path
        self.clock = clock
        self._file = path / FILE
        self._database = database
        self._lock = RLock()

    @classmethod
    def open(cls, path: Path, *, clock: Clock) -> Self:
        """Open the queue in the folder *path*; it is made if missing."""
        return cls(path, clock, open_private(path / FILE, steps(_SCHEMA)))

    @classmethod
    def open_existing(cls, path: Path, *, clock: Clock) -> Self | None:
        """Open the queue in the folder *path*; None when nothing was ever queued."""
        return cls.open(path, clock=clock) if (path / FILE).exists() else None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, connect.explained(self._file):
            yield self._database

    @contextmanager
    def _writing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        with (
            self._reading() as database,
            connect.transaction(database, durable=durable),
        ):
            yield database

    # what people do

    def add(self, orders: Sequence[tuple[Order, str]]) -> list[int]:
        """Queue all of *orders* with the hosts they go to, or none; their numbers.

        One whose key is known is the job it already was. Raises ``UsageError`` for one
        that comes after a job that does not exist.
        """
        now = self.clock.now()
        gates: dict[tuple[Needs, str], int] = {}
        with self._writing() as database:
            return [add(database, one, host, now, gates) for one, host in orders]

    def cancel(self, number: int, after: After = _nothing) -> Job:
        """Do a job no more; whoever works on it hears of it within a second.

        What comes *after* it is queued in the same transaction.
        """
        with self._writing() as database:
            job = job_by(database, number)
            if job.state is JobState.DONE:
                return job
            leave(database, after(job), self.clock.now())
            if job.state is JobState.CANCELLED:
                return job
            database.execute(
                "UPDATE job SET state = 'cancelled', lease = '', finished = ?"
                " WHERE id = ?",
                (self.clock.now(), number),
            )
            return job_by(database, number)

    def retry(self, number: int, after: After = _nothing) -> Job:
        """Queue a job again that failed, was cancelled or waits out an error.

        What was to come *after* it is no more wanted; where that has begun, the job
        begins anew.
        """
        with self._writing() as database:
            job = job_by(database, number)
            if job.state in {JobState.DONE, JobState.RUNNING}:
                return job
            token = job.token if take_back(database, after(job)) else ""
            database.execute(
                "UPDATE job SET state = 'waiting', failures = 0, parked = NULL,"
                " due = NULL, finished = NULL, exit_code = NULL, says = NULL,"
                " token = ? WHERE id = ?",
                (token, number),
            )
            return job_by(database, number)

    # what people see

    def job(self, number: int) -> Job:
        """Return one job; raises ``UsageError`` when there is none."""
        with self._reading() as database:
            return job_by(database, number)

    def find(self, key: str) -> Job | None:
        """Return the job with an idempotency key."""
        with self._reading() as database:
            row = database.execute(f"{FROM} WHERE key = ?", (key,)).fetchone()
        return None if row is None else job_of(row)

    def keyed(self, beginning: str) -> list[int]:
        """Return the numbers of the jobs whose key begins so, oldest first."""
        with self._reading() as database:
            rows = database.execute(
                "SELECT id FROM job WHERE key >= ? AND key < ? ORDER BY id",
                (beginning, f"{beginning}\U0010ffff"),
            ).fetchall()
        return [number for (number,) in rows]

    def jobs(
        self, *, states: Sequence[JobState] = (), limit: int = 100, before: int = 0
    ) -> list[Job]:
        """Return the newest *limit* jobs in *states* (all), numbered below *before*."""
        wanted = tuple(states) or tuple(JobState)
        marks = ",".join("?" * len(wanted))
        with self._reading() as database:
            rows = database.execute(
                f"{FROM} WHERE state IN ({marks}) AND (? = 0 OR job.id < ?)"
                " ORDER BY job.id DESC LIMIT ?",
                (*wanted, before, before, limit),
            ).fetchall()
        return [job_of(row) for row in rows]

    def runs(self, number: int, limit: int = 20) -> list[Run]:
        """Return the newest attempts at a job, oldest first."""
        with self._reading() as database:
            rows = database.execute(
                "SELECT job, started, ended, uplink, outcome, says, moved_bytes"
                " FROM run WHERE job = ? ORDER BY id DESC LIMIT ?",
                (number, limit),
            ).fetchall()
        return [run_of(row) for row in reversed(rows)]

    def rates(self, uplink: str, kind: str, limit: int) -> list[float]:
        """Return the rates, in bits per second, that runs of *kind* reached lately."""
        with self._reading() as database:
            rows = database.execute(
                "SELECT moved_bytes * 8e6 / (ended - run.started) FROM run"
                " JOIN job ON job.id = run.job WHERE run.uplink = ? AND kind = ?"
                " AND moved_bytes > 65536 AND ended > run.started"
                " ORDER BY run.id DESC LIMIT ?",
                (uplink, kind, limit),
            ).fetchall()
        return [rate for (rate,) in rows]

    def rescued(self, start: int, stop: int) -> tuple[int, int]:
        """Count the jobs done in [start, stop) that a line had cut short before.

        Returns how many, and the bytes that were moved for them after the first cut.
        """
        with self._reading() as database:
            row: tuple[int, int] = database.execute(
                "SELECT count(*), coalesce(sum((SELECT sum(moved_bytes) FROM run"
                "  WHERE run.job = cut.job AND run.id > cut.first)), 0)"
                " FROM (SELECT job, min(run.id) AS first FROM run JOIN job"
                "  ON job.id = run.job WHERE outcome = 'line' AND state = 'done'"
                "  AND finished >= ? AND finished < ? GROUP BY job) AS cut",
                (start, stop),
            ).fetchone()
        return row

    def tally(self) -> list[Tally]:
        """Count the jobs of each state."""
        with self._reading() as database:
            rows = database.execute(
                "SELECT state, count(*), coalesce(sum(size - done_bytes), 0)"
                " FROM job GROUP BY state"
            ).fetchall()
        return [Tally(JobState(state), jobs, left) for state, jobs, left in rows]

    def has_work(self) -> bool:
        """Whether anything waits or runs."""
        with self._reading() as database:
            row = database.execute(
                "SELECT 1 FROM job WHERE state IN ('waiting', 'running') LIMIT 1"
            ).fetchone()
        return row is not None

    def version(self) -> int:
        """Return a number that differs once another process has changed something."""
        with self._reading() as database:
            return int(database.execute("PRAGMA data_version").fetchone()[0])

    # what workers do

    def gates(self) -> list[Gate]:
        """Return what the jobs that could start wait for."""
        with self._reading() as database:
            rows = database.execute(
                "SELECT id, needs, host FROM gate WHERE EXISTS (SELECT 1 FROM job"
                " WHERE gate = gate.id AND state = 'waiting' AND waits_for = 0)"
            ).fetchall()
        return [Gate(number, needs_of(needs), host) for number, needs, host in rows]

    def lease(self, worker: Worker, gates: Sequence[int], only: int = 0) -> Job | None:
        """Give *worker* the next job behind *gates*; with *only* that one or none."""
        now = self.clock.now()
        with self._writing(durable=False) as database:
            number = working.next_job(database, gates, now, only)
            if number is None:
                return None
            working.take(database, number, worker.lease(), now)
            return job_by(database, number)

    def beat(self, leases: Sequence[str]) -> frozenset[str]:
        """Show life; return which of *leases* still hold."""
        with self._writing(durable=False) as database:
            return working.beat(database, leases, self.clock.now())

    def progress(self, job: Job, reached: Reached) -> bool:
        """Keep how far a job is; False when the lease no longer holds.

        A new token is on the disk when this returns; bytes alone may wait.
        """
        with self._writing(durable=reached.token != job.token) as database:
            return working.progress(database, job, reached)

    def finish(
        self,
        job: Job,
        state: JobState,
        says: Message | None,
        exit_code: int | None = None,
        reached: Reached | None = None,
        left: Aftermath | None = None,
    ) -> bool:
        """Acknowledge a job; False when the lease no longer holds: somebody else did.

        Jobs that come after it may start in the same transaction; what it *left* to
        do is queued in it.
        """
        now = self.clock.now()
        with self._writing() as database:
            if reached is not None:
                working.progress(database, job, reached)
            held = working.finish(database, job, state, text_of(says), exit_code, now)
            if held:
                leave(database, left, now)
            return held

    def give_back(
        self,
        job: Job,
        outcome: str,
        says: Message | None,
        pause: float = 0.0,
        reached: Reached | None = None,
    ) -> bool:
        """Let a job wait again: for its line, or *pause* seconds after an error."""
        micro, now = round(pause * SECOND), self.clock.now()
        with self._writing(durable=False) as database:
            if reached is not None:
                working.progress(database, job, reached)
            return working.give_back(database, job, outcome, text_of(says), micro, now)

    def reclaim(self) -> int:
        """Let jobs wait again whose worker died; return how many."""
        with self._reading() as database:
            leases = database.execute(
                "SELECT lease FROM job WHERE state = 'running'"
            ).fetchall()
        dead = [lease for (lease,) in leases if not lives(self.path, lease)]
        if dead:
            with self._writing(durable=False) as database:
                return working.reclaim(database, dead, self.clock.now())
        return 0

    def expire(self, before: int) -> list[int]:
        """Remove what was done or cancelled before *before*; return the numbers.

        What dead workers left goes, too.
        """
        bury(self.path)
        with self._writing(durable=False) as database:
            return working.expire(database, before)
