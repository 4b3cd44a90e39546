"""What a job that is given up leaves to be done, queued as it is given up.

Both are one transaction: a crash leaves neither a job that is given up and forgotten,
nor one that goes on with what is being removed.
"""

import sqlite3
from dataclasses import dataclass

from rabta.clock import SECOND
from rabta.model import Order
from rabta.store.outbox.adding import add


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Work that follows when a job is given up; its key says which job's it is."""

    order: Order
    host: str
    pause: float
    """Seconds before it begins; until then ``retry`` takes it back."""


def leave(database: sqlite3.Connection, left: Aftermath | None, now: int) -> None:
    """Queue what a job left; what waits already begins when this says."""
    if left is None:
        return
    number = add(database, left.order, left.host, now, {})
    database.execute(
        "UPDATE job SET parked = ?, due = ? WHERE id = ? AND state = 'waiting'",
        (now, now + round(left.pause * SECOND), number),
    )


def take_back(database: sqlite3.Connection, left: Aftermath | None) -> bool:
    """Withdraw what a job left; False when it is done or under way."""
    if left is None:
        return True
    state = database.execute(
        "SELECT state FROM job WHERE key = ?", (left.order.key,)
    ).fetchone()
    if state is None:
        return True
    if state[0] in {"done", "running"}:
        return False
    database.execute("DELETE FROM job WHERE key = ?", (left.order.key,))
    return True
