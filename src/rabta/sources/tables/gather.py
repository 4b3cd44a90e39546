"""Rows of a table as they stream by: kept as they are, or gathered into bins.

Both hold no more than what they give back, so that memory does not grow with the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rabta.clock import SECOND


_PENDING = 200_000  # values of bins that wait to be added
_BITS = 40  # of a key that tell the bin: 2 ** 39 of the narrowest are 500,000 years
_MIDDLE = 1 << (_BITS - 1)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of the rows, in the order of the file or of group and time."""

    times: NDArray[np.int64]
    """(n,) microseconds."""
    groups: NDArray[np.int64]
    """(n,) number of the group; (0,) where there is one only."""
    values: list[NDArray[np.float64]]
    """(n,) of each signal, NaN where missing."""
    weights: list[NDArray[np.int32]] | None
    """(n,) rows behind each value; None where rows are as they are."""

    def of(self, group: int) -> NDArray[np.intp] | slice:
        """Return where the rows of *group* are."""
        if not len(self.groups):
            return slice(None)
        here = np.flatnonzero(self.groups == group)
        if len(here) and here[-1] - here[0] + 1 == len(here):
            return slice(int(here[0]), int(here[-1]) + 1)
        return here


class Gather(Protocol):
    """Takes rows, part by part."""

    def add(
        self,
        times: NDArray[np.int64],
        groups: NDArray[np.int64] | None,
        values: Sequence[NDArray[np.float64]],
    ) -> None:
        """Take (n,) times, groups where there are several, and values of signals."""

    def done(self) -> Gathered:
        """Return what came of them; nothing can be added after."""


class Rows:
    """All of them, of which it is known how many they are."""

    def __init__(self, rows: int, signals: int, *, grouped: bool) -> None:
        self._at = 0
        self._times = np.empty(rows, np.int64)
        self._groups = np.empty(rows if grouped else 0, np.int64)
        self._values = [np.empty(rows, np.float64) for _ in range(signals)]

    def add(
        self,
        times: NDArray[np.int64],
        groups: NDArray[np.int64] | None,
        values: Sequence[NDArray[np.float64]],
    ) -> None:
        """Keep copies."""
        here = slice(self._at, self._at + len(times))
        self._at += len(times)
        self._times[here] = times
        if groups is not None:
            self._groups[here] = groups
        for column, more in zip(self._values, values, strict=True):
            column[here] = more

    def done(self) -> Gathered:
        """Return them in the order in which they came."""
        return Gathered(self._times, self._groups, self._values, None)


class Bins:
    """The mean, or the least, of the rows of each group in each bin."""

    def __init__(self, width: int, least: Sequence[bool], *, grouped: bool) -> None:
        self._step = width * SECOND
        self._least = least
        self._grouped = grouped
        self._keys = np.zeros(0, np.int64)
        self._sums = [np.zeros(0, np.float64) for _ in least]
        self._counts = [np.zeros(0, np.int32) for _ in least]
        self._pending: list[_Part] = []
        self._waiting = 0

    def add(
        self,
        times: NDArray[np.int64],
        groups: NDArray[np.int64] | None,
        values: Sequence[NDArray[np.float64]],
    ) -> None:
        """Take them into their bins; a NaN is not counted."""
        at_once = max(1, _PENDING // len(values))
        for start in range(0, len(times), at_once):
            here = slice(start, start + at_once)
            keys = times[here] // self._step
            if groups is not None:
                keys += (groups[here] << _BITS) + _MIDDLE
            sums, counts = [], []
            order, starts = _bins(keys)
            for one, least in zip(values, self._least, strict=True):
                some = one[here] if order is None else one[here][order]
                there = ~np.isnan(some)
                filled = np.where(there, some, np.inf if least else 0.0)
                sums.append(_added(filled, starts, least=least))
                counts.append(_added(there.astype(np.int32), starts))
            keys = keys[starts] if order is None else keys[order[starts]]
            self._pending.append((keys, sums, counts))
            self._waiting += len(keys) * len(values)
            if self._waiting > _PENDING:
                self._merge()

    def _merge(self) -> None:
        if not self._pending:
            return
        pending, self._pending, self._waiting = self._pending, [], 0
        all_keys = np.concatenate([one[0] for one in pending])
        order, starts = _bins(all_keys)
        keys = all_keys[starts] if order is None else all_keys[order[starts]]
        at = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), np.bool_)
        inside = at < len(self._keys)
        known[inside] = self._keys[at[inside]] == keys[inside]
        old, new = at[known], ~known
        where = at[new]

        def merged(
            column: NDArray[Any], more: list[NDArray[Any]], *, least: bool = False
        ) -> NDArray[Any]:
            fresh = np.concatenate(more)
            fresh = _added(
                fresh if order is None else fresh[order], starts, least=least
            )
            if least:
                column[old] = np.minimum(column[old], fresh[known])
            else:
                column[old] += fresh[known]
            return _with(column, where, fresh[new])

        # one column after the other: two copies of one at most
        self._keys = _with(self._keys, where, keys[new])
        for place, least in enumerate(self._least):
            self._sums[place] = merged(
                self._sums[place], [one[1][place] for one in pending], least=least
            )
            self._counts[place] = merged(
                self._counts[place], [one[2][place] for one in pending]
            )

    def done(self) -> Gathered:
        """Return the bins in the order of group and time."""
        self._merge()
        for column, counts, least in zip(
            self._sums, self._counts, self._least, strict=True
        ):
            if not least:
                np.divide(column, counts, out=column, where=counts > 0)
            column[counts == 0] = np.nan
        times, groups = self._keys, np.zeros(0, np.int64)
        if self._grouped:
            groups = times >> _BITS
            times &= (1 << _BITS) - 1
            times -= _MIDDLE
        times *= self._step
        return Gathered(times, groups, self._sums, self._counts)


_Part = tuple[NDArray[np.int64], list[NDArray[np.float64]], list[NDArray[np.int32]]]
"""Keys, and of each signal sums and counts, or the least and counts."""


def _bins(keys: NDArray[np.int64]) -> tuple[NDArray[np.intp] | None, NDArray[np.intp]]:
    """Return what puts *keys* in order, if they are not, and where each one begins."""
    order = None
    if (keys[1:] < keys[:-1]).any():
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
    first = np.ones(len(keys), np.bool_)
    first[1:] = keys[1:] != keys[:-1]
    return order, np.flatnonzero(first)


def _added(
    column: NDArray[Any], starts: NDArray[np.intp], *, least: bool = False
) -> NDArray[Any]:
    """Add up, or take the least of, what begins at each of *starts*."""
    found: NDArray[Any] = (np.minimum if least else np.add).reduceat(
        column, starts, dtype=column.dtype
    )
    return found


def _with(
    column: NDArray[Any], where: NDArray[np.intp], more: NDArray[Any]
) -> NDArray[Any]:
    if len(where) and where[0] == len(column):  # in order, as tables mostly are
        return np.concatenate([column, more])
    return np.insert(column, where, more)
