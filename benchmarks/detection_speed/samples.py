"""Seeded series that look like the real thing, as regular grids."""

from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from rabta.detect.signal import Regular, SignalKind


STEP = 300_000_000
DAY = 288
YEAR = 365 * DAY
MONDAY = 1_704_067_200_000_000
ZONE = ZoneInfo("Europe/Kyiv")
OUTAGES = 22
NATURES = (
    (SignalKind.PREFIXES, 0.0, 0.0015),
    (SignalKind.PREFIXES, 0.03, 0.012),
    (SignalKind.COUNT, 0.35, 0.12),
    (SignalKind.COUNT, 0.45, 0.04),
    (SignalKind.RTT, 0.05, 0.05),
)
"""Kind, daily swing, noise; both as shares of the level."""


def year(number: int, size: int = YEAR) -> Regular:
    """Return a year of bins of five minutes, 22 outages of 15 minutes to a day."""
    rng = np.random.default_rng(number)
    kind, daily, noise = NATURES[number % len(NATURES)]
    turn = 2 * np.pi * np.arange(size) / DAY
    shape = 1 + daily * np.sin(turn) + 0.2 * daily * np.sin(turn / 7)
    values = 1000 * shape * np.abs(1 + noise * rng.standard_normal(size))
    for first in rng.integers(0, size, OUTAGES * size // YEAR):
        last = first + int(np.exp(rng.uniform(np.log(3), np.log(DAY))))
        values[first:last] *= 2 if kind is SignalKind.RTT else rng.uniform(0, 0.8)
    for first in rng.integers(0, size, size // 5000):
        values[first : first + int(rng.integers(1, 48))] = np.nan
    return regular_of(values, kind)


def regular_of(values: NDArray[np.float64], kind: SignalKind) -> Regular:
    worse = kind.higher_is_worse
    return Regular("x", kind, worse, ZONE, MONDAY, STEP, values)


def year_of_few(mean: float, size: int = YEAR) -> Regular:
    """Return a year of bins of five minutes that count *mean* on average.

    More by day and less on week-ends, 22 outages of 15 minutes to a day.
    """
    rng = np.random.default_rng(round(mean))
    bins = np.arange(size)
    expected = mean * (1 + 0.5 * np.sin(2 * np.pi * bins / DAY))
    expected[bins // DAY % 7 >= 5] *= 0.7
    values = rng.poisson(expected).astype(float)
    for first in rng.integers(0, size, OUTAGES * size // YEAR):
        values[first : first + int(np.exp(rng.uniform(np.log(3), np.log(DAY))))] = 0
    return regular_of(values, SignalKind.COUNT)
