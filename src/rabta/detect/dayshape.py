"""The shape of the local day, which bins of a recording share."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, HOUR
from rabta.detect.settings import MOST_OFF
from rabta.detect.signal import Regular
from rabta.detect.slots import WEEK, pieces


NEAR: Final = 0.15
"""Differences up to this share are how a signal goes."""
_BUSY: Final = 0.75
"""Weekdays are compared by this quantile: some hours lost do not make a day off."""
_BEST: Final = 0.88
"""What a slot can be: on three days of 28 a crowd may have been there."""
_APART: Final = 2.0
"""Times what the same weekday usually differs by from week to week."""

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Clock:
    """Which bins of the recording are alike."""

    slots: NDArray[np.int64]
    """(n,) from 0 on."""
    a_day: int
    """Slots of one day; a second kind of day has as many of its own."""
    fine: bool
    """Every bin of the day stands for itself: edges stay sharp."""

    @classmethod
    def hours(cls, local: Times, step: int) -> Self:
        """Return the local hour (or wider slot) of the day of every bin."""
        width = max(HOUR, step)
        return cls(local % DAY // width, -(-DAY // width), fine=False)

    @classmethod
    def bins(cls, local: Times, step: int) -> Self:
        """Return the bin of the local day of every bin."""
        number = max(1, round(DAY / step))
        return cls(local % DAY * number // DAY, number, fine=True)

    def apart(self, local: Times, off: tuple[int, ...]) -> Self:
        """Return slots that keep the weekdays *off* for themselves."""
        rest = np.isin(local // DAY, off)
        return replace(self, slots=self.slots + self.a_day * rest)

    @property
    def number(self) -> int:
        """Return how many slots there are, of all kinds of day."""
        return self.a_day * (int(self.slots.max()) // self.a_day + 1)

    @cached_property
    def alike(self) -> Places:
        """Return the bins of every slot and, unless fine, of those beside it."""
        table = _table(self.slots, self.number)
        if self.fine:
            return table
        days = table.reshape(-1, self.a_day, table.shape[1])
        near = np.concatenate([np.roll(days, by, 1) for by in (1, 0, -1)], axis=2)
        return near.reshape(len(table), -1)


def local_times(series: Regular) -> Times:
    """Return the local time of every bin's middle, microseconds since a Thursday."""
    local = np.empty(len(series.values), dtype=np.int64)
    for piece in pieces(series.start, series.step, len(local), HOUR, series.timezone):
        first = piece.slot * HOUR + piece.past
        times = first + series.step * np.arange(piece.last - piece.first)
        local[piece.first : piece.last] = times % WEEK
    return local


def off_days(better: Floats, local: Times, step: int) -> tuple[int, ...]:
    """Return the weekdays that are lower than the others as a whole, week by week."""
    weekdays = local // DAY
    days = np.cumsum(np.diff(weekdays, prepend=weekdays[0]) != 0)
    ordered, size = _ordered(better, _table(days, int(days[-1]) + 1))
    busy = _quantiles(ordered, size, _BUSY)
    known = size * step >= DAY / 2
    of_day = weekdays[np.searchsorted(days, np.arange(len(size)))]
    best, apart = {}, []
    for weekday in range(7):
        here = busy[known & (of_day == weekday)]
        if len(here) < 2:
            return ()
        best[weekday] = float(here.max())
        apart += [best[weekday] - float(here.min())]
    usual = float(np.median(list(best.values())))
    # where weeks are alike a day off is told by less
    least = min(NEAR * abs(usual), _APART * float(np.median(apart)))
    low = [day for day, level in best.items() if usual - level > least]
    return tuple(low) if len(low) <= MOST_OFF else ()


def first_shape(values: Floats, clock: Clock) -> Floats:
    """Return a shape of the day that outages on most of the days do not spoil.

    Half-way up the readings of each slot, but where that is far below what the slot
    can be, up there: a small nightly dip is how the day goes, a deep one is not.
    """
    best, middle = by_slot(values, clock, _BEST, 0.5)
    return centred(np.where(best - middle <= NEAR * np.abs(best), middle, best), clock)


def by_slot(values: Floats, clock: Clock, *shares: float) -> list[Floats]:
    """Return quantiles of each slot of the day, with its neighbours unless fine."""
    ordered, size = _ordered(values, clock.alike)
    number = len(size)
    there = np.flatnonzero(size)
    told = []
    for share in shares:
        found = _quantiles(ordered, size, share)
        told.append(np.interp(np.arange(number), there, found[there], period=number))
    return told


def _table(groups: NDArray[np.int64], number: int) -> Places:
    """Return the positions of every group's members, row by row.

    Where a row is longer than its group it holds the number of all positions.
    """
    small = groups.astype(np.uint16) if number < 1 << 16 else groups
    order = np.argsort(small, kind="stable")  # sixteen bits are sorted by counting
    sizes = np.bincount(groups, minlength=number)
    table = np.full((number, int(sizes.max())), len(groups))
    table[np.arange(table.shape[1]) < sizes[:, None]] = order
    return table


def _ordered(values: Floats, table: Places) -> tuple[Floats, NDArray[np.intp]]:
    """Return each row's known values in order, NaN behind them, and their number."""
    ordered = np.append(np.where(np.isfinite(values), values, np.nan), np.nan)[table]
    ordered.sort(axis=1)
    return ordered, table.shape[1] - np.count_nonzero(np.isnan(ordered), axis=1)


def _quantiles(ordered: Floats, size: NDArray[np.intp], share: float) -> Floats:
    """Return a quantile of each row, as ``numpy.quantile`` does; NaN of an empty one.

    *ordered* are rows of values in order, of which the first *size* are known.
    """
    last = np.maximum(size - 1, 0)
    at = share * last
    low = at.astype(np.intp)
    rows = np.arange(len(size))
    below = ordered[rows, low]
    above = ordered[rows, np.minimum(low + 1, last)]
    part = at - low
    return np.where(
        part < 0.5,
        below + (above - below) * part,
        above - (above - below) * (1.0 - part),
    )


def centred(found: Floats, clock: Clock) -> Floats:
    """Return *found*, smoothed unless fine and with mean 0, for every bin."""
    days = found.reshape(-1, clock.a_day)
    if not clock.fine:
        days = (np.roll(days, 1, 1) + 2 * days + np.roll(days, -1, 1)) / 4
    shape = days.ravel()[clock.slots]
    centred: Floats = shape - shape.mean()
    return centred
