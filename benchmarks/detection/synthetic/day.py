"""Local time of day and week, and random shapes over it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray


FIRST_MONDAY = 4 * 86_400  # the epoch was a Thursday


def local_hours(times: NDArray[np.int64], timezone: str) -> NDArray[np.float64]:
    """Return hours since local Monday 00:00 of the first week, as the clock shows."""
    zone = ZoneInfo(timezone)
    days = np.unique(times // 3_600)
    offsets = np.array([_offset(int(hour) * 3_600, zone) for hour in days])
    local = times + offsets[np.searchsorted(days, times // 3_600)]
    monday = int(times[0]) - (int(times[0]) - FIRST_MONDAY) % 604_800
    return (local - monday) / 3_600


def profile(
    rng: np.random.Generator, hours: NDArray[np.float64], strength: float
) -> NDArray[np.float64]:
    """Return a day shape around 1: bumps of random place and width, weekend apart.

    The strength wanders by a fifth from week to week, as seasons do.
    """
    clock = np.arange(0, 24, 1 / 12)
    shapes = []
    peaks = rng.uniform(9, 23, 3)
    widths = rng.uniform(1.5, 5, 3)
    heights = rng.uniform(0.3, 1, 3)
    for late in (0.0, rng.uniform(0.5, 2)):
        apart = np.abs((clock[:, None] - peaks - late + 12) % 24 - 12)
        bumps = (heights * np.exp(-0.5 * (apart / widths) ** 2)).sum(axis=1)
        shapes.append(bumps / bumps.max())
        heights = heights * rng.uniform(0.6, 1.1, 3)
    weeks = (hours // 168).astype(np.int64)
    swing = strength * np.exp(np.cumsum(rng.normal(0, 0.03, weeks.max() + 1)))[weeks]
    weekend = (hours // 24).astype(np.int64) % 7 >= 5
    place = hours % 24
    weekday = np.interp(place, clock, shapes[0], period=24)
    other = 0.9 * np.interp(place, clock, shapes[1], period=24)
    day = np.where(weekend, other, weekday)
    return 1 + swing * (day - shapes[0].mean())


def _offset(second: int, zone: ZoneInfo) -> int:
    delta = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    return 0 if delta is None else int(delta.total_seconds())
