"""Whether a fall in traffic is but another kind of day: a holiday, a long weekend.

A second baseline beside that of the weekly slot: the days among the last 28 that were
most like this one (Cloudflare Radar forecasts from the six closest of 28). A fall is
one against both. Asked only when a disruption rests on counts of what people do, since
a holiday moves neither routes nor answers to pings.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY
from rabta.detect.signal import Regular
from rabta.detect.slots import offset


BEFORE: Final = 28
"""Days looked back on..."""
CLOSEST: Final = 6
"""...those that count..."""
FEWEST: Final = 3
"""...and how few of them will do."""
COVERED: Final = 0.5
"""Share of a day's bins that must be known in both to compare two days."""
WITHIN: Final = 1.5
"""Times the usual noise within which the day is like its fellows."""

Floats = NDArray[np.float64]


def is_another_day(
    series: Regular,
    usual: NDArray[np.bool_],
    first: int,
    end: int,
    *,
    sigma: float,
    effect: float,
) -> bool:
    """Tell whether the local days around bins *first* to *end* are like earlier ones.

    *usual* tells the bins that no disruption touched: days are compared and forecast
    by these. *sigma* is the noise of a bin and *effect* the smallest effect, both as
    shares. What cannot be compared is no holiday.
    """
    per_day = int(DAY // series.step)
    if per_day * series.step != DAY or end - first > 3 * per_day:
        return False
    past = np.where(usual, series.values, np.nan)
    begin = first - _since_midnight(series, first) // series.step
    for midnight in range(begin, end, per_day):
        day = slice(max(midnight, 0), min(midnight + per_day, len(series.values)))
        inside = slice(max(first, day.start), min(end, day.stop))
        forecast = _forecast(series, past, day)
        if forecast is None:
            return False
        rest = series.values[day] / forecast - 1.0
        off = rest[inside.start - day.start : inside.stop - day.start]
        if not np.isfinite(off).any() or not np.isfinite(rest).any():
            return False
        if abs(float(np.nanmean(off))) > effect / 2.0:
            return False
        if float(np.nanmedian(np.abs(rest))) > WITHIN * sigma:
            return False
    return True


def _forecast(series: Regular, past: Floats, day: slice) -> Floats | None:
    """Return the median of the days that were most like *day*; None with too few."""
    today = series.values[day]
    ago = [_bins_ago(series, day.start, days) for days in range(1, BEFORE + 1)]
    others = [past[day.start - n : day.stop - n] for n in ago if n <= day.start]
    apart = []
    for other in others:
        both = np.isfinite(today) & np.isfinite(other)
        enough = np.count_nonzero(both) >= COVERED * len(today)
        apart.append(
            float(np.mean((today[both] - other[both]) ** 2)) if enough else np.inf
        )
    order = [i for i in np.argsort(apart)[:CLOSEST] if np.isfinite(apart[i])]
    if len(order) < FEWEST:
        return None
    closest = np.array([others[i] for i in order])
    known = np.isfinite(closest).sum(axis=0) >= FEWEST
    forecast = np.full(len(today), np.nan)
    forecast[known] = np.nanmedian(closest[:, known], axis=0)
    forecast[forecast <= 0.0] = np.nan
    return forecast


def _bins_ago(series: Regular, bin_: int, days: int) -> int:
    """Return how many bins ago it was the same local time, *days* days earlier."""
    now = series.start + bin_ * series.step
    before = now - days * DAY
    moved = offset(now, series.timezone) - offset(before, series.timezone)
    return (days * DAY - moved) // series.step


def _since_midnight(series: Regular, bin_: int) -> int:
    when = series.start + bin_ * series.step
    return (when + offset(when, series.timezone)) % DAY
