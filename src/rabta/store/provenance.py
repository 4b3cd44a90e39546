"""Where imported and fetched data came from."""

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple

from rabta.model.provenance import Provenance


_MOST = 20_000  # rows, about 300 bytes each
_COLUMNS = "source, what, sha256, octets, time, licence, holder, kept, aside, partial"


def add(connection: sqlite3.Connection, told: Iterable[Provenance]) -> None:
    """Keep them; of the same bytes from the same place the newest counts."""
    connection.executemany(
        f"INSERT OR REPLACE INTO provenance ({_COLUMNS})"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [astuple(one) for one in told],
    )
    connection.execute(
        "DELETE FROM provenance WHERE time < (SELECT time FROM provenance"
        " ORDER BY time DESC LIMIT 1 OFFSET ?)",
        (_MOST,),
    )


def newest(connection: sqlite3.Connection, count: int) -> list[Provenance]:
    """Return the newest, the newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM provenance ORDER BY time DESC, what LIMIT ?", (count,)
    )
    return [Provenance(*row) for row in rows]
