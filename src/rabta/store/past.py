"""Single observations, hot and sealed, newest first until there are enough."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from rabta.clock import DAY
from rabta.model import Observation
from rabta.store import hot, sealed
from rabta.store.files import (
    BUCKETS,
    RAW,
    Checked,
    bucket_of,
    files_between,
    start_of,
)
from rabta.store.naming import Row, observation_of
from rabta.store.shapes import SeriesInfo, SeriesKey


def observations(
    root: Path,
    connection: sqlite3.Connection,
    checked: Checked,
    series: Sequence[SeriesInfo],
    start: int,
    stop: int,
    *,
    failed_only: bool,
    limit: int,
) -> list[Observation]:
    """Return the newest *limit* of *series* with start <= time < stop, oldest first."""
    keys = {info.id: info.key for info in series}
    found: dict[tuple[SeriesKey, int], Row] = {
        (keys[number], row.time): row
        for number, row in hot.newest_rows(
            connection, list(keys), start, stop, failed_only=failed_only, limit=limit
        )
    }
    if start < hot.sealed_until(connection):
        _add_sealed(
            root, connection, checked, series, start, stop, failed_only, limit, found
        )
    newest = sorted(found.items(), key=lambda item: item[0][1], reverse=True)[:limit]
    return [observation_of(key, row) for (key, _), row in reversed(newest)]


def _add_sealed(
    root: Path,
    connection: sqlite3.Connection,
    checked: Checked,
    series: Sequence[SeriesInfo],
    start: int,
    stop: int,
    failed_only: bool,  # noqa: FBT001  # private, and one caller
    limit: int,
    found: dict[tuple[SeriesKey, int], Row],
) -> None:
    buckets = {bucket_of(info.entity) for info in series}
    files: dict[int, list[Path]] = {}
    for bucket in range(BUCKETS):
        if bucket in buckets:
            for date, file in files_between(root, RAW, bucket, start, stop):
                files.setdefault(start_of(date), []).append(file)
    wanted = {info.key for info in series}
    for day in sorted(files, reverse=True):
        if sum(time >= day + DAY for _, time in found) >= limit:
            return
        checked.check(connection, files[day])
        rows = sealed.rows(
            files[day], wanted, start, stop, failed_only=failed_only, limit=limit
        )
        for key, row in rows:
            found.setdefault((key, row.time), row)
