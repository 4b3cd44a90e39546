"""Fresh values into one file of a month, in a bounded amount of memory.

The old file is sorted, and so are the fresh values. It is written anew range by range
of entities: rows before and between are passed on as they are, and only the rows of a
range are joined and sorted, so that what is held at once does not grow with the file.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rabta.store import sealed
from rabta.store.files import Checked, replace
from rabta.store.shapes import Batch


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
            parts = list(_parts([batch.key.entity for batch, _, _ in series], file))
        else:
            parts = [f"SELECT {_COLUMNS} FROM fresh ORDER BY number, time"]
        select = " UNION ALL ".join(f"({part})" for part in parts)
        replace(
            root,
            connection,
            file,
            lambda aside: sealed.copy_to(engine, f"FROM ({select})", aside),
        )


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


def _parts(entities: Sequence[str], file: Path) -> Iterator[str]:
    """Yield queries whose rows, one after the other, are the new file's."""
    old = f"SELECT {_COLUMNS} FROM {sealed.table(file)}"
    starts = np.unique(np.linspace(0, len(entities), _RANGES + 1).astype(int)).tolist()
    before = ""
    for first, stop in _whole(entities, starts):
        low, high = _quoted(entities[first]), _quoted(entities[stop - 1])
        yield f"{old} WHERE {before}entity < {low}"
        inside = f"entity BETWEEN {low} AND {high}"
        fresh = f"SELECT * FROM fresh WHERE number BETWEEN {first} AND {stop - 1}"
        yield (
            f"WITH mine AS ({fresh}) SELECT {_COLUMNS} FROM (SELECT {_COLUMNS}"
            f" FROM mine UNION ALL SELECT {_COLUMNS} FROM ({old} WHERE {inside})"
            f" ANTI JOIN mine USING ({sealed.KEY}, time)) ORDER BY {sealed.KEY}, time"
        )
        before = f"entity > {high} AND "
    yield f"{old} WHERE {before}true"


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
