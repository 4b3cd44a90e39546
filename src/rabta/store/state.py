"""What must survive a power cut: status, verdicts, disruptions, gaps, addresses."""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from rabta.errors import UsageError
from rabta.model import Disruption, Kind, LineKey, Report, Verdict
from rabta.store import hot, patterns
from rabta.store.shapes import Gap


_encode = msgspec.json.Encoder().encode
_verdict = msgspec.json.Decoder(Verdict)
_LATER = (
    "SELECT 1 FROM pattern_window AS mine"
    " JOIN pattern_window AS theirs ON theirs.pattern = mine.pattern"
    " JOIN disruption AS later ON later.id = theirs.disruption"
    ' WHERE mine.disruption = disruption.id AND disruption."end" IS NOT NULL'
    ' AND mine.until IS NULL AND theirs.until IS NULL AND later."end" IS NOT NULL'
    " AND (later.onset, later.id) > (disruption.onset, disruption.id)"
    " AND (?2 IS NULL OR later.onset < ?2)"
)
"""A later one of the same pattern that is listed as well."""
_OWN = frozenset({"host", "uplink", "service"})
"""Kinds of entity that only this machine's probes tell of."""


def put_status(connection: sqlite3.Connection, now: int, document: bytes) -> None:
    """Replace the status document."""
    connection.execute(
        "INSERT OR REPLACE INTO status VALUES (1, ?, ?)", (now, document)
    )


def status(connection: sqlite3.Connection) -> tuple[int, bytes] | None:
    """Return (written at, document)."""
    row: tuple[int, bytes] | None = connection.execute(
        "SELECT written_at, document FROM status"
    ).fetchone()
    return row


def put_verdict(connection: sqlite3.Connection, verdict: Verdict) -> int:
    """Append a version of an entity's verdict; its number."""
    row: tuple[int] = connection.execute(
        "INSERT INTO verdict (entity, time, body) VALUES (?, ?, ?) RETURNING id",
        (verdict.entity, verdict.time, _encode(verdict).decode()),
    ).fetchone()
    return row[0]


def verdicts(
    connection: sqlite3.Connection, entity: str, start: int, stop: int, limit: int
) -> list[Verdict]:
    """Return the newest *limit* verdicts with start <= time < stop, oldest first."""
    rows = connection.execute(
        "SELECT body FROM verdict WHERE entity = ? AND time >= ? AND time < ?"
        " ORDER BY time DESC, id DESC LIMIT ?",
        (entity, start, stop, limit),
    ).fetchall()
    return [_verdict.decode(body) for (body,) in reversed(rows)]


def open_disruption(
    connection: sqlite3.Connection,
    entity: str,
    kind: Kind,
    onset: int,
    uncertainty: float,
    depth: float,
    verdict: Verdict,
) -> int:
    """Begin a disruption with the first version of its verdict; its number."""
    row: tuple[int] = connection.execute(
        "INSERT INTO disruption (entity, kind, onset, onset_uncertainty_seconds, depth)"
        " VALUES (?, ?, ?, ?, ?) RETURNING id",
        (entity, kind.value, onset, uncertainty, depth),
    ).fetchone()
    _add_version(connection, row[0], verdict)
    return row[0]


def add_disruption_verdict(
    connection: sqlite3.Connection,
    number: int,
    verdict: Verdict,
    kind: Kind,
    depth: float,
) -> None:
    """Add a version of its verdict; one that had ended goes on."""
    changed = connection.execute(
        'UPDATE disruption SET kind = ?, depth = max(?, depth), "end" = NULL'
        " WHERE id = ?",
        (kind.value, depth, number),
    )
    _must_exist(changed, number)
    _add_version(connection, number, verdict)


def close_disruption(
    connection: sqlite3.Connection, number: int, end: int | None
) -> None:
    """End it, or with None let it go on."""
    changed = connection.execute(
        'UPDATE disruption SET "end" = ? WHERE id = ?', (end, number)
    )
    _must_exist(changed, number)


def disruptions(
    connection: sqlite3.Connection,
    *,
    start: int | None,
    stop: int | None,
    entity: str | None,
    open_only: bool,
    own_only: bool,
    pattern: int | None,
    folded: bool,
    limit: int,
) -> list[Disruption]:
    """Return the newest *limit* that overlap [start, stop), newest onset first."""
    rows = connection.execute(
        'SELECT id, entity, kind, onset, "end", onset_uncertainty_seconds, depth'
        ' FROM disruption WHERE (?1 IS NULL OR "end" IS NULL OR "end" > ?1)'
        " AND (?2 IS NULL OR onset < ?2) AND (?3 IS NULL OR entity = ?3)"
        " AND (NOT ?4 OR \"end\" IS NULL) AND (NOT ?5 OR entity = 'host'"
        " OR entity GLOB 'uplink/*' OR entity GLOB 'service/*')"
        " AND (?6 IS NULL OR id IN (SELECT disruption FROM pattern_window"
        " WHERE pattern = ?6 AND until IS NULL))"
        f" AND (NOT ?7 OR NOT EXISTS ({_LATER}))"
        " ORDER BY onset DESC, id DESC LIMIT ?8",
        (start, stop, entity, open_only, own_only, pattern, folded, limit),
    ).fetchall()
    return [_disruption(connection, row) for row in rows]


def disruption(connection: sqlite3.Connection, number: int) -> Disruption | None:
    """Return one disruption."""
    row = connection.execute(
        'SELECT id, entity, kind, onset, "end", onset_uncertainty_seconds, depth'
        " FROM disruption WHERE id = ?",
        (number,),
    ).fetchone()
    return None if row is None else _disruption(connection, row)


def remember_addresses(
    connection: sqlite3.Connection,
    line: LineKey,
    host: str,
    addresses: Sequence[str],
) -> None:
    """Keep what a name resolved to over one line."""
    connection.execute(
        "INSERT OR REPLACE INTO resolved VALUES (?, ?, ?, ?)",
        (*line, host, " ".join(addresses)),
    )


def addresses(
    connection: sqlite3.Connection, line: LineKey, host: str
) -> tuple[str, ...]:
    """Return what a name last resolved to over one line; nothing if it never did."""
    row = connection.execute(
        "SELECT addresses FROM resolved WHERE uplink = ? AND family = ? AND host = ?",
        (*line, host),
    ).fetchone()
    return tuple(row[0].split()) if row else ()


def note_gap(connection: sqlite3.Connection, start: int, stop: int) -> None:
    """Keep a span in which nothing was measured; empty spans are ignored.

    A clock that was wrong before it was set makes the span too long: it begins with
    the newest measurement before *stop*, if there is one within.
    """
    start = max(start, hot.newest(connection, stop) or start)
    if stop > start:
        connection.execute(
            "INSERT INTO gap VALUES (?, ?)"
            " ON CONFLICT (start) DO UPDATE SET stop = max(stop, excluded.stop)",
            (start, stop),
        )


def gaps(connection: sqlite3.Connection, start: int, stop: int) -> list[Gap]:
    """Return the gaps that overlap [start, stop), disjoint, oldest first."""
    rows = connection.execute(
        "SELECT start, stop FROM gap WHERE stop > ? AND start < ? ORDER BY start",
        (start, stop),
    )
    found: list[Gap] = []
    for gap in (Gap(*row) for row in rows):
        if found and gap.start <= found[-1].stop:
            found[-1] = Gap(found[-1].start, max(found[-1].stop, gap.stop))
        else:
            found.append(gap)
    return found


def cut_gaps(connection: sqlite3.Connection, now: int) -> None:
    """End at *now* what was noted as not measured beyond it: the clock was set back."""
    connection.execute("DELETE FROM gap WHERE start = ?1 AND stop > ?1", (now,))
    connection.execute(
        "UPDATE gap SET stop = ?1 WHERE start < ?1 AND stop > ?1", (now,)
    )


def _unobserved(
    connection: sqlite3.Connection, entity: str, onset: int, end: int | None
) -> tuple[tuple[int, int], ...]:
    """Return when Rabta did not run within an own disruption; others' data go on."""
    if entity.partition("/")[0] not in _OWN:
        return ()
    stop = 2**62 if end is None else end
    return tuple(
        (max(onset, gap.start), min(stop, gap.stop))
        for gap in gaps(connection, onset, stop)
    )


def _add_version(connection: sqlite3.Connection, number: int, verdict: Verdict) -> None:
    connection.execute(
        "INSERT INTO disruption_verdict SELECT ?1, 1 + coalesce(max(version), 0), ?2"
        " FROM disruption_verdict WHERE disruption = ?1",
        (number, _encode(verdict).decode()),
    )


def _must_exist(changed: sqlite3.Cursor, number: int) -> None:
    if changed.rowcount == 0:
        raise UsageError(f"there is no disruption {number}")


def _disruption(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Disruption:
    number, entity, kind, onset, end, uncertainty, depth = row
    bodies = connection.execute(
        "SELECT body FROM disruption_verdict WHERE disruption = ? ORDER BY version",
        (number,),
    )
    history = tuple(_verdict.decode(body) for (body,) in bodies)
    return Disruption(
        number,
        entity,
        Kind(kind),
        onset,
        end,
        uncertainty,
        depth,
        history,
        _unobserved(connection, entity, onset, end),
        # one that goes on after all is not known to be alike
        None if end is None else patterns.of(connection, number, onset),
    )


def add_reports(connection: sqlite3.Connection, reports: Sequence[Report]) -> None:
    """Keep or replace what other sources say happened."""
    connection.executemany(
        "INSERT OR REPLACE INTO report VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (r.source, r.id, r.entity, r.start, r.end, r.kind, r.cause, r.says, r.link)
            for r in reports
        ],
    )


def reports(
    connection: sqlite3.Connection, start: int, stop: int, entity: str, source: str
) -> list[Report]:
    """Return those that touch the span, oldest first."""
    rows = connection.execute(
        'SELECT source, id, entity, start, "end", kind, cause, says, link FROM report'
        ' WHERE start < ? AND coalesce("end", start) >= ?'
        " AND (? = '' OR entity = ?) AND (? = '' OR source = ?)"
        " ORDER BY start, source, id",
        (stop, start, entity, entity, source, source),
    )
    return [Report(*row) for row in rows]
