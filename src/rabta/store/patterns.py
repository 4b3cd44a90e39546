"""What comes again at the same hours: versions of patterns, and their disruptions."""

import sqlite3
from dataclasses import replace

import msgspec

from rabta.model import Kind, Pattern, Recurrence
from rabta.store.shapes import Window


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Recurrence).decode
_NEWEST = (
    "SELECT p.id, v.body FROM pattern p JOIN pattern_version v ON v.pattern = p.id"
    " WHERE v.version = (SELECT max(version) FROM pattern_version"
    " WHERE pattern = p.id)"
)


def windows(
    connection: sqlite3.Connection, start: int, least: int, entity: str, limit: int
) -> list[Window]:
    """Return the newest *limit* that began since *start* and are over, oldest first.

    None that lasted less than *least* microseconds, or of which as much was not
    observed: nobody knows for how long it lasted.
    """
    rows = connection.execute(
        'SELECT id, entity, kind, onset, "end", depth FROM disruption AS d'
        " WHERE onset >= ?1 AND \"end\" - onset >= ?2 AND ?3 IN ('', entity)"
        ' AND NOT (EXISTS (SELECT 1 FROM gap WHERE stop > onset AND start < d."end"'
        ' AND min(stop, d."end") - max(start, onset) >= ?2)'
        " AND (entity = 'host' OR entity GLOB 'uplink/*' OR entity GLOB 'service/*'))"
        " ORDER BY onset DESC, id DESC LIMIT ?4",
        (start, least, entity, limit),
    )
    return [
        Window(number, about, Kind(kind), onset, end, depth)
        for number, about, kind, onset, end, depth in reversed(rows.fetchall())
    ]


def put(connection: sqlite3.Connection, entity: str, one: Recurrence, now: int) -> None:
    """Add a version of a pattern of *entity*; a new pattern where it has no number."""
    number = one.number
    if not number:
        (number,) = connection.execute(
            "INSERT INTO pattern (entity) VALUES (?) RETURNING id", (entity,)
        ).fetchone()
    said = replace(one.pattern, id=f"{entity}#{number}", occurrence=0)
    body = replace(one, number=number, pattern=said, members={})
    (version,) = connection.execute(
        "INSERT INTO pattern_version SELECT ?1, 1 + coalesce(max(version), 0), ?2, ?3"
        " FROM pattern_version WHERE pattern = ?1 RETURNING version",
        (number, now, _encode(body).decode()),
    ).fetchone()
    before = _members(connection, number)
    connection.executemany(
        "UPDATE pattern_window SET until = ? WHERE pattern = ? AND disruption = ?"
        " AND until IS NULL",
        [(version, number, gone) for gone in before.keys() - one.members],
    )
    connection.executemany(
        "INSERT INTO pattern_window VALUES (?, ?, ?, NULL)",
        [(new, number, version) for new in one.members.keys() - before],
    )


def every(connection: sqlite3.Connection, entity: str) -> list[Recurrence]:
    """Return the patterns of *entity* that have disruptions, in their newest version.

    Of all entities where *entity* is empty.
    """
    rows = connection.execute(f"{_NEWEST} AND ? IN ('', entity)", (entity,)).fetchall()
    known = [
        replace(_decode(body), members=_members(connection, number))
        for number, body in rows
    ]
    return [one for one in known if one.members]


def of(connection: sqlite3.Connection, number: int, onset: int) -> Pattern | None:
    """Return what disruption *number* is one of; None where it stands alone."""
    row = connection.execute(
        f"{_NEWEST} AND p.id IN (SELECT pattern FROM pattern_window"
        " WHERE disruption = ? AND until IS NULL)",
        (number,),
    ).fetchone()
    if row is None:
        return None
    (place,) = connection.execute(
        "SELECT count(*) FROM pattern_window w JOIN disruption d ON d.id = w.disruption"
        " WHERE w.pattern = ? AND w.until IS NULL AND (d.onset, d.id) <= (?, ?)",
        (row[0], onset, number),
    ).fetchone()
    return replace(_decode(row[1]).pattern, occurrence=place)


def _members(connection: sqlite3.Connection, number: int) -> dict[int, int]:
    rows = connection.execute(
        "SELECT d.id, d.onset FROM pattern_window w JOIN disruption d"
        " ON d.id = w.disruption WHERE w.pattern = ? AND w.until IS NULL",
        (number,),
    )
    return dict(rows.fetchall())
