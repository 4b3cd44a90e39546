"""Where the level of a delay changes for good: re-routes, both ways, with magnitude.

The most likely path through a grid of levels and spreads, with Cauchy noise and a
price per change (Viterbi over states, as functional pruning does for bounded losses:
Fearnhead and Rigaill, JASA 114, 2019). A bounded influence makes spikes cheap; a
level that holds pays for the change. O(n) times the size of the grid in time; a few
words a reading in memory.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray


PRICE: Final = 16.0
"""Log likelihood a change must gain."""
LEVELS: Final = 256
"""Of each of two grids."""
SPREADS: Final = 4
SPREAD_RATIO: Final = 4.0
SMALLEST: Final = 0.007
"""Change of the logarithm below which nothing is told..."""
AREA: Final = 0.2
"""...and its product with the readings it held: a short change must be larger..."""
NOISES: Final = 150.0
"""...and larger still, in units of the noise from reading to reading, where that is
more than a thousandth."""
_SMOOTH = 5
_PIECE = 65_536
_STEPS = 16
"""Readings held against all states at once: the table must stay small."""
_COARSER = 1.3
_LEAST_NOISE = 1e-4
_MAD = 1.4826

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """The level is another one from *time* on."""

    time: int
    """Microseconds UTC of the first reading at the new level."""
    before: float
    after: float
    """Medians of the segments on both sides, in the unit of the series."""

    @property
    def magnitude(self) -> float:
        """Return the change in the unit of the series; positive is a rise."""
        return self.after - self.before


def changepoints(times: NDArray[np.int64], values: Floats) -> tuple[ChangePoint, ...]:
    """Find the changes of a delay (any unit); NaN and values of 0 or less are lost.

    *times* are microseconds UTC, increasing. A change is between segments whose
    medians differ by at least 0.7 %, more where one of them is short.
    """
    kept = np.isfinite(values)
    kept[kept] = values[kept] > 0
    times, values = times[kept], values[kept]
    if len(values) < 2 * _SMOOTH:
        return ()
    logs = np.log(values)
    noise = _noise(logs)
    edges = _merged(logs, _path(logs, noise), noise)
    inner = edges[1:-1]
    medians = [float(np.median(values[a:b])) for a, b in pairwise(edges)]
    return tuple(
        ChangePoint(int(times[at]), before, after)
        for at, before, after in zip(inner, medians[:-1], medians[1:], strict=True)
    )


def _noise(logs: Floats) -> float:
    """Return the standard deviation from reading to reading; changes leave it alone."""
    return max(_MAD * float(np.median(np.abs(np.diff(logs)))) / 2**0.5, _LEAST_NOISE)


def _path(logs: Floats, noise: float) -> list[int]:
    """Return where the most likely path changes its state.

    The way back needs no table of all states: a state is entered from the cheapest
    only, so one number a reading tells it, when that one was entered.
    """
    size = len(logs)
    grid = _levels(logs, noise)
    # a state is a level and a spread; flat rows are twice as quick as a table of both
    levels = np.repeat(grid, SPREADS)
    spreads = np.tile(noise * SPREAD_RATIO ** np.arange(SPREADS), len(grid))
    precision = 1.0 / spreads**2
    width = np.log(spreads)
    cost = np.zeros(len(levels))
    dear = np.empty(len(levels), dtype=np.bool_)
    entered = np.zeros(len(levels), dtype=np.int32)
    before = np.empty(size, dtype=np.int32)
    for first in range(0, size, _STEPS):
        misfits = logs[first : first + _STEPS, None] - levels
        misfits *= misfits
        misfits *= precision
        np.log1p(misfits, out=misfits)
        for t, misfit in enumerate(misfits, first):
            best = cost.argmin()
            before[t] = entered[best]
            cost -= cost[best]
            np.greater(cost, PRICE, out=dear)
            np.putmask(entered, dear, t)
            np.minimum(cost, PRICE, out=cost)
            cost += width
            cost += misfit
    found = []
    at = int(entered[cost.argmin()])
    while at > 0:
        found.append(at)
        at = int(before[at])
    return found[::-1]


def _levels(logs: Floats, noise: float) -> Floats:
    """Return the levels the series visits, however short, denser where it dwells."""
    smooth = _smoothed(np.pad(logs, _SMOOTH // 2, mode="edge"))
    dwelt = np.quantile(smooth, np.linspace(0.0, 1.0, LEVELS))
    gap = noise / 2
    while len(visited := np.unique(np.round(smooth / gap))) > LEVELS:
        gap *= _COARSER
    levels: Floats = np.unique(np.concatenate((dwelt, visited * gap)))
    return levels


def _smoothed(padded: Floats) -> Floats:
    """Return the running median of five, a piece at a time: windows are copied."""
    windows = sliding_window_view(padded, _SMOOTH)
    return np.concatenate(
        [
            np.median(windows[at : at + _PIECE], axis=1)
            for at in range(0, len(windows), _PIECE)
        ]
    )


def _merged(logs: Floats, inner: list[int], noise: float) -> list[int]:
    """Drop changes, smallest first, until every one left is worth telling."""
    area = max(AREA, NOISES * noise)
    edges = [0, *inner, len(logs)]
    medians = [float(np.median(logs[a:b])) for a, b in pairwise(edges)]
    while len(medians) > 1:
        held = np.diff(edges)
        needed = np.maximum(SMALLEST, area / np.minimum(held[1:], held[:-1]))
        worth = np.abs(np.diff(medians)) / needed
        at = int(worth.argmin())
        if worth[at] >= 1.0:
            break
        del edges[at + 1]
        medians[at : at + 2] = [float(np.median(logs[edges[at] : edges[at + 1]]))]
    return edges
