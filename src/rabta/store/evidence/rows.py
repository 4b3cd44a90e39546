"""The raw observations of one hour, hot and sealed, as evidence needs them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from rabta.clock import HOUR, MINUTE
from rabta.errors import StoreError
from rabta.store import connect, hot, sealed
from rabta.store.files import RAW, Checked, files_between
from rabta.store.naming import OWN, Row, line_of, probe_of
from rabta.store.shapes import SeriesKey


@dataclass(frozen=True, slots=True)
class Measured:
    """The observations of one probe of one target over one line, oldest first."""

    uplink: str
    target: str
    family: int
    probe: str
    rows: tuple[Row, ...]


def counts(path: Path, stop: int) -> dict[int, int]:
    """Return how many observations each hour before *stop* has that is not sealed.

    *stop* in microseconds UTC, hours since 1970; those without any are left out.
    """
    file = path / connect.FILE
    with connect.explained(file), closing(_reader(file)) as reader:
        found = reader.execute(
            "SELECT minute / 60, count(*) FROM raw WHERE minute < ?"
            " GROUP BY 1 ORDER BY 1",
            (stop // MINUTE,),
        )
        return dict(found.fetchall())


def closed_rows(path: Path, hour: int) -> list[Measured]:
    """Return what was measured in *hour* (since 1970), sorted; nothing if expired."""
    file = path / connect.FILE
    with connect.explained(file), closing(_reader(file)) as reader:
        found = _hot(reader, hour)
        if hour * HOUR < hot.sealed_until(reader):
            for row in _sealed(path, reader, hour):
                found.setdefault(row[:4], row)
    return _grouped(sorted(found.values(), key=itemgetter(0, 1, 2, 3)))


Name = tuple[str, str, int, str]
"""Uplink, target, family, probe."""


def hourly(path: Path) -> Iterator[tuple[int, dict[Name, tuple[int, int]]]]:
    """Yield (hour, what was sent and lost) of every sealed hour, oldest first.

    These are the store's own figures, which outlive the observations.
    """
    file = path / connect.FILE
    with connect.explained(file), closing(_reader(file)) as reader:
        rows = reader.execute(
            "SELECT hour, vantage, target, metric, sent, lost FROM hour"
            " JOIN series ON series.id = hour.series ORDER BY hour"
        )
        for hour, found in groupby(rows, key=itemgetter(0)):
            yield hour, {_name(*row[1:4]): row[4:6] for row in found}


_Raw = tuple[Any, ...]
"""vantage, target, metric, time, value, failure, address, spent bytes, detail."""


def _hot(reader: sqlite3.Connection, hour: int) -> dict[_Raw, _Raw]:
    rows = reader.execute(
        "SELECT vantage, target, metric, minute * ? + microsecond, value, failure,"
        " coalesce(text, ''), spent_bytes, detail FROM raw"
        " CROSS JOIN series ON series.id = raw.series"
        " LEFT JOIN address ON address.id = raw.address"
        " WHERE minute >= ? AND minute < ?",
        (MINUTE, hour * 60, hour * 60 + 60),
    )
    return {row[:4]: row for row in rows}


def _sealed(path: Path, reader: sqlite3.Connection, hour: int) -> Sequence[_Raw]:
    start, stop = hour * HOUR, hour * HOUR + HOUR
    files = [file for _, file in files_between(path, RAW, None, start, stop)]
    if not files:
        return ()
    with sealed.engine() as engine, suppress(FileNotFoundError):
        Checked(path).check(reader, files)
        return sealed.read(
            engine,
            "SELECT vantage, target, metric, time, value, failure, address,"
            " spent_bytes, detail FROM read_parquet($1)"
            " WHERE time >= $2 AND time < $3",
            files,
            (start, stop),
        )
    return ()  # the day has expired meanwhile, all of it


def _grouped(rows: Sequence[_Raw]) -> list[Measured]:
    found: dict[Name, list[Row]] = {}
    for vantage, target, metric, *rest in rows:
        found.setdefault(_name(vantage, target, metric), []).append(Row(*rest))
    return [Measured(*name, tuple(found[name])) for name in sorted(found)]


@lru_cache(4096)
def _name(vantage: str, target: str, metric: str) -> Name:
    key = SeriesKey(OWN, metric, "", vantage, target)
    uplink, family = line_of(key)
    return (uplink, target, family, probe_of(key).value)


def _reader(file: Path) -> sqlite3.Connection:
    if not file.exists():
        raise StoreError(f"there is no store in {file.parent}", hint="run: rabta up")
    return connect.connect_reader(file)
