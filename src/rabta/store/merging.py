"""Fresh values into one file of a month, in a bounded amount of memory.

The old file is sorted, and so are the fresh values. It is written anew range by range:
only the rows of a range are joined and sorted, into a file of their own; those before
and between are put into others as they are, and then all are passed on one after the
other, so that what is held at once grows neither with the file nor with what is told of
one entity.
"""

import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rabta.store import sealed
from rabta.store.files import Checked, replace
from rabta.store.shapes import Batch


if TYPE_CHECKING:
    import duckdb

Piece = tuple[Batch, NDArray[np.int64], NDArray[np.float64]]
"""Of one batch, the times and values of one month."""

Row = tuple[str | int, ...]
"""The first of the columns by which a file is sorted, or all of them."""

_MEMORY = "64MB"
_AT_ONCE = 50_000  # fresh values of a range at most
_USUAL = 100_000  # values of a range, those of the file included
_MOST = 200_000  # values of the file in a range of two and more fresh values
_RANGES = 256  # every one of them opens the file
_ORDER = (*sealed.KEY.split(", "), "time")
_COLUMNS = f"{sealed.KEY}, time, value, failure, unit, worse"
_FRESH = (
    f"SELECT {sealed.KEY}, time, value, NULL::VARCHAR AS failure, unit, worse"
    " FROM told JOIN batch USING (number)"
)


def merge(
    root: Path, connection: sqlite3.Connection, file: Path, pieces: Sequence[Piece]
) -> None:
    """Write *file* with *pieces* in it; of one series and time the last word wins."""
    series = _series(pieces)
    with sealed.engine(memory=_MEMORY, spill=root / "series" / ".spill") as engine:
        engine.execute(
            "CREATE TABLE batch (number INTEGER, entity VARCHAR, source VARCHAR,"
            " metric VARCHAR, vantage VARCHAR, target VARCHAR, unit VARCHAR,"
            " worse VARCHAR)"
        )
        sealed.insert(
            engine,
            "batch",
            [
                (number, *sealed.columns(batch.key), batch.unit, batch.worse)
                for number, (batch, _, _) in enumerate(series)
            ],
        )
        if file.exists():
            Checked(root).check(connection, [file])

        def write(aside: Path) -> None:
            folder = aside.parent
            for left in folder.glob(".merging-*"):  # by a process that was killed
                rmtree(left, ignore_errors=True)
            with TemporaryDirectory(dir=folder, prefix=".merging-") as parts:
                select = _ranges(engine, series, file, Path(parts))
                sealed.copy_to(engine, select, aside)

        replace(root, connection, file, write)


def _series(pieces: Sequence[Piece]) -> list[Piece]:
    """Join what is told of one series, by time; series in the order of the file."""
    told: dict[tuple[str, ...], list[Piece]] = {}
    for piece in pieces:
        told.setdefault(sealed.columns(piece[0].key), []).append(piece)
    found: list[Piece] = []
    for _, same in sorted(told.items()):
        if len(same) == 1 and (np.diff(same[0][1]) > 0).all():
            found += same
            continue
        times = np.concatenate([times for _, times, _ in same])
        values = np.concatenate([values for _, _, values in same])
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        last = np.append(times[1:] != times[:-1], True)
        found.append((same[-1][0], times[last], values[last]))
    return found


def _ranges(
    engine: "duckdb.DuckDBPyConnection",
    series: Sequence[Piece],
    file: Path,
    folder: Path,
) -> str:
    """Write each range to *folder*; return the query for all rows, in their order."""
    old, held = "", 0
    if file.exists():
        old = f"SELECT {_COLUMNS} FROM {sealed.table(file)}"
        held = _count(engine, old)
    rows = _Rows(series)
    cuts = rows.cuts(held)
    if len(cuts) == 2 and held <= _USUAL:  # too little to be parted
        engine.register("told", rows.told(*cuts))
        return _merged(old, "true")
    todo = list(pairwise(cuts))[::-1]
    found: list[Path] = []

    def keep(select: str) -> None:
        found.append(folder / str(len(found)))
        sealed.copy_to(engine, select, found[-1])

    before = _beyond(rows.row(0), "<", itself=False)
    while todo:
        first, stop = todo.pop()
        low = high = rows.row(0)
        if first:
            _, low = _apart(rows.row(first - 1), rows.row(first))
        if stop < cuts[-1]:
            high, following = _apart(rows.row(stop - 1), rows.row(stop))
            after = _between(high, following)
        else:
            high = rows.row(stop - 1)
            after = _beyond(high, ">", itself=False)
        if (
            held > _MOST
            and stop - first > 1
            and _count(engine, f"{old} WHERE {_inside(low, high)}") > _MOST
        ):
            middle = (first + stop) // 2
            todo += [(middle, stop), (first, middle)]
            continue
        engine.register("told", rows.told(first, stop))
        if old:
            keep(f"{old} WHERE {before}")
        keep(_merged(old, _inside(low, high)))
        before = after
    if old:
        keep(f"{old} WHERE {before}")
    # files of a list keep their order, which queries that are united need not
    files = ", ".join(_quoted(str(part)) for part in found)
    return f"SELECT {_COLUMNS} FROM read_parquet([{files}])"


def _merged(old: str, condition: str) -> str:
    """Return the query for fresh values and what *old* has besides, in their order."""
    merged = _FRESH
    if old:
        merged = (
            f"WITH mine AS ({_FRESH}) SELECT {_COLUMNS} FROM mine UNION ALL"
            f" SELECT {_COLUMNS} FROM ({old} WHERE {condition})"
            f" ANTI JOIN mine USING ({sealed.KEY}, time)"
        )
    return f"SELECT {_COLUMNS} FROM ({merged}) ORDER BY {sealed.KEY}, time"


class _Rows:
    """The fresh values of all series, one after the other in the order of the file."""

    def __init__(self, series: Sequence[Piece]) -> None:
        self._series = series
        counts = [len(times) for _, times, _ in series]
        self._starts = np.concatenate([[0], np.cumsum(counts)])

    def cuts(self, held: int) -> list[int]:
        """Return where ranges begin and the last ends; *held* are in the file."""
        count = min(_RANGES, -(-(held + int(self._starts[-1])) // _USUAL))
        of_series = np.linspace(0, len(self._series), count + 1).astype(int)
        found = [0]
        for first, stop in pairwise(np.unique(self._starts[of_series]).tolist()):
            parts = -(-(stop - first) // _AT_ONCE)
            found += [
                first + (stop - first) * part // parts for part in range(1, parts + 1)
            ]
        return found

    def row(self, place: int) -> Row:
        """Return the columns of ``_ORDER``."""
        number = self._number(place)
        batch, times, _ = self._series[number]
        return (*sealed.columns(batch.key), int(times[place - self._starts[number]]))

    def told(self, first: int, stop: int) -> dict[str, NDArray[np.generic]]:
        """Return number of the series, time and value of some."""
        numbers = range(self._number(first), self._number(stop - 1) + 1)
        inside = [
            slice(max(0, first - start), stop - start)
            for start in self._starts[numbers.start : numbers.stop].tolist()
        ]
        pairs = list(
            zip(self._series[numbers.start : numbers.stop], inside, strict=True)
        )
        times = [times[here] for (_, times, _), here in pairs]
        return {
            "number": np.repeat(numbers, [len(one) for one in times]),
            "time": np.concatenate(times),
            "value": np.concatenate([values[here] for (_, _, values), here in pairs]),
        }

    def _number(self, place: int) -> int:
        return int(np.searchsorted(self._starts, place, side="right")) - 1


def _apart(one: Row, other: Row) -> tuple[Row, Row]:
    """Return so much of two rows as tells them apart."""
    places = range(len(_ORDER))
    count = next(place for place in places if one[place] != other[place]) + 1
    return one[:count], other[:count]


def _between(low: Row, high: Row) -> str:
    """Return the SQL for what lies between what ``_apart`` gives.

    Equal columns are compared alone, and so parts of the file need not be read.
    """
    *same, last = zip(_ORDER, map(_quoted, low), map(_quoted, high), strict=False)
    name, begin, end = last
    conditions = [f"{column} = {value}" for column, value, _ in same]
    return " AND ".join([*conditions, f"{name} > {begin}", f"{name} < {end}"])


def _inside(low: Row, high: Row) -> str:
    """Return the SQL for what is neither before *low* nor after *high*."""
    conditions = []
    for name, begin, end in zip(_ORDER, low, high, strict=False):
        if begin != end:  # said again, for what need not be read
            conditions.append(f"{name} BETWEEN {_quoted(begin)} AND {_quoted(end)}")
            break
        conditions.append(f"{name} = {_quoted(begin)}")
    return " AND ".join([*conditions, _beyond(low, ">"), _beyond(high, "<")])


def _beyond(row: Row, sign: str, *, itself: bool = True) -> str:
    """Return the SQL for what lies on one side of *row*, and what begins with it."""
    found = "true" if itself else "false"
    for name, value in reversed(list(zip(_ORDER, map(_quoted, row), strict=False))):
        found = f"({name} {sign} {value} OR {name} = {value} AND {found})"
    return f"{_ORDER[0]} {sign}= {_quoted(row[0])} AND {found}"


def _count(engine: "duckdb.DuckDBPyConnection", select: str) -> int:
    ((count,),) = engine.execute(f"SELECT count(*) FROM ({select})").fetchall()
    return int(count)


def _quoted(value: str | int) -> str:
    return (
        "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
    )
