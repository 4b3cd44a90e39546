"""What a worker does to rows. Every change asks for the lease it was made under."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rabta.model import Job, JobState


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a job is."""

    done_bytes: int
    token: str
    """What is needed to go on here."""
    uplink: str


_KEPT_RUNS = 20
_NOT_PARKED = "(due IS NULL OR NOT (parked <= :now AND :now < due))"
"""A clock that was set back behind the error ends the pause: no time was meant but
the one from there on."""


def next_job(
    database: sqlite3.Connection, gates: Sequence[int], now: int, only: int
) -> int | None:
    """Return the job to do next behind *gates*: priority, deadline, age."""
    best: tuple[int, int, int] | None = None
    for gate in gates:
        row = database.execute(
            "SELECT -priority, ifnull(deadline, 1 << 62), id FROM job"
            " WHERE gate = :gate AND state = 'waiting' AND waits_for = 0"
            f" AND {_NOT_PARKED} AND (:only = 0 OR id = :only)"
            " ORDER BY priority DESC, ifnull(deadline, 1 << 62), id LIMIT 1",
            {"gate": gate, "now": now, "only": only},
        ).fetchone()
        if row is not None and (best is None or row < best):
            best = row
    return None if best is None else best[2]


def take(database: sqlite3.Connection, number: int, lease: str, now: int) -> None:
    """Give a waiting job to *lease*."""
    database.execute(
        "UPDATE job SET state = 'running', lease = ?, seen = ?, runs = runs + 1,"
        " started = ?, parked = NULL, due = NULL WHERE id = ?",
        (lease, now, now, number),
    )


def beat(
    database: sqlite3.Connection, leases: Sequence[str], now: int
) -> frozenset[str]:
    """Note when the workers on *leases* were last seen; return those that hold."""
    held = set()
    for lease in leases:
        changed = database.execute(
            "UPDATE job SET seen = ? WHERE state = 'running' AND lease = ?",
            (now, lease),
        )
        if changed.rowcount:
            held.add(lease)
    return frozenset(held)


def progress(database: sqlite3.Connection, job: Job, reached: Reached) -> bool:
    """Note how far a job is."""
    changed = database.execute(
        "UPDATE job SET done_bytes = ?, token = ?, uplink = ?"
        " WHERE id = ? AND lease = ?",
        (reached.done_bytes, reached.token, reached.uplink, job.id, job.lease),
    )
    return bool(changed.rowcount)


def finish(
    database: sqlite3.Connection,
    job: Job,
    state: JobState,
    says: str | None,
    exit_code: int | None,
    now: int,
) -> bool:
    """End a job, and let those start that came after it."""
    if not _note_run(database, job, state.value, says, now):
        return False
    database.execute(
        "UPDATE job SET state = ?, lease = '', says = ?, exit_code = ?, finished = ?,"
        " failures = failures + (? <> 'done') WHERE id = ?",
        (state, says, exit_code, now, state, job.id),
    )
    if state is JobState.DONE:
        database.execute(
            "UPDATE job SET waits_for = waits_for - 1"
            " WHERE id IN (SELECT job FROM dependency WHERE needs = ?)",
            (job.id,),
        )
    return True


def give_back(
    database: sqlite3.Connection,
    job: Job,
    outcome: str,
    says: str | None,
    pause: int,
    now: int,
) -> bool:
    """Let a job wait again; *pause* in microseconds."""
    if not _note_run(database, job, outcome, says, now):
        return False
    parked = (now, now + pause) if pause else (None, None)
    database.execute(
        "UPDATE job SET state = 'waiting', lease = '', says = ?, parked = ?, due = ?,"
        " failures = failures + (? = 'server') WHERE id = ?",
        (says, *parked, outcome, job.id),
    )
    return True


def reclaim(database: sqlite3.Connection, dead: Sequence[str], now: int) -> int:
    """Let the jobs of *dead* leases wait again."""
    count = 0
    for lease in dead:
        database.execute(
            "INSERT INTO run (job, started, ended, uplink, outcome, moved_bytes)"
            " SELECT id, started, ?, uplink, 'lost', 0 FROM job WHERE lease = ?",
            (now, lease),
        )
        count += database.execute(
            "UPDATE job SET state = 'waiting', lease = '' WHERE lease = ?", (lease,)
        ).rowcount
    return count


def expire(database: sqlite3.Connection, before: int) -> list[int]:
    """Remove finished jobs nobody waits for; return their numbers."""
    gone = database.execute(
        "DELETE FROM job WHERE state IN ('done', 'cancelled') AND finished < ?"
        " AND NOT EXISTS (SELECT 1 FROM dependency AS d JOIN job AS other"
        " ON other.id = d.job WHERE d.needs = job.id"
        " AND other.state NOT IN ('done', 'cancelled')) RETURNING id",
        (before,),
    ).fetchall()
    return [number for (number,) in gone]


def _note_run(
    database: sqlite3.Connection, job: Job, outcome: str, says: str | None, now: int
) -> bool:
    """Keep that a run ended; False when it was not under this lease any more."""
    kept = database.execute(
        "INSERT INTO run (job, started, ended, uplink, outcome, says, moved_bytes)"
        " SELECT id, started, ?, uplink, ?, ?, max(0, done_bytes - ?) FROM job"
        " WHERE id = ? AND lease = ?",
        (now, outcome, says, job.done_bytes, job.id, job.lease),
    )
    if not kept.rowcount:
        return False
    database.execute(
        "DELETE FROM run WHERE job = ?1 AND id <="
        " (SELECT id FROM run WHERE job = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        (job.id, _KEPT_RUNS),
    )
    return True
