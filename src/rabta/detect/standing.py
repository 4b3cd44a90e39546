"""Windows of the local day in which a signal stands still all through a recording.

A curfew that is there in every night of a recording looks like how the days go, and
from most signals nobody can tell the two apart: an office, a shop and a modem on a
timer leave the same edges on the clock as an order does. Routes and address blocks
have no nights, so their windows are hidden from what a baseline learns and are told
as a disruption that recurs (``hidden``); of all else it is said that there is such a
window, and that the recording cannot tell what it is (``standing``). Nights that come
and go as people do have ramps and leave something; they are not mentioned.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.detect.dayshape import Clock, by_slot, local_times
from rabta.detect.run import trait_of
from rabta.detect.settings import HALF_GONE, NOTHING_LEFT
from rabta.detect.signal import Regular, SignalKind
from rabta.detect.slots import offset
from rabta.detect.transform import transformed


FEWEST: Final = 3
"""Days without which nothing is said of every day."""
EVERY: Final = 0.8
"""Share of the days on which it must be so."""
SHORTEST: Final = 30 * MINUTE
LONGEST: Final = 20 * HOUR
COARSEST: Final = HOUR

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Standing:
    """One window of one signal; local civil time."""

    signal: str
    start: time
    end: time
    """Earlier than *start* where it lasts beyond midnight."""
    first: date
    last: date
    """Days of the first and the last reading."""


def hidden(series: Regular, better: Floats) -> Mask:
    """Return the bins of address blocks that are gone at this hour of every day.

    *better* is the signal as the kernel sees it, turned so that less is worse. Half or
    more must be gone on four days in five; days on which it is there are not hidden.
    """
    if series.kind is not SignalKind.PREFIXES or not _often(series, better):
        return np.zeros(len(better), dtype=np.bool_)
    clock = Clock.bins(local_times(series), series.step)
    usual, middle = by_slot(better, clock, EVERY, 0.5)
    level = _level(middle)
    left = 1.0 + HALF_GONE
    gone: Mask = (usual < left * level)[clock.slots] & (better < left * level)
    return gone


def standing(series: Regular) -> tuple[Standing, ...]:
    """Return the windows in which next to nothing is left, every day, edge to edge."""
    trait = trait_of(series)
    if series.kind is SignalKind.PREFIXES or trait.additive:
        return ()
    better = trait.sign * transformed(series.values, trait)
    if series.step > COARSEST or not _often(series, better):
        return ()
    clock = Clock.bins(local_times(series), series.step)
    if not _may_stand(better, clock):
        return ()
    usual, middle = by_slot(better, clock, EVERY, 0.5)
    level = _level(middle)
    if not level > 0.0:
        return ()
    low = usual < (1.0 + NOTHING_LEFT) * level
    high = middle >= (1.0 + HALF_GONE) * level
    width = DAY // clock.a_day
    told = []
    for begin, size in _runs(low):
        beyond = (begin - 1) % len(low), (begin + size) % len(low)
        if SHORTEST <= size * width <= LONGEST and all(high[at] for at in beyond):
            start, end = begin * width, (begin + size) % len(low) * width
            first, last = (_day(series, at) for at in _ends(better))
            told.append(Standing(series.name, _clock(start), _clock(end), first, last))
    return tuple(told)


def _often(series: Regular, better: Floats) -> bool:
    return int(np.isfinite(better).sum()) * series.step >= FEWEST * DAY


def _may_stand(better: Floats, clock: Clock) -> bool:
    """Tell, at little cost, whether there can be a slot of which nothing is left.

    Most of its readings would have to be next to nothing even beside the highest.
    """
    low = better < (1.0 + NOTHING_LEFT) * np.nanmax(better)
    if not low.any():
        return False
    number = clock.number
    known = np.bincount(clock.slots[np.isfinite(better)], minlength=number)
    lowered = np.bincount(clock.slots[low], minlength=number)
    # as few as are below a quantile between two readings
    return bool((lowered > EVERY * (known - 1) - 1.0)[known > 0].any())


def _level(middle: Floats) -> float:
    """Return the level of the day from what half of the days reach in each slot."""
    return float(np.median(middle[middle >= np.median(middle)]))


def _runs(low: Mask) -> Iterator[tuple[int, int]]:
    """Yield (first, size) of every run in a circle that is not all of one kind."""
    if low.all() or not low.any():
        return
    begins = np.flatnonzero(low & ~np.roll(low, 1))
    ends = np.flatnonzero(low & ~np.roll(low, -1))
    for begin in begins.tolist():
        later = ends[ends >= begin]
        end = int(later[0]) if len(later) else int(ends[0]) + len(low)
        yield begin, end - begin + 1


def _ends(better: Floats) -> tuple[int, int]:
    known = np.flatnonzero(np.isfinite(better))
    return int(known[0]), int(known[-1])


def _day(series: Regular, at: int) -> date:
    when = series.start + at * series.step
    local = when + offset(when, series.timezone)
    return datetime.fromtimestamp(local // SECOND, UTC).date()


def _clock(of_day: int) -> time:
    minutes = round(of_day / MINUTE) % (24 * 60)
    return time(minutes // 60, minutes % 60)
