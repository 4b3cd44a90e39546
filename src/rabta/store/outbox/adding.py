"""Rows of new jobs, and of the gates they wait at."""

import sqlite3

from rabta.errors import UsageError
from rabta.model import Job, Needs, Order
from rabta.store.outbox.rows import FROM, job_of, kind_of, text_of


Gates = dict[tuple[Needs, str], int]
"""The gates that are known already, by what they wait for and where jobs go."""


def job_by(database: sqlite3.Connection, number: int) -> Job:
    """Return one job; raises ``UsageError`` when there is none."""
    row = database.execute(f"{FROM} WHERE job.id = ?", (number,)).fetchone()
    if row is None:
        raise UsageError(f"there is no job {number}", hint="see 'rabta outbox list'")
    return job_of(row)


def add(
    database: sqlite3.Connection, order: Order, host: str, now: int, gates: Gates
) -> int:
    """Add a job and return its number; with a known key, of the job it already is."""
    if order.key:
        known = database.execute("SELECT id FROM job WHERE key = ?", (order.key,))
        if row := known.fetchone():
            return int(row[0])
    gate = gates.get((order.needs, host))
    if gate is None:
        gate = gates[order.needs, host] = _gate(database, order.needs, host)
    made = database.execute(
        "INSERT INTO job (kind, work, title, priority, deadline, gate, retry, key,"
        " size, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(kind_of(order.work), text_of(order.work), order.title, order.priority),
            *(order.deadline, gate, text_of(order.retry), order.key or None),
            *(order.size, now),
        ),
    )
    number = made.lastrowid or 0
    for one in dict.fromkeys(order.after):
        job_by(database, one)
        database.execute("INSERT INTO dependency VALUES (?, ?)", (number, one))
    if order.after:
        database.execute(
            "UPDATE job SET waits_for = (SELECT count(*) FROM dependency AS d"
            " JOIN job AS other ON other.id = d.needs"
            " WHERE d.job = job.id AND other.state <> 'done') WHERE id = ?",
            (number,),
        )
    return number


def _gate(database: sqlite3.Connection, needs: Needs, host: str) -> int:
    what = text_of(needs), host
    database.execute("INSERT OR IGNORE INTO gate (needs, host) VALUES (?, ?)", what)
    row: tuple[int] = database.execute(
        "SELECT id FROM gate WHERE needs = ? AND host = ?", what
    ).fetchone()
    return row[0]
