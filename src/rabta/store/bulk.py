"""Series of other sources, appended in bulk: never through SQLite, kept for ever."""

import math
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.clock import DAY
from rabta.errors import UsageError
from rabta.store import sealed
from rabta.store.connect import transaction
from rabta.store.files import BULK, Checked, bucket_of, day_of, file_of, replace
from rabta.store.hot import register
from rabta.store.lock import SEALER, Lock
from rabta.store.naming import OWN
from rabta.store.shapes import Batch


if TYPE_CHECKING:
    from datetime import date

Piece = tuple[Batch, list[int], list[float]]
"""Of one batch, the times and values of one month."""


def append(
    root: Path, connection: sqlite3.Connection, batches: Sequence[Batch]
) -> None:
    """Merge *batches* into the files of their months; the last word wins."""
    by_file: dict[tuple[date, int], list[Piece]] = defaultdict(list)
    spans: list[tuple[Batch, int, int]] = []
    for batch in batches:
        for month, piece in _by_month(batch).items():
            by_file[month, bucket_of(batch.key.entity)].append(piece)
            spans.append((batch, min(piece[1]), max(piece[1])))
    with Lock(root / SEALER, hint="it is sealing; try again later"):
        with transaction(connection):
            for batch, first, last in spans:
                register(connection, batch.key, batch.unit, batch.worse, first, last)
        for (month, bucket), pieces in by_file.items():
            _merge(root, connection, file_of(root, BULK, month, bucket), pieces)


def _by_month(batch: Batch) -> "dict[date, Piece]":
    """Split what is there of *batch*; what is missing is left out."""
    if batch.key.source == OWN:
        raise UsageError("own probes are recorded, not appended")
    if len(batch.times) != len(batch.values):
        raise UsageError(f"{batch.key}: as many times as values are needed")
    months: dict[int, date] = {}
    found: dict[date, Piece] = {}
    for time, value in zip(batch.times, batch.values, strict=True):
        if value is None or math.isnan(value):
            continue
        day = int(time) // DAY
        if day not in months:
            months[day] = day_of(day * DAY).replace(day=1)
        _, times, values = found.setdefault(months[day], (batch, [], []))
        times.append(int(time))
        values.append(float(value))
    return found


def _merge(
    root: Path, connection: sqlite3.Connection, file: Path, pieces: list[Piece]
) -> None:
    with sealed.engine(memory="400MB", spill=root / "series" / ".spill") as engine:
        engine.execute(
            "CREATE TABLE batch (number INTEGER, entity VARCHAR, source VARCHAR,"
            " metric VARCHAR, vantage VARCHAR, target VARCHAR, unit VARCHAR,"
            " worse VARCHAR)"
        )
        engine.execute("CREATE TABLE told (number INTEGER, time BIGINT, value DOUBLE)")
        sealed.insert(
            engine,
            "batch",
            [
                (number, *sealed.columns(batch.key), batch.unit, batch.worse)
                for number, (batch, _, _) in enumerate(pieces)
            ],
        )
        sealed.insert(
            engine,
            "told",
            [
                (number, time, value)
                for number, (_, times, values) in enumerate(pieces)
                for time, value in zip(times, values, strict=True)
            ],
        )
        key = f"{sealed.KEY}, time"
        fresh = (
            f"SELECT {sealed.KEY}, time, value, NULL::VARCHAR AS failure, unit, worse"
            " FROM (SELECT *, told.rowid AS place FROM told JOIN batch USING (number))"
            f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY place DESC) = 1"
        )
        if file.exists():
            Checked(root).check(connection, [file])
        select = sealed.united(fresh, file, key, first=True)
        replace(
            root,
            connection,
            file,
            lambda aside: sealed.copy_to(engine, f"{select} ORDER BY {key}", aside),
        )
