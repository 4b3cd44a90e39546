"""What is usual on each attachment: few rows, of the last weeks."""

import sqlite3
from collections.abc import Sequence

from rabta.clock import DAY
from rabta.model import Attachment, Probe, UsualDelay


_OLD = 28 * DAY
_MOST = 4096
"""Rows, for who is in another café every day: half a megabyte."""


def keep(
    connection: sqlite3.Connection,
    place: Attachment,
    delays: Sequence[UsualDelay],
    now: int,
) -> None:
    """Replace what is known of these targets; forget what is old or too much."""
    connection.executemany(
        "INSERT OR REPLACE INTO usual_delay VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (*place, d.target, d.host, d.probe.value, d.seconds, d.spread, d.time)
            for d in delays
        ],
    )
    connection.execute("DELETE FROM usual_delay WHERE time < ?", (now - _OLD,))
    connection.execute(
        "DELETE FROM usual_delay WHERE time < (SELECT time FROM usual_delay"
        " ORDER BY time DESC LIMIT 1 OFFSET ?)",
        (_MOST,),
    )


def usual(
    connection: sqlite3.Connection, place: Attachment, now: int
) -> list[UsualDelay]:
    """Return what was usual at *place* in the last weeks, by target."""
    rows = connection.execute(
        "SELECT target, host, probe, seconds, spread, time FROM usual_delay"
        " WHERE (uplink, family, gateway, asn) = (?, ?, ?, ?) AND time >= ?"
        " ORDER BY target",
        (*place, now - _OLD),
    )
    return [
        UsualDelay(target, host, Probe(probe), seconds, spread, time)
        for target, host, probe, seconds, spread, time in rows
    ]
