"""Which of two fits of a short recording explains it better.

The one with less left over, unless what it leaves was cut by the clock: one long
outage, day by day, must not pass for a shape of the day.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, HOUR


CLEAN: Final = 4.0
CLEAN_BELOW: Final = 2.5
"""Slow recoveries come back through here; they must not be taken for normal."""
BEGINS: Final = 12
BEGINNING: Final = 0.05
SUNK: Final = 0.5
"""A fit whose clean bins spread less than this share of another's sees what that one
sinks with."""
MOSTLY: Final = 0.9
_LASTING: Final = 3

Floats = NDArray[np.float64]
Fit = tuple[Floats, float]
"""Level per bin and standard deviation of the clean bins around it."""


def explains_more(
    better: Floats, new: Fit, old: Fit, worth: float, width: int, step: int
) -> bool:
    """Tell whether *new* leaves clearly less over than *old*, and cuts no more.

    Else one long outage, cut by the clock, might pass for a shape. A single piece is
    not cut, even where the old fit sank with it. Nor may *new* itself sink and leave
    above it what *old* found clean for a good while: hardly anything lifts a signal.
    """
    if _left_above(better, new, old):
        return False
    if _sank(better, new, old):
        return True
    widest = max(new[1], old[1])
    after, before = (
        _rest(together(better - fit[0], width), CLEAN * widest) for fit in (new, old)
    )
    if after >= worth * before:
        return False
    most = max(1, len(excursions(better, old)))
    # what only the narrower spread of the new fit makes low is no piece cut out
    pieces = excursions(better, (new[0], widest))
    return len(pieces) <= most or not _day_by_day(pieces, step)


def _left_above(better: Floats, new: Fit, old: Fit) -> bool:
    """Tell whether a lasting stretch is clean in *old*, and far above *new*."""
    clean = np.abs(better - old[0]) <= CLEAN * old[1]
    above = better - new[0] > CLEAN * max(new[1], old[1])
    size = max(BEGINS, int(BEGINNING * len(better)))
    held = np.cumsum(np.concatenate(([False], clean & above)), dtype=np.int64)
    return bool((held[size:] - held[:-size] >= 0.9 * size).any())


def _sank(better: Floats, new: Fit, old: Fit) -> bool:
    """Tell whether *old* follows what is one piece, and little else, below *new*.

    What stays outside that piece must be explained much better.
    """
    if new[1] >= SUNK * old[1]:
        return False
    low = np.flatnonzero(better - new[0] < -CLEAN_BELOW * new[1])
    pieces = np.split(low, np.flatnonzero(np.diff(low) > _LASTING) + 1)
    return max(len(piece) for piece in pieces) >= MOSTLY * max(len(low), 1)


def _day_by_day(found: NDArray[np.intp], step: int) -> bool:
    """Tell whether what was *found* comes a day after something else that was."""
    apart = (found[None, :] - found[:, None]) * step
    return bool((np.abs(apart - DAY) <= HOUR).any())


def excursions(values: Floats, fit: Fit) -> NDArray[np.intp]:
    """Return where *values* leave the fit downwards for a while."""
    level, sigma = fit
    low = values - level < -CLEAN_BELOW * sigma
    size = max(len(low) - _LASTING + 1, 0)
    lasting = np.logical_and.reduce([low[at : at + size] for at in range(_LASTING)])
    edges = np.diff(np.concatenate(([False], lasting)).astype(np.int8))
    return np.flatnonzero(edges > 0)


def _rest(values: Floats, reach: float) -> float:
    """Return the mean distance of *values* from 0, bounded by *reach*."""
    return float(np.nanmean(np.minimum(np.abs(values), reach)))


def together(values: Floats, width: int) -> Floats:
    """Return the mean of the *width* bins around each; NaN stays NaN."""
    if width < 2:
        return values
    known = np.isfinite(values)
    total = np.concatenate(([0.0], np.cumsum(np.where(known, values, 0.0))))
    count = np.concatenate(([0], np.cumsum(known)))
    at = np.arange(len(values))
    low = np.maximum(at - width // 2, 0)
    high = np.minimum(low + width, len(values))
    number = np.maximum(count[high] - count[low], 1)
    return np.where(known, (total[high] - total[low]) / number, np.nan)
