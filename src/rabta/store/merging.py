"""Fresh values into one file of a month, in a bounded amount of memory.

The old file is sorted, and so are the fresh values. It is written anew range by range
of entities: only the rows of a range are joined and sorted, into a file of their own;
then these and the rows before and between are passed on one after the other, so that
what is held at once does not grow with the file.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
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

_MEMORY = "96MB"
_RANGES = 32
_COLUMNS = f"{sealed.KEY}, time, value, failure, unit, worse"


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
        counts = [len(times) for _, times, _ in series]
        engine.register(
            "told",
            {
                "number": np.repeat(np.arange(len(series)), counts),
                "time": np.concatenate([times for _, times, _ in series]),
                "value": np.concatenate([values for _, _, values in series]),
            },
        )
        engine.execute(
            "CREATE VIEW fresh AS SELECT number, entity, source, metric, vantage,"
            " target, time, value, NULL::VARCHAR AS failure, unit, worse"
            " FROM told JOIN batch USING (number)"
        )
        if file.exists():
            Checked(root).check(connection, [file])
        entities = [batch.key.entity for batch, _, _ in series]

        def write(aside: Path) -> None:
            folder = aside.parent
            with TemporaryDirectory(dir=folder, prefix=".merging-") as parts:
                select = _ranges(engine, entities, file, Path(parts))
                sealed.copy_to(engine, select, aside)

        replace(root, connection, file, write)


def _series(pieces: Sequence[Piece]) -> list[Piece]:
    """Join what is told of one series, by time; series in the order of the file."""
    told: dict[tuple[str, ...], list[Piece]] = {}
    for piece in pieces:
        told.setdefault(sealed.columns(piece[0].key), []).append(piece)
    found: list[Piece] = []
    for _, same in sorted(told.items()):
        times = np.concatenate([times for _, times, _ in same])
        values = np.concatenate([values for _, _, values in same])
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
        last = np.append(times[1:] != times[:-1], True)
        found.append((same[-1][0], times[last], values[last]))
    return found


def _ranges(
    engine: "duckdb.DuckDBPyConnection",
    entities: Sequence[str],
    file: Path,
    folder: Path,
) -> str:
    """Write each range to *folder*; return the query for all rows, in their order."""
    old = f"SELECT {_COLUMNS} FROM {sealed.table(file)}" if file.exists() else ""
    starts = np.unique(np.linspace(0, len(entities), _RANGES + 1).astype(int)).tolist()
    found: list[str] = []
    before = ""
    for first, stop in _whole(entities, starts):
        low, high = _quoted(entities[first]), _quoted(entities[stop - 1])
        inside = f"entity BETWEEN {low} AND {high}"
        merged = f"SELECT * FROM fresh WHERE number BETWEEN {first} AND {stop - 1}"
        if old:
            found.append(f"{old} WHERE {before}entity < {low}")
            merged = (
                f"WITH mine AS ({merged}) SELECT {_COLUMNS} FROM mine UNION ALL"
                f" SELECT {_COLUMNS} FROM ({old} WHERE {inside})"
                f" ANTI JOIN mine USING ({sealed.KEY}, time)"
            )
        part = folder / str(first)
        ordered = f"SELECT {_COLUMNS} FROM ({merged}) ORDER BY {sealed.KEY}, time"
        sealed.copy_to(engine, ordered, part)
        found.append(f"SELECT {_COLUMNS} FROM {sealed.table(part)}")
        before = f"entity > {high} AND "
    if old:
        found.append(f"{old} WHERE {before}true")
    return " UNION ALL ".join(f"({one})" for one in found)


def _whole(entities: Sequence[str], starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield ranges [first, stop) that do not part the series of one entity."""
    first = 0
    for stop in starts[1:]:
        if stop < len(entities) and entities[stop] == entities[stop - 1]:
            continue
        yield first, stop
        first = stop


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
