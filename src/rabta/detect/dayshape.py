"""The shape of the local day, which bins of a recording share."""

from dataclasses import dataclass, replace
from itertools import pairwise
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


@dataclass(frozen=True, slots=True)
class Clock:
    """Which bins of the recording are alike."""

    slots: NDArray[np.int64]
    """(n,) from 0 on."""
    a_day: int
    """Slots of one day; a second kind of day has as many of its own."""
    fine: bool
    """Every bin of the day stands for itself: edges stay sharp."""

    @classmethod
    def hours(cls, series: Regular) -> Self:
        """Return the local hour (or wider slot) of the day of every bin."""
        width = max(HOUR, series.step)
        return cls(_local(series) % DAY // width, -(-DAY // width), fine=False)

    @classmethod
    def bins(cls, series: Regular) -> Self:
        """Return the bin of the local day of every bin."""
        number = max(1, round(DAY / series.step))
        return cls(_local(series) % DAY * number // DAY, number, fine=True)

    def apart(self, series: Regular, off: tuple[int, ...]) -> Self:
        """Return slots that keep the weekdays *off* for themselves."""
        rest = np.isin(_local(series) // DAY, off)
        return replace(self, slots=self.slots + self.a_day * rest)


def off_days(better: Floats, series: Regular) -> tuple[int, ...]:
    """Return the weekdays that are lower than the others as a whole, week by week."""
    local = _local(series)
    days = (np.cumsum(np.diff(local // DAY, prepend=local[0] // DAY) != 0)).astype(int)
    best, apart = {}, []
    for weekday in range(7):
        here = local // DAY == weekday
        busy = [
            float(np.nanquantile(better[here & (days == day)], _BUSY))
            for day in np.unique(days[here])
            if np.isfinite(better[here & (days == day)]).sum() * series.step >= DAY / 2
        ]
        if len(busy) < 2:
            return ()
        best[weekday] = max(busy)
        apart += [best[weekday] - min(busy)]
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
    best, middle = by_slot(values, clock, _BEST), by_slot(values, clock, 0.5)
    return centred(np.where(best - middle <= NEAR * np.abs(best), middle, best), clock)


def by_slot(values: Floats, clock: Clock, share: float) -> Floats:
    """Return a quantile of each slot of the day, with its neighbours unless fine."""
    number = clock.a_day * (int(clock.slots.max()) // clock.a_day + 1)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.lexsort((values[known], clock.slots[known]))]
    cuts = np.searchsorted(clock.slots[order], np.arange(number + 1))
    ordered = values[order]
    if clock.fine:
        found = _quantiles(ordered, cuts, share)
    else:
        found = np.full(number, np.nan)
        groups = [ordered[a:b] for a, b in pairwise(cuts)]
        for s in range(number):
            first = s - s % clock.a_day
            sides = (groups[(s + d - first) % clock.a_day + first] for d in (-1, 0, 1))
            near = np.concatenate([*sides])
            if len(near):
                found[s] = np.quantile(near, share)
    there = np.flatnonzero(np.isfinite(found))
    filled: Floats = np.interp(np.arange(number), there, found[there], period=number)
    return filled


def _quantiles(ordered: Floats, cuts: NDArray[np.intp], share: float) -> Floats:
    """Return a quantile of each group, as ``numpy.quantile`` does one by one.

    *ordered* are the values, group after group, each in order; *cuts* their edges.
    """
    size = np.diff(cuts)
    found = np.full(len(size), np.nan)
    there = size > 0
    at = share * (size[there] - 1)
    low = at.astype(np.intp)
    first = cuts[:-1][there]
    below = ordered[first + low]
    above = ordered[first + np.minimum(low + 1, size[there] - 1)]
    part = at - low
    found[there] = np.where(
        part < 0.5,
        below + (above - below) * part,
        above - (above - below) * (1.0 - part),
    )
    return found


def centred(found: Floats, clock: Clock) -> Floats:
    """Return *found*, smoothed unless fine and with mean 0, for every bin."""
    days = found.reshape(-1, clock.a_day)
    if not clock.fine:
        days = (np.roll(days, 1, 1) + 2 * days + np.roll(days, -1, 1)) / 4
    shape = days.ravel()[clock.slots]
    centred: Floats = shape - shape.mean()
    return centred


def _local(series: Regular) -> NDArray[np.int64]:
    """Return the local time of every bin's middle, microseconds since a Thursday."""
    local = np.empty(len(series.values), dtype=np.int64)
    for piece in pieces(series.start, series.step, len(local), HOUR, series.timezone):
        first = piece.slot * HOUR + piece.past
        times = first + series.step * np.arange(piece.last - piece.first)
        local[piece.first : piece.last] = times % WEEK
    return local
