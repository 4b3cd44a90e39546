"""Quiet week-ends in recordings too short to know the week.

In less than two weeks no Saturday can be laid beside enough others. Where nothing but
counts of what people do fell, by less than half, over whole local days that are a usual
week-end, and no other such day of the recording shows more, that is taken for usual: no
disruption, but told (``QuietDays``), since a loss that kept to these days looks alike.
What falls further within them is judged against what they leave.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, HOUR, SECOND
from rabta.detect.dayshape import Clock, local_times
from rabta.detect.settings import DAY_OFF
from rabta.detect.signal import Regular, SignalKind
from rabta.detect.slots import offset


LONGEST: Final = 14 * DAY
"""From here on every day of the week is there twice, and the week itself tells."""
COARSEST: Final = 2 * HOUR
"""Longer bins do not show where a day begins."""
WEEK_ENDS: Final = ((4, 5, 6), (4, 5), (5, 6), (4,), (5,), (6,))
"""Weekdays, Monday is 0. Nearly every country rests on one of these."""
EDGE: Final = 4 * HOUR
"""Half of the fall must come and go within half of this of midnight. People who rest
the next day stay up later, or rise later, by an hour or two; what begins in the evening
or in the morning is something else."""
CHANCE: Final = 4.0
"""Standard deviations of a day's mean; its middle hour wanders a quarter further."""
KNOWN: Final = 0.5
"""Share of a day that tells how busy it was."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QuietDays:
    """A week-end on which one signal counted less; consistent with people resting."""

    signal: str
    days: tuple[date, ...]
    """Local; in order, none between them left out."""
    depth: float
    """Share of what the other days count, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Resting:
    """What is usual on the week-ends of one series."""

    usual: Floats
    """(n,) share of what other days count at this hour; 1 on those."""
    told: tuple[QuietDays, ...]


@dataclass(frozen=True, slots=True)
class _Days:
    """A series by local day and hour."""

    dates: tuple[date, ...]
    counts: Floats
    """(days, hours) mean readings; NaN where there are none."""
    of_bin: NDArray[np.int64]
    """(n,) position of its day."""


def resting(series: Regular, least: float, noise: float) -> Resting | None:
    """Return the quiet week-ends of *series*; None where it has none.

    *least* is the smallest fall worth telling and *noise* the standard deviation of a
    reading, both as shares: less than chance makes of a day is none.
    """
    if not too_short(series):
        return None
    days = _by_day(series)
    least = max(least, CHANCE * noise * np.sqrt(series.step / DAY))
    for off in WEEK_ENDS:
        share = _shares(days, off, least)
        if share is not None:
            told = (
                QuietDays(
                    series.name,
                    tuple(days.dates[n] for n in run),
                    1.0 - float(np.mean(share[run])),
                )
                for run in _runs(days.dates, off)
            )
            return Resting(share[days.of_bin], tuple(told))
    return None


def too_short(series: Regular) -> bool:
    """Tell whether this is of what people do, and too short to know the week."""
    short = len(series.values) * series.step < LONGEST and series.step <= COARSEST
    counts = series.kind is SignalKind.COUNT and not series.higher_is_worse
    return counts and short


def _shares(days: _Days, off: tuple[int, ...], least: float) -> Floats | None:
    """Return what share of the others every day usually counts; None: as they do."""
    usual = _usual(days, off)
    if usual is None:
        return None
    share = _levels(days, off, usual)
    if share is None:
        return None
    fell = 1.0 - share[share != 1.0]
    if not len(fell) or fell.min() < least or fell.max() >= DAY_OFF:
        return None
    runs = _runs(days.dates, off)
    if all(_from_midnight(days, usual, share, run) for run in runs):
        return share
    return None


def _usual(days: _Days, off: tuple[int, ...]) -> Floats | None:
    """Return what the days that are not *off* count at every hour."""
    others = days.counts[[one.weekday() not in off for one in days.dates]]
    if np.isfinite(others).sum() < others.shape[1]:
        return None
    there = np.isfinite(others).any(axis=0)
    usual = np.full(others.shape[1], np.nan)
    usual[there] = np.nanmedian(others[:, there], axis=0)
    usual[usual <= 0.0] = np.nan
    return usual


def _levels(days: _Days, off: tuple[int, ...], usual: Floats) -> Floats | None:
    """Return for every day what share of *usual* its weekday counts; 1 if not *off*.

    The best day of a weekday shows what is usual on it. The middle hour of a day has
    the say, so that some that were lost do not make it a quiet one.
    """
    ratio = days.counts / usual
    best: dict[int, float] = {}
    for one, of_day in zip(days.dates, ratio, strict=True):
        known = of_day[np.isfinite(of_day)]
        if one.weekday() in off and len(known) >= KNOWN * len(usual):
            level = float(np.median(known))
            best[one.weekday()] = max(level, best.get(one.weekday(), level))
    if not best:
        return None
    middle = float(np.median(list(best.values())))
    return np.array(
        [
            best.get(one.weekday(), middle) if one.weekday() in off else 1.0
            for one in days.dates
        ]
    )


def _from_midnight(days: _Days, usual: Floats, share: Floats, run: list[int]) -> bool:
    """Tell whether a week-end is low from midnight to midnight, and no further.

    The edges of the recording, and gaps, hide where it began or ended.
    """
    ratios = (days.counts / usual).ravel()
    weights = np.where(np.isfinite(ratios), np.tile(usual, len(days.dates)), 0.0)
    counted = np.where(np.isfinite(ratios), days.counts.ravel(), 0.0)
    edge = int(EDGE * len(usual) // DAY)

    def mean(first: int, last: int, unknown: float) -> float:
        part = slice(max(first, 0), last)
        expected = float(weights[part].sum())
        return float(counted[part].sum()) / expected if expected else unknown

    begin, end = run[0] * len(usual), (run[-1] + 1) * len(usual)
    first, last = (1.0 + share[run[0]]) / 2.0, (1.0 + share[run[-1]]) / 2.0
    return bool(
        mean(begin - edge, begin, 1.0) >= first >= mean(begin, begin + edge, 0.0)
        and mean(end, end + edge, 1.0) >= last >= mean(end - edge, end, 0.0)
    )


def _by_day(series: Regular) -> _Days:
    clock = Clock.hours(local_times(series), series.step)
    past_midnight = np.diff(clock.slots, prepend=clock.slots[:1]) < 0
    day = np.cumsum(past_midnight, dtype=np.int64)
    number = int(day[-1]) + 1
    middle = series.start + series.step // 2
    local = middle + offset(series.start, series.timezone)
    first = datetime.fromtimestamp(local // SECOND, UTC).date()
    known = np.isfinite(series.values)
    cells = (day * clock.a_day + clock.slots)[known]
    size = number * clock.a_day
    readings = np.bincount(cells, minlength=size)
    total = np.bincount(cells, weights=series.values[known], minlength=size)
    means = np.where(readings > 0, total / np.maximum(readings, 1), np.nan)
    return _Days(
        tuple(first + timedelta(days=n) for n in range(number)),
        means.reshape(number, clock.a_day),
        day,
    )


def _runs(dates: Sequence[date], off: tuple[int, ...]) -> Iterator[list[int]]:
    """Yield the positions of the days *off*, those of one week-end together."""
    for quiet, group in groupby(range(len(dates)), lambda n: dates[n].weekday() in off):
        if quiet:
            yield list(group)
