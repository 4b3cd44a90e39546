"""Announcements, kept until somebody removes them."""

import sqlite3
from collections.abc import Sequence

import msgspec

from rabta.model import Notice


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Notice).decode


def put(connection: sqlite3.Connection, notices: Sequence[Notice]) -> None:
    """Keep *notices*; one with a known id replaces what was there."""
    connection.executemany(
        "INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?)",
        [(n.id, n.entity, n.start, _encode(n).decode()) for n in notices],
    )


def every(connection: sqlite3.Connection, entity: str) -> list[Notice]:
    """Return all, or those of *entity*, oldest first."""
    rows = connection.execute(
        "SELECT body FROM notice WHERE ? IN ('', entity) ORDER BY start, id", (entity,)
    )
    return [_decode(body) for (body,) in rows]


def remove(connection: sqlite3.Connection, ids: Sequence[str]) -> int:
    """Remove those with these *ids*; return how many there were."""
    removed = 0
    for one in ids:
        removed += connection.execute(
            "DELETE FROM notice WHERE id = ?", (one,)
        ).rowcount
    return removed
