"""Hourly counts and shares of very many records, in a bounded amount of memory."""

from array import array
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rabta.clock import HOUR


_MOST = 1_500_000  # bins, 24 bytes each; beyond, no series of a domain is begun
_SERIES = 40_000  # as above
_PENDING = 200_000  # what is gathered before it is added
_KEYS = 4_000_000  # keys that are counted, 16 bytes each


@dataclass(frozen=True, slots=True)
class Binned:
    """The hours of one series."""

    times: NDArray[np.int64]
    """(n,) start of each hour, microseconds."""
    counts: NDArray[np.float64]
    """(n,) records, and the sum of their values."""
    sums: NDArray[np.float64]

    def until(self, stop: int) -> "Binned":
        """Return the hours that begin before *stop*."""
        some = self.times < stop
        return Binned(self.times[some], self.counts[some], self.sums[some])


class _Sums:
    """Columns of sums by key, in the order of the keys."""

    def __init__(self, *kinds: type) -> None:
        self.keys = np.zeros(0, np.int64)
        self.columns: list[NDArray[Any]] = [np.zeros(0, kind) for kind in kinds]

    def add(
        self, keys: NDArray[np.int64], *columns: NDArray[Any], most: int | None = None
    ) -> None:
        """Add to the sums of *keys*, distinct and in order; to *most* keys at most."""
        at = np.searchsorted(self.keys, keys)
        known = np.zeros(len(keys), np.bool_)
        inside = at < len(self.keys)
        known[inside] = self.keys[at[inside]] == keys[inside]
        for column, more in zip(self.columns, columns, strict=True):
            column[at[known]] += more[known]
        if most is not None and len(self.keys) >= most:
            return
        new = ~known  # one column after the other: two copies of one at most
        self.keys = np.insert(self.keys, at[new], keys[new])
        for place, more in enumerate(columns):
            self.columns[place] = np.insert(self.columns[place], at[new], more[new])


class Bins:
    """Sums and counts by series and hour; series are numbered in order of arrival."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, ...], int] = {}
        self._sums = _Sums(np.float64, np.float64)
        self._pending: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        self._waiting = 0

    def number(self, name: tuple[str, ...]) -> int:
        """Return the number of a series."""
        return self.names.setdefault(name, len(self.names))

    def add(
        self, series: Sequence[int], times: Sequence[int], values: Sequence[float]
    ) -> None:
        """Add records; *times* in microseconds."""
        if not series:
            return
        hours = np.asarray(times, dtype=np.int64) // HOUR
        keys = (np.asarray(series, dtype=np.int64) << 32) | hours
        self._pending.append((keys, np.asarray(values, dtype=np.float64)))
        self._waiting += len(keys)
        if self._waiting > _PENDING:
            self._merge()

    def _merge(self) -> None:
        if not self._pending:
            return
        keys = np.concatenate([one for one, _ in self._pending])
        values = np.concatenate([one for _, one in self._pending])
        self._pending, self._waiting = [], 0
        bins, where = np.unique(keys, return_inverse=True)
        counts = np.bincount(where).astype(np.float64)
        self._sums.add(bins, counts, np.bincount(where, values))

    @property
    def full(self) -> bool:
        """Whether no more room is left for new series."""
        many = len(self.names)
        return many >= _SERIES or (len(self._sums.keys) > _MOST and many > 1000)

    def series(self) -> Iterator[tuple[tuple[str, ...], Binned]]:
        """Yield every series with its hours in order."""
        self._merge()
        keys, (counts, sums) = self._sums.keys, self._sums.columns
        if not len(keys):
            return
        number = keys >> 32
        names = list(self.names)
        starts = np.flatnonzero(np.diff(number, prepend=-1))
        for first, last in zip(
            starts.tolist(), [*starts[1:].tolist(), len(keys)], strict=True
        ):
            times = (keys[first:last] & 0xFFFFFFFF) * HOUR
            yield (
                names[int(number[first])],
                Binned(times, counts[first:last], sums[first:last]),
            )


class Counts:
    """How often each of very many keys was told, by their hashes."""

    def __init__(self) -> None:
        self._sums = _Sums(np.int64)
        self._pending = array("q")

    def add(self, key: Hashable) -> None:
        """Count *key* once more."""
        self._pending.append(hash(key))
        if len(self._pending) >= _PENDING:
            self._merge()

    def of(self, key: Hashable) -> int:
        """Return how often *key* was told; 0 of keys after the fourth million."""
        self._merge()
        keys, code = self._sums.keys, hash(key)
        at = int(np.searchsorted(keys, code))
        here = at < len(keys) and int(keys[at]) == code
        return int(self._sums.columns[0][at]) if here else 0

    def _merge(self) -> None:
        if self._pending:
            fresh = np.array(self._pending, np.int64)
            self._pending = array("q")
            keys, counts = np.unique(fresh, return_counts=True)
            self._sums.add(keys, counts, most=_KEYS)
