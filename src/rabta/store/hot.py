"""The rows of the hours that are not sealed yet, in SQLite."""

import json
import sqlite3
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from rabta.clock import DAY, MINUTE
from rabta.model import Observation, Probe
from rabta.store.files import day_of, start_of
from rabta.store.naming import METRICS, OWN, Row, encode, key_of, line_of, unit_of
from rabta.store.shapes import SeriesInfo, SeriesKey


_RECENT = 15 * MINUTE
_NOTE_EVERY = 10 * MINUTE  # must stay below _RECENT, see ``last_times``
_SEEK = 8  # series up to which a seek a minute beats reading all rows

_INSERT = "INSERT OR IGNORE INTO raw VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Writer:
    """Numbers series and addresses and appends rows; one per writing process."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._series: dict[tuple[str, int, str, Probe, bool], int] = {}
        self._addresses: dict[str, int] = {}
        self._last: dict[int, int] = {}
        self._noted = 0

    def record(
        self, observations: Sequence[Observation], services: Container[str]
    ) -> None:
        """Append *observations*, inside the caller's transaction.

        The same observation told again (a retry) is kept once. Two different ones of
        a series that bear the same microsecond are both kept, one microsecond apart.
        """
        rows = [self._row(observation, services) for observation in observations]
        before = self._connection.total_changes
        self._connection.executemany(_INSERT, rows)
        if self._connection.total_changes - before < len(rows):
            for row in rows:
                self._insert_beside(row)
        newest = max((o.time for o in observations), default=0)
        if abs(newest - self._noted) >= _NOTE_EVERY:
            self.note_last()
            self._noted = newest

    def forget(self) -> None:
        """Drop what is remembered of a transaction that was rolled back."""
        self._series.clear()
        self._addresses.clear()

    def note_last(self) -> None:
        """Write down when each series was last seen, inside a transaction."""
        self._connection.executemany(
            "UPDATE series SET last = max(last, ?2) WHERE id = ?1", self._last.items()
        )
        self._last.clear()

    def _row(self, o: Observation, services: Container[str]) -> tuple[Any, ...]:
        name = (o.uplink, o.family, o.target, o.probe, o.target in services)
        series = self._series.get(name)
        if series is None:
            unit, worse = unit_of(o.probe)
            key = key_of(o, services)
            series = register(self._connection, key, unit, worse, o.time, o.time)
            self._series[name] = series
        self._last[series] = max(self._last.get(series, 0), o.time)
        minute, microsecond = divmod(o.time, MINUTE)
        return (
            minute,
            series,
            microsecond,
            o.value,
            o.failure,
            self._address(o.address) if o.address else None,
            o.spent_bytes,
            None if o.detail is None else encode(o.detail),
        )

    def _address(self, text: str) -> int:
        if text not in self._addresses:
            run = self._connection.execute
            run("INSERT OR IGNORE INTO address (text) VALUES (?)", (text,))
            found = run("SELECT id FROM address WHERE text = ?", (text,)).fetchone()
            self._addresses[text] = found[0]
        return self._addresses[text]

    def _insert_beside(self, row: tuple[Any, ...]) -> None:
        minute, series, microsecond, *rest = row
        while True:
            here = (minute, series, microsecond)
            found = self._connection.execute(
                "SELECT value, failure, address, spent_bytes, detail FROM raw "
                "WHERE minute = ? AND series = ? AND microsecond = ?",
                here,
            ).fetchone()
            if found is None:
                self._connection.execute(_INSERT, (*here, *rest))
                return
            if list(found) == rest:
                return
            carry, microsecond = divmod(microsecond + 1, MINUTE)
            minute += carry


def register(
    connection: sqlite3.Connection,
    key: SeriesKey,
    unit: str,
    worse: str,
    first: int,
    last: int,
) -> int:
    """Return the number of series *key*; it is made known and its span widened."""
    row: tuple[int] = connection.execute(
        "INSERT INTO series (source, metric, entity, vantage, target, unit, worse,"
        " first, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (source, metric, entity, vantage, target) DO UPDATE SET"
        " first = min(first, excluded.first), last = max(last, excluded.last)"
        " RETURNING id",
        (
            key.source,
            key.metric,
            key.entity,
            key.vantage,
            key.target,
            unit,
            worse,
            first,
            last,
        ),
    ).fetchone()
    return row[0]


_INFO = (
    "SELECT id, source, metric, entity, vantage, target, unit, worse, first, last"
    " FROM series"
)


def known_series(connection: sqlite3.Connection, entity: str = "") -> list[SeriesInfo]:
    """Return every series, sorted by key; ``last`` may be ten minutes old.

    Those of one *entity*, if one is named.
    """
    rows = connection.execute(
        f"{_INFO} WHERE ?1 IN ('', entity)"
        " ORDER BY source, metric, entity, vantage, target",
        (entity,),
    )
    return [SeriesInfo(*row) for row in rows]


def all_series(connection: sqlite3.Connection, entity: str = "") -> list[SeriesInfo]:
    """Return every series, sorted by key, with the time of its last value.

    Those of one *entity*, if one is named.
    """
    newest = last_times(connection)
    return [  # a copy costs more than all the rest, and most are as they were
        info
        if newest.get(info.id, 0) <= info.last
        else replace(info, last=newest[info.id])
        for info in known_series(connection, entity)
    ]


def entities(connection: sqlite3.Connection) -> frozenset[str]:
    """Return what there are series of."""
    return frozenset(
        str(name)
        for (name,) in connection.execute("SELECT DISTINCT entity FROM series")
    )


def one_series(connection: sqlite3.Connection, number: int) -> SeriesInfo | None:
    """Return series *number*; its ``last`` may be ten minutes old."""
    row = connection.execute(f"{_INFO} WHERE id = ?", (number,)).fetchone()
    return None if row is None else SeriesInfo(*row)


def last_times(connection: sqlite3.Connection) -> dict[int, int]:
    """Return the last time of each series seen in the newest quarter of an hour.

    Older ones stand in ``series.last``, which the writer brings up to date every ten
    minutes of data; so the two together are exact, at the price of few rows.
    """
    rows = connection.execute(
        "SELECT series, max(minute * ?1 + microsecond) FROM raw WHERE minute >="
        " (SELECT max(minute) FROM raw) - ?2 GROUP BY series",
        (MINUTE, _RECENT // MINUTE),
    )
    return dict(rows.fetchall())


def span(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the start of the first and of the last minute held; None when empty."""
    first, last = connection.execute(
        "SELECT (SELECT min(minute) FROM raw), (SELECT max(minute) FROM raw)"
    ).fetchone()
    return None if first is None else (first * MINUTE, last * MINUTE)


def newest(connection: sqlite3.Connection, stop: int = 1 << 62) -> int | None:
    """Return the time of the newest observation held before *stop*; None for none."""
    minute = 1 + (stop - 1) // MINUTE
    while True:
        (minute,) = connection.execute(
            "SELECT max(minute) FROM raw WHERE minute < ?", (minute,)
        ).fetchone()
        if minute is None:
            return None
        (last,) = connection.execute(
            "SELECT max(microsecond) FROM raw WHERE minute = ? AND microsecond < ?",
            (minute, stop - minute * MINUTE),
        ).fetchone()
        if last is not None:
            return int(minute * MINUTE + last)


def days(connection: sqlite3.Connection) -> list[date]:
    """Return the UTC days that have rows in SQLite, oldest first."""
    found: list[date] = []
    minute = -(1 << 60)
    while True:
        row = connection.execute(
            "SELECT min(minute) FROM raw WHERE minute >= ?", (minute,)
        ).fetchone()
        if row[0] is None:
            return found
        found.append(day_of(row[0] * MINUTE))
        minute = start_of(found[-1]) // MINUTE + DAY // MINUTE


def sealed_until(connection: sqlite3.Connection) -> int:
    """Return a time that is above that of every sealed row of own probes."""
    until: int = connection.execute("SELECT sealed_until FROM watermark").fetchone()[0]
    return until


def samples(
    connection: sqlite3.Connection, series: int, start: int, stop: int
) -> list[tuple[int, float | None, str | None]]:
    """Return (time, value, failure) of one series, in order of time."""
    held = span(connection)
    if held is None or stop <= start:
        return []
    first = max(start // MINUTE, held[0] // MINUTE)
    last = min((stop - 1) // MINUTE, held[1] // MINUTE)
    rows = connection.execute(
        "WITH RECURSIVE every(minute) AS (SELECT ?1 WHERE ?1 <= ?2 UNION ALL"
        " SELECT minute + 1 FROM every WHERE minute < ?2)"
        " SELECT every.minute * ?4 + microsecond, value, failure FROM every"
        " CROSS JOIN raw ON raw.minute = every.minute AND raw.series = ?3",
        (first, last, series, MINUTE),
    )
    return [row for row in rows if start <= row[0] < stop]


def matching(
    series: Iterable[SeriesInfo],
    *,
    uplink: str,
    target: str,
    probe: Probe | None,
    family: int,
) -> list[SeriesInfo]:
    """Return the own series that a question for observations speaks of."""
    found = []
    for info in series:
        if info.source != OWN:
            continue
        its_uplink, its_family = line_of(info.key)
        if (
            uplink in ("", its_uplink)
            and family in (0, its_family)
            and target in ("", info.target)
            and (probe is None or METRICS[probe] == info.metric)
        ):
            found.append(info)
    return found


def newest_rows(
    connection: sqlite3.Connection,
    series: Sequence[int],
    start: int,
    stop: int,
    *,
    failed_only: bool,
    limit: int,
) -> list[tuple[int, Row]]:
    """Return (series, row) of the newest *limit* rows, newest first."""
    held = span(connection)
    if held is None or not series or stop <= start:
        return []
    first = max(start // MINUTE, held[0] // MINUTE)
    last = min((stop - 1) // MINUTE, held[1] // MINUTE)
    marks = ", ".join("?" * len(series))
    seek = (
        f"(WITH RECURSIVE every(n) AS (SELECT {last} WHERE {first} <= {last} UNION ALL"
        f" SELECT n - 1 FROM every WHERE n > {first}) SELECT n FROM every)"
        " CROSS JOIN raw ON minute = n"
    )
    rows = connection.execute(
        "SELECT series, minute * ? + microsecond AS time, value, failure, text,"
        f" spent_bytes, detail FROM {seek if len(series) <= _SEEK else 'raw'}"
        " LEFT JOIN address ON address.id = raw.address"
        f" WHERE minute BETWEEN ? AND ? AND series IN ({marks})"
        " AND time >= ? AND time < ?"
        f"{' AND failure IS NOT NULL' if failed_only else ''}"
        " ORDER BY minute DESC, microsecond DESC LIMIT ?",
        (MINUTE, first, last, *series, start, stop, limit),
    )
    return [
        (number, Row(time, value, failure, text or "", spent, detail))
        for number, time, value, failure, text, spent, detail in rows
    ]


def spent_bytes(
    connection: sqlite3.Connection, series: Iterable[int], since: int
) -> int:
    """Sum what the probes of *series* cost from the minute of *since* on."""
    held = span(connection)
    if held is None:
        return 0
    total: int = connection.execute(
        "WITH RECURSIVE every(minute) AS (SELECT ?1 WHERE ?1 <= ?2 UNION ALL"
        " SELECT minute + 1 FROM every WHERE minute < ?2)"
        " SELECT coalesce(sum(spent_bytes), 0) FROM every CROSS JOIN json_each(?3)"
        " CROSS JOIN raw ON raw.minute = every.minute AND raw.series = json_each.value",
        (max(since, held[0]) // MINUTE, held[1] // MINUTE, json.dumps(list(series))),
    ).fetchone()[0]
    return total
