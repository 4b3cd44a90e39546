"""Closing hours: from SQLite rows to Parquet files and hourly figures.

``python -m rabta.store.seal PATH`` does it beside a running daemon. The order makes
every step repeatable, whatever is killed when:

1. rows are copied into the day's raw file, its minute file is derived from that; both
   are replaced as wholes, and rows that are already there are not doubled;
2. hour by hour, one transaction writes the hourly figures and deletes the rows, unless
   rows came in since step 1: then the hour waits for the next time.

Between the two a row is seen twice, and known by its time.
"""

import argparse
import os
import sqlite3
import sys
import time
from collections import defaultdict
from dataclasses import replace as but
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rabta.clock import DAY, HOUR, MINUTE, SystemClock
from rabta.errors import StoreError
from rabta.store import hot, sealed
from rabta.store.connect import FILE, connect_writer, explained, transaction
from rabta.store.expire import expire
from rabta.store.files import (
    MINUTES,
    RAW,
    Checked,
    UnreadableError,
    bucket_of,
    file_of,
    is_remnant,
    put_aside,
    replace,
    start_of,
)
from rabta.store.lock import SEALER, Lock
from rabta.store.migrate import check, steps
from rabta.store.rollup import SQL
from rabta.store.shapes import Expired, Retention, Sealed


if TYPE_CHECKING:
    import duckdb

HOT = DAY  # what stays in SQLite: a day's chart needs nothing else
STEP = 6 * HOUR  # closed hours are sealed by so many at once
_MEMORY = "256MB"
_PAUSE = 0.2  # seconds; twice the longest wait of SQLite's busy handler

_RAW = f"{sealed.KEY}, time, value, failure, address, spent_bytes, detail"
_FIGURES = "sent, lost, minimum, median, p95, maximum"


def seal(
    root: Path,
    connection: sqlite3.Connection,
    now: int,
    retention: Retention,
    *,
    pause: float = 0.0,
) -> Sealed:
    """Seal what is older than a day, as of *now*.

    *pause* is how long, in seconds, to let other writers in after each hour.
    """
    doubtful = put_future_aside(connection, now)
    cut = (now - HOT) // STEP * STEP
    days = [day for day in hot.days(connection) if start_of(day) < cut]
    done = Sealed(doubtful=doubtful)
    if not days:
        return done
    spill = root / "series" / ".spill"
    with Lock(root / SEALER, hint="it is sealing; try again later"):
        for leftover in (root / "series").glob("*/*/*/*.tmp"):
            leftover.unlink()
        for day in days:
            with sealed.engine(memory=_MEMORY, spill=spill) as engine:
                late = start_of(day) + DAY <= now - retention.raw_days * DAY
                sealing = _Day(root, connection, engine, day, cut, late, pause)
                done = sealing.run(done)
    return done


def put_future_aside(connection: sqlite3.Connection, now: int) -> int:
    """Move rows dated more than a day ahead to ``doubtful``; how many."""
    limit = ((now + DAY) // MINUTE,)
    if not connection.execute(
        "SELECT EXISTS (SELECT 1 FROM raw WHERE minute > ?)", limit
    ).fetchone()[0]:
        return 0
    with transaction(connection):
        connection.execute(
            "INSERT OR IGNORE INTO doubtful SELECT *, ? FROM raw WHERE minute > ?",
            (now, *limit),
        )
        return connection.execute("DELETE FROM raw WHERE minute > ?", limit).rowcount


class _Day:
    """The sealing of one day's closed hours."""

    def __init__(
        self,
        root: Path,
        connection: sqlite3.Connection,
        engine: "duckdb.DuckDBPyConnection",
        day: date,
        cut: int,
        late: bool,  # noqa: FBT001  # private, and one caller
        pause: float,
    ) -> None:
        self._root = root
        self._connection = connection
        self._engine = engine
        self._day = day
        self._hours = range(
            start_of(day) // HOUR, min(cut, start_of(day) + DAY) // HOUR
        )
        self._pause = pause
        self._late = late  # its raw rows are gone by retention

    def run(self, done: Sealed) -> Sealed:
        """Do it; *done* with what was done added."""
        counts = self._load()
        buckets = self._run("SELECT DISTINCT bucket FROM named ORDER BY bucket")
        figures: dict[int, dict[str, list[tuple[Any, ...]]]]
        figures = defaultdict(lambda: {"IGNORE": [], "REPLACE": []})
        for (bucket,) in buckets:
            damaged, verb = self._files(bucket)
            for hour, series, *rest in self._hourly(bucket):
                figures[hour][verb].append((series, hour, *rest))
            done = but(done, files=done.files + 2, damaged=(*done.damaged, *damaged))
        rows = sum(
            self._finish(hour, count, figures[hour]) for hour, count in counts.items()
        )
        return but(done, rows=done.rows + rows)

    def _load(self) -> dict[int, int]:
        """Copy the closed hours' rows into the engine; how many each hour has."""
        self._run(
            "CREATE TABLE known (series INTEGER, entity VARCHAR, source VARCHAR,"
            " metric VARCHAR, vantage VARCHAR, target VARCHAR, bucket INTEGER)"
        )
        known = self._connection.execute(
            "SELECT id, entity, source, metric, vantage, target FROM series"
        ).fetchall()
        self._insert("known", [(*row, bucket_of(row[1])) for row in known])
        self._run(
            "CREATE TABLE fresh (series INTEGER, time BIGINT, value DOUBLE,"
            " failure VARCHAR, address VARCHAR, spent_bytes INTEGER, detail VARCHAR)"
        )
        counts = {}
        for hour in self._hours:
            rows = self._connection.execute(
                "SELECT series, minute * ? + microsecond, value, failure,"
                " coalesce(text, ''), spent_bytes, detail FROM raw"
                " LEFT JOIN address ON address.id = raw.address"
                " WHERE minute >= ? AND minute < ?",
                (MINUTE, hour * 60, hour * 60 + 60),
            ).fetchall()
            if rows:
                self._insert("fresh", rows)
                counts[hour] = len(rows)
        self._run("CREATE VIEW named AS SELECT * FROM fresh JOIN known USING (series)")
        return counts

    def _files(self, bucket: int) -> tuple[list[Path], str]:
        """Replace the raw and the minute file.

        Returns the damaged ones, moved aside, and whether figures that are known
        already are to be replaced by new ones or the new ones ignored.
        """
        raw = file_of(self._root, RAW, self._day, bucket)
        minutes = file_of(self._root, MINUTES, self._day, bucket)
        damaged = [*self._sound(raw), *self._sound(minutes)]
        # Figures of a few rows must not replace those that were made of all.
        few = self._late or is_remnant(raw) or is_remnant(minutes)
        fresh = f"SELECT {_RAW} FROM named WHERE bucket = {bucket}"
        key = f"{sealed.KEY}, time"
        self._replace(raw, sealed.united(fresh, raw, key, first=True), key)
        derived = (
            f"SELECT {sealed.KEY}, time // {MINUTE} * {MINUTE} AS time, {SQL}"
            f" FROM {sealed.table(raw)} GROUP BY ALL"
        )
        # With few probes a minute p95 is the maximum; then it is not written twice.
        narrow = (
            f"SELECT {key}, sent, lost, minimum::FLOAT AS minimum,"
            " median::FLOAT AS median,"
            " CASE WHEN p95 < maximum THEN p95::FLOAT END AS p95,"
            f" maximum::FLOAT AS maximum FROM ({derived})"
        )
        self._replace(minutes, sealed.united(narrow, minutes, key, first=not few), key)
        return damaged, "IGNORE" if few else "REPLACE"

    def _hourly(self, bucket: int) -> list[tuple[Any, ...]]:
        """Return (hour, series, figures…) of the hours that have fresh rows."""
        raw = file_of(self._root, RAW, self._day, bucket)
        return self._run(
            f"SELECT hour, series, {_FIGURES} FROM (SELECT {sealed.KEY},"
            f" time // {HOUR} AS hour, {SQL} FROM {sealed.table(raw)}"
            f" WHERE time // {HOUR} IN (SELECT DISTINCT time // {HOUR} FROM fresh)"
            f" GROUP BY ALL) JOIN known USING ({sealed.KEY})"
        )

    def _finish(
        self, hour: int, count: int, figures: dict[str, list[tuple[Any, ...]]]
    ) -> int:
        """Write an hour's figures and delete its rows; how many."""
        run = self._connection.execute
        # Lost in a power cut, it is done again: no reason to keep others waiting.
        with transaction(self._connection, durable=False):
            for verb, rows in figures.items():
                self._connection.executemany(
                    f"INSERT OR {verb} INTO hour VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows
                )
            deleted = run(
                "DELETE FROM raw WHERE minute >= ? AND minute < ?",
                (hour * 60, hour * 60 + 60),
            ).rowcount
            if deleted != count:  # rows came in meanwhile
                run("ROLLBACK")
                return 0
            run(
                "UPDATE watermark SET sealed_until = max(sealed_until, ?)",
                ((hour + 1) * HOUR,),
            )
        time.sleep(self._pause)
        return count

    def _sound(self, file: Path) -> list[Path]:
        """Move *file* aside if it is damaged; the new name, if so."""
        if not file.exists():
            return []
        try:
            Checked(self._root).check(self._connection, [file])
            if sealed.readable(self._engine, file):
                return []
        except UnreadableError:
            pass
        return [put_aside(file)]

    def _replace(self, file: Path, select: str, order: str) -> None:
        ordered = f"{select} ORDER BY {order}"
        replace(
            self._root,
            self._connection,
            file,
            lambda aside: sealed.copy_to(self._engine, ordered, aside),
        )

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        import duckdb

        try:
            found: list[tuple[Any, ...]] = self._engine.execute(sql).fetchall()
        except duckdb.Error as error:
            raise StoreError(
                f"sealing {self._day}: {error}".splitlines()[0],
                hint="nothing was removed; it is tried again",
            ) from error
        return found

    def _insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        sealed.insert(self._engine, table, rows)


def main(arguments: list[str] | None = None) -> int:
    """Seal the store in a folder and expire it; 0 when done, 1 on failure."""
    parser = argparse.ArgumentParser(prog="python -m rabta.store.seal")
    parser.add_argument("path", type=Path)
    parser.add_argument("--raw-days", type=int, default=Retention().raw_days)
    parser.add_argument("--minute-days", type=int, default=Retention().minute_days)
    given = parser.parse_args(arguments)
    retention = Retention(given.raw_days, given.minute_days)
    if hasattr(os, "nice"):
        os.nice(10)  # a day is sealed in seconds; probes must not feel it
    try:
        done, gone = _beside_the_daemon(given.path, retention)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201  # a command of its own
        return 1
    print(  # noqa: T201
        f"sealed {done.rows} rows into {done.files} files, put {done.doubtful} rows"
        f" and {len(done.damaged)} damaged files aside, expired {gone.files} files"
    )
    return 0


def _beside_the_daemon(path: Path, retention: Retention) -> tuple[Sealed, Expired]:
    file = path / FILE
    if not file.exists():
        raise StoreError(f"there is no store in {path}", hint="check the folder")
    if check(file, newest=len(steps())) < len(steps()):
        raise StoreError(f"{file} is from an older rabta", hint="run rabta up once")
    now = SystemClock().now()
    with explained(file):
        connection = connect_writer(file)
        try:
            return (
                seal(path, connection, now, retention, pause=_PAUSE),
                expire(path, connection, now, retention),
            )
        finally:
            connection.close()


if __name__ == "__main__":
    sys.exit(main())
