"""Series of other sources, appended in bulk: never through SQLite, kept for ever."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rabta.clock import DAY
from rabta.errors import UsageError
from rabta.store.connect import transaction
from rabta.store.files import BULK, bucket_of, day_of, file_of
from rabta.store.hot import register
from rabta.store.lock import SEALER, Lock
from rabta.store.merging import Piece, merge
from rabta.store.naming import OWN
from rabta.store.shapes import Batch


if TYPE_CHECKING:
    from datetime import date


def append(
    root: Path, connection: sqlite3.Connection, batches: Sequence[Batch]
) -> None:
    """Merge *batches* into the files of their months; the last word wins."""
    by_file: dict[tuple[date, int], list[Piece]] = defaultdict(list)
    spans: list[tuple[Batch, int, int]] = []
    for batch in batches:
        for month, piece in _by_month(batch).items():
            by_file[month, bucket_of(batch.key.entity)].append(piece)
            spans.append((batch, int(piece[1].min()), int(piece[1].max())))
    with Lock(root / SEALER, hint="it is sealing; try again later"):
        with transaction(connection):
            for batch, first, last in spans:
                register(connection, batch.key, batch.unit, batch.worse, first, last)
        for (month, bucket), pieces in by_file.items():
            merge(root, connection, file_of(root, BULK, month, bucket), pieces)


def _by_month(batch: Batch) -> "dict[date, Piece]":
    """Split what is there of *batch*; what is missing is left out."""
    if batch.key.source == OWN:
        raise UsageError("own probes are recorded, not appended")
    if len(batch.times) != len(batch.values):
        raise UsageError(f"{batch.key}: as many times as values are needed")
    times = np.asarray(batch.times, dtype=np.int64)
    values = np.asarray(batch.values, dtype=np.float64)  # None becomes NaN
    told = ~np.isnan(values)
    times, values = times[told], values[told]
    days, of_day = np.unique(times // DAY, return_inverse=True)
    months = [day_of(int(day) * DAY).replace(day=1) for day in days]
    first_of = {month: number for number, month in reversed(list(enumerate(months)))}
    number_of = np.array([first_of[month] for month in months], dtype=np.int64)
    of_month = number_of[of_day] if len(days) else of_day
    return {
        month: (batch, times[of_month == number], values[of_month == number])
        for month, number in first_of.items()
    }
