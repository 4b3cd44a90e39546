"""Series of other sources as arrays: what detection and the country pages read."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rabta.store import sealed
from rabta.store.files import BULK, Checked, bucket_of, files_between
from rabta.store.naming import OWN
from rabta.store.shapes import SeriesInfo


if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Signal = tuple[SeriesInfo, "NDArray[np.int64]", "NDArray[np.float64]"]
"""A series, its times in microseconds UTC, oldest first, and its values."""


def signals(
    root: Path,
    connection: sqlite3.Connection,
    checked: Checked,
    wanted: Sequence[SeriesInfo],
    start: int,
    stop: int,
) -> "list[Signal]":
    """Return what the bulk files hold of *wanted*, series of one entity."""
    import numpy as np

    others = [one for one in wanted if one.source != OWN]
    if not others:
        return []
    entity = others[0].entity
    files = [f for _, f in files_between(root, BULK, bucket_of(entity), start, stop)]
    checked.check(connection, files)
    numbers = np.empty(0, dtype=np.int64)
    times, values = numbers, np.empty(0)
    if files:
        with sealed.engine() as engine:
            keys = [sealed.columns(one.key) for one in others]
            engine.execute(
                "CREATE TABLE wanted AS SELECT unnest($1) AS number, unnest($2) AS"
                " entity, unnest($3) AS source, unnest($4) AS metric, unnest($5) AS"
                " vantage, unnest($6) AS target",
                [list(range(len(keys))), *map(list, zip(*keys, strict=True))],
            )
            found = sealed.columns_of(
                engine,
                f"SELECT number, time, value FROM read_parquet($1)"
                f" JOIN wanted USING ({sealed.KEY}) WHERE entity = $2"
                " AND time >= $3 AND time < $4 ORDER BY number, time",
                files,
                (entity, start, stop),
            )
        numbers, times, values = (found[name] for name in ("number", "time", "value"))
    ends = np.searchsorted(numbers, np.arange(len(others) + 1))
    return [
        (one, times[ends[n] : ends[n + 1]], values[ends[n] : ends[n + 1]])
        for n, one in enumerate(others)
    ]
