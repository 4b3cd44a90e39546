"""Hourly counts and shares of very many records, in a bounded amount of memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rabta.clock import HOUR


_MOST = 2_000_000  # bins held at once, 24 bytes each


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


class Bins:
    """Sums and counts by series and hour; series are numbered in order of arrival."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, ...], int] = {}
        self._keys: list[NDArray[np.int64]] = []
        self._counts: list[NDArray[np.float64]] = []
        self._sums: list[NDArray[np.float64]] = []
        self._held = 0

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
        self._put(keys, np.ones(len(keys)), np.asarray(values, dtype=np.float64))
        if self._held > _MOST:
            self._merge()

    def _put(
        self,
        keys: NDArray[np.int64],
        counts: NDArray[np.float64],
        sums: NDArray[np.float64],
    ) -> None:
        bins, where = np.unique(keys, return_inverse=True)
        self._keys.append(bins)
        self._counts.append(np.bincount(where, counts).astype(np.float64))
        self._sums.append(np.bincount(where, sums).astype(np.float64))
        self._held += len(bins)

    def _merge(self) -> None:
        keys, counts, sums = self._keys, self._counts, self._sums
        self._keys, self._counts, self._sums, self._held = [], [], [], 0
        if keys:
            self._put(
                np.concatenate(keys), np.concatenate(counts), np.concatenate(sums)
            )

    @property
    def full(self) -> bool:
        """Whether no more room is left for new series."""
        return self._held > 3 * _MOST // 4 and len(self.names) > 1000

    def series(self) -> Iterator[tuple[tuple[str, ...], Binned]]:
        """Yield every series with its hours in order."""
        self._merge()
        if not self._keys:
            return
        keys, counts, sums = self._keys[0], self._counts[0], self._sums[0]
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
