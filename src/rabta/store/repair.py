"""A damaged SQLite file: moved aside, and what can be read of it carried over.

``python -m rabta.store.repair PATH``. The sealed files are untouched; series and
hourly figures that the damaged file no longer gives are made again from them.
"""

import argparse
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.clock import DAY, HOUR
from rabta.errors import StoreError
from rabta.store import sealed
from rabta.store.connect import FILE, connect_reader, connect_writer, transaction
from rabta.store.files import BULK, MINUTES, RAW, all_files, aside_of, start_of
from rabta.store.hot import register
from rabta.store.lock import WRITER, Lock
from rabta.store.migrate import migrate, steps
from rabta.store.naming import probe_of, unit_of
from rabta.store.rollup import SQL
from rabta.store.shapes import SeriesKey


if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a damaged store."""

    aside: Path
    """The damaged file, under its new name."""
    carried: dict[str, int]
    """Rows that could be read, by table."""


def repair(root: Path) -> Repaired:
    """Start a new SQLite file from what can be read of the old one and the sealed.

    Raises ``StoreError`` while a rabta writes to the store.
    """
    if not (root / FILE).exists():
        raise StoreError(f"there is no {root / FILE}", hint="check the folder")
    with Lock(root / WRITER, hint="stop it first"):
        damaged = _move_aside(root / FILE)
        new = connect_writer(root / FILE)
        try:
            migrate(new, steps())
            new.execute("PRAGMA foreign_keys = OFF")  # referred rows may be lost
            carried = _carry_over(damaged, new)
            _learn_from_files(root, new)
        finally:
            new.close()
    return Repaired(damaged, carried)


def _move_aside(file: Path) -> Path:
    aside = aside_of(file)
    for suffix in ("-wal", "-shm", ""):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def _carry_over(damaged: Path, new: sqlite3.Connection) -> dict[str, int]:
    carried: dict[str, int] = {}
    try:
        old = connect_reader(damaged)
    except sqlite3.DatabaseError:
        return carried  # not even the header can be read
    try:
        tables = new.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        for (table,) in tables.fetchall():
            with transaction(new):
                if table == "watermark":
                    new.execute("DELETE FROM watermark")
                carried[table] = _copy(old, new, table)
    finally:
        old.close()
    return carried


def _copy(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> int:
    """Copy *table* from its start up to the damage, then from its end back to it."""
    columns = new.execute(f"PRAGMA table_info('{table}')").fetchall()
    names = ", ".join(f'"{column[1]}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    order = [f'"{column[1]}"' for column in columns if column[5]]
    before = new.total_changes
    for way in ("ASC", "DESC"):
        ordered = ", ".join(f"{column} {way}" for column in order)
        try:
            for row in old.execute(f"SELECT {names} FROM {table} ORDER BY {ordered}"):
                new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)
        except sqlite3.DatabaseError:
            continue  # the damage is reached
        break
    return new.total_changes - before


def _learn_from_files(root: Path, new: sqlite3.Connection) -> None:
    """Register the series of the sealed files, and make missing hours again."""
    newest = 0
    with sealed.engine() as engine, transaction(new):
        for tier in (RAW, MINUTES, BULK):
            for day, file in all_files(root, tier):
                if not sealed.readable(engine, file):
                    continue  # sealing moves it aside, a reader names it
                numbers = _register(engine, new, file, tier)
                if tier == BULK:
                    continue
                newest = max(newest, start_of(day) + DAY)
                for row in sealed.read(engine, _HOURS[tier], [file]):
                    new.execute(
                        "INSERT OR IGNORE INTO hour VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        (numbers[row[:5]], *row[5:]),
                    )
        new.execute(
            "INSERT INTO watermark VALUES (1, ?1) ON CONFLICT DO UPDATE SET"
            " sealed_until = max(sealed_until, ?1)",
            (newest,),
        )


def _register(
    engine: "duckdb.DuckDBPyConnection",
    new: sqlite3.Connection,
    file: Path,
    tier: str,
) -> dict[tuple[str, ...], int]:
    """Make the series of *file* known; their numbers by the columns of the key."""
    spans = sealed.read(
        engine,
        f"SELECT {sealed.KEY}, min(time), max(time) FROM read_parquet($1) GROUP BY ALL",
        [file],
    )
    units: dict[tuple[str, ...], tuple[str, str]] = {}
    if tier == BULK:
        rows = sealed.read(
            engine,
            f"SELECT DISTINCT {sealed.KEY}, unit, worse FROM read_parquet($1)",
            [file],
        )
        units = {row[:5]: row[5:] for row in rows}
    numbers: dict[tuple[str, ...], int] = {}
    for entity, source, metric, vantage, target, first, last in spans:
        names = (entity, source, metric, vantage, target)
        key = SeriesKey(source, metric, entity, vantage, target)
        unit, worse = units.get(names) or unit_of(probe_of(key))
        numbers[names] = register(new, key, unit, worse, first, last)
    return numbers


# From raw rows as at sealing; from minutes, where raw rows have expired, the medians
# of the minutes' own figures: the only ones left.
_HOURS = {
    RAW: f"SELECT {sealed.KEY}, time // {HOUR} AS hour, {SQL} FROM read_parquet($1)"
    " GROUP BY ALL",
    MINUTES: f"SELECT {sealed.KEY}, time // {HOUR} AS hour, sum(sent)::BIGINT,"
    " sum(lost)::BIGINT, min(minimum), median(median),"
    " median(coalesce(p95, maximum)), max(maximum) FROM read_parquet($1)"
    " GROUP BY ALL",
}


def main(arguments: list[str] | None = None) -> int:
    """Repair the store in a folder; 0 when done, 1 on failure."""
    parser = argparse.ArgumentParser(prog="python -m rabta.store.repair")
    parser.add_argument("path", type=Path)
    given = parser.parse_args(arguments)
    try:
        done = repair(given.path)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201  # a command of its own
        return 1
    rows = ", ".join(f"{count} {name}" for name, count in done.carried.items() if count)
    print(f"the damaged file is now {done.aside}; carried over: {rows or 'nothing'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
