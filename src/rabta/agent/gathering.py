"""Values on their way into the store, gathered on the disk by the file they go to.

A month's file is written anew for whatever is added to it, so a large import adds to
each as seldom as it can.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rabta.errors import StoreError
from rabta.model import Report
from rabta.store import Batch, SeriesInfo, SeriesKey, Store
from rabta.store.files import bucket_of


if TYPE_CHECKING:
    from rabta.store.signals import Signal


ROOM = 100_000_000  # values gathered, 20 bytes each
_AT_ONCE = 1_000_000  # values read back and added at once
_ROW = np.dtype([("series", "<i4"), ("time", "<i8"), ("value", "<f8")])


class Sink(Protocol):
    """Where values and reports go: the store, or what gathers for it."""

    path: Path

    def append(self, batches: Sequence[Batch]) -> None:
        """Keep values."""

    def add_reports(self, reports: Sequence[Report]) -> None:
        """Keep reports."""

    def series(self, entity: str = "") -> list[SeriesInfo]:
        """Return what there is of *entity*, what was just kept included."""

    def signals(self, entity: str, *, start: int, stop: int) -> "list[Signal]":
        """Return the values of *entity*, as ``Store.signals``."""


class Gathering:
    """Takes values and adds them to the store when it is told to or is full."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        patiently: Callable[[Callable[[], None]], None],
    ) -> None:
        self.path = store.path
        self._store = store
        self._folder = folder
        self._patiently = patiently
        self._series: dict[SeriesKey, int] = {}
        self._about: list[tuple[SeriesKey, str, str]] = []
        self._held = 0
        free = shutil.disk_usage(folder).free
        self._room = min(ROOM, max(_AT_ONCE, free // (4 * _ROW.itemsize)))

    def append(self, batches: Sequence[Batch]) -> None:
        """Gather values; a value told again replaces the old."""
        try:
            for batch in batches:
                self._put(batch)
        except OSError as error:
            raise StoreError(
                f"{self._folder} cannot be written: {error.strerror or error}",
                hint="check the free space; what was stored before is kept",
            ) from error
        if self._held > self._room:
            self.flush()

    def add_reports(self, reports: Sequence[Report]) -> None:
        """Keep reports at once."""
        self._store.add_reports(reports)

    def series(self, entity: str = "") -> list[SeriesInfo]:
        """Add all that was gathered; return what the store then knows of *entity*."""
        self.flush()
        return self._store.series(entity)

    def signals(self, entity: str, *, start: int, stop: int) -> "list[Signal]":
        """Add all that was gathered; return what the store then holds of *entity*."""
        self.flush()
        return self._store.signals(entity, start=start, stop=stop)

    def _put(self, batch: Batch) -> None:
        number = self._series.setdefault(batch.key, len(self._series))
        if number == len(self._about):
            self._about.append((batch.key, batch.unit, batch.worse))
        times = np.asarray(batch.times, dtype=np.int64)
        rows = np.empty(len(times), dtype=_ROW)
        rows["series"] = number
        rows["time"] = times
        rows["value"] = np.asarray(batch.values, dtype=np.float64)
        months = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        bucket = bucket_of(batch.key.entity)
        for month in np.unique(months).tolist():
            with (self._folder / f"{month}-{bucket}").open("ab") as file:
                rows[months == month].tofile(file)
        self._held += len(times)

    def flush(self) -> None:
        """Add all that was gathered to the store."""
        for file in sorted(self._folder.iterdir()):
            for rows in _read(file):
                batches = self._batches(rows)
                self._patiently(lambda: self._store.append(batches))  # noqa: B023
            file.unlink()
        self._held = 0

    def _batches(self, rows: NDArray[np.void]) -> list[Batch]:
        rows = rows[np.argsort(rows["series"], kind="stable")]
        starts = np.flatnonzero(np.diff(rows["series"], prepend=-1))
        stops = [*starts[1:].tolist(), len(rows)]
        found = []
        for first, stop in zip(starts.tolist(), stops, strict=True):
            key, unit, worse = self._about[int(rows["series"][first])]
            part = rows[first:stop]
            found.append(Batch(key, unit, worse, part["time"], part["value"]))
        return found


def _read(file: Path) -> Iterator[NDArray[np.void]]:
    with file.open("rb") as stream:
        while len(rows := np.fromfile(stream, dtype=_ROW, count=_AT_ONCE)):
            yield rows


@contextmanager
def gathering(
    store: Store, patiently: Callable[[Callable[[], None]], None]
) -> Iterator[Gathering]:
    """Gather until the block ends; what is gathered then is added to the store."""
    root = store.path / "series"
    root.mkdir(exist_ok=True)
    for left in root.glob(".gathering-*"):
        if not _alive(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)
    folder = root / f".gathering-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    try:
        found = Gathering(store, folder, patiently)
        yield found
        found.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _alive(process: str) -> bool:
    if not process.isdecimal():
        return False
    with suppress(PermissionError):
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return False
    return True
