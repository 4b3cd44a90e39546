"""Where measurements and state are kept: the only room with SQL.

SQLite in WAL mode holds what must not be lost and the rows of the last day; sealed
Parquet holds all that is closed or imported in bulk, read by an in-memory DuckDB that
is imported only when such a file is. ``Store`` is the whole surface.
"""

from rabta.store.shapes import (
    Batch,
    Expired,
    Gap,
    Points,
    Retention,
    Sealed,
    SeriesInfo,
    SeriesKey,
    Window,
)
from rabta.store.store import Store


__all__ = [
    "Batch",
    "Expired",
    "Gap",
    "Points",
    "Retention",
    "Sealed",
    "SeriesInfo",
    "SeriesKey",
    "Store",
    "Window",
]
