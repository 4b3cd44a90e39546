"""Series of other sources, appended in bulk: never through SQLite, kept for ever."""

import math
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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

_COLUMNS = f"{sealed.KEY}, time, value, failure, unit, worse"

Values = list[tuple[int, float]]


def append(
    root: Path, connection: sqlite3.Connection, batches: Sequence[Batch]
) -> None:
    """Merge *batches* into the files of their months; the last word wins."""
    by_file: dict[tuple[date, int], list[tuple[Batch, Values]]] = defaultdict(list)
    for batch in batches:
        values = _present(batch)
        if not values:
            continue
        with transaction(connection):
            first, last = min(values)[0], max(values)[0]
            register(connection, batch.key, batch.unit, batch.worse, first, last)
        by_month: dict[date, Values] = defaultdict(list)
        for time, value in values:
            by_month[day_of(time).replace(day=1)].append((time, value))
        for month, part in by_month.items():
            by_file[month, bucket_of(batch.key.entity)].append((batch, part))
    with Lock(root / SEALER, hint="it is sealing; try again later"):
        for (month, bucket), pieces in by_file.items():
            _merge(root, connection, file_of(root, BULK, month, bucket), pieces)


def _present(batch: Batch) -> Values:
    if batch.key.source == OWN:
        raise UsageError("own probes are recorded, not appended")
    if len(batch.times) != len(batch.values):
        raise UsageError(f"{batch.key}: as many times as values are needed")
    given = zip(batch.times, batch.values, strict=True)
    return [
        (int(time), float(value))
        for time, value in given
        if value is not None and not math.isnan(value)
    ]


def _merge(
    root: Path,
    connection: sqlite3.Connection,
    file: Path,
    pieces: list[tuple[Batch, Values]],
) -> None:
    with sealed.engine(memory="400MB", spill=root / "series" / ".spill") as engine:
        engine.execute(
            "CREATE TABLE fresh (entity VARCHAR, source VARCHAR, metric VARCHAR,"
            " vantage VARCHAR, target VARCHAR, time BIGINT, value DOUBLE,"
            " failure VARCHAR, unit VARCHAR, worse VARCHAR)"
        )
        for batch, values in pieces:
            engine.execute(
                "INSERT INTO fresh SELECT $1, $2, $3, $4, $5, unnest($6::BIGINT[]),"
                " unnest($7::DOUBLE[]), NULL, $8, $9",
                [
                    *sealed.columns(batch.key),
                    [time for time, _ in values],
                    [value for _, value in values],
                    batch.unit,
                    batch.worse,
                ],
            )
        key = f"{sealed.KEY}, time"
        select = sealed.united(
            # told twice in one call: the later one
            f"SELECT {_COLUMNS} FROM (SELECT *, rowid AS told FROM fresh)"
            f" QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY told DESC) = 1",
            file,
            key,
            first=True,
        )
        if file.exists():
            Checked(root).check(connection, [file])
        replace(
            root,
            connection,
            file,
            lambda aside: sealed.copy_to(engine, f"{select} ORDER BY {key}", aside),
        )
