"""Whether a disruption is worse in the busy hours: then capacity is what is missing."""

from datetime import UTC, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, HOUR, SECOND


_LEAST = DAY
"""A disruption must have lasted so long to show both kinds of hours."""
_BEFORE = 14 * DAY
_BUSY = range(18, 24)
_FEWEST = 6
_FLOOR = 0.02
"""A smaller share lost is noise, and no denominator."""


def peak_ratio(
    times: NDArray[np.int64],
    values: NDArray[np.float64],
    onset: int,
    until: int,
    zone: tzinfo,
    *,
    rising_hurts: bool,
) -> float | None:
    """Return what is lost at 18-24 h local over what is lost in the other hours.

    *times* are microseconds UTC, [onset, until) is the disruption. What is usual is
    the median of each local hour in the two weeks before; what is lost is the share of
    it that is missing (or added, where *rising_hurts*). None for less than a day, or
    where too little was measured, or nothing is lost at all.
    """
    if until - onset < _LEAST:
        return None
    known = np.isfinite(values)
    before = known & (times >= onset - _BEFORE) & (times < onset)
    inside = known & (times >= onset) & (times < until)
    then, now = _hours(times[before], zone), _hours(times[inside], zone)
    usual = np.full(24, np.nan)
    for hour in np.unique(then):
        usual[hour] = np.median(values[before][then == hour])
    base = usual[now]
    fits = np.isfinite(base) & (base > 0)
    lost = (base - values[inside])[fits] / base[fits]
    if rising_hurts:
        lost = -lost
    busy = np.isin(now[fits], _BUSY)
    if min(busy.sum(), (~busy).sum()) < _FEWEST:
        return None
    high, low = max(0.0, float(lost[busy].mean())), float(lost[~busy].mean())
    if max(high, low) < _FLOOR:
        return None
    return high / max(low, _FLOOR)


def _hours(times: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """Return local hours; the offset is that of each UTC hour, which zones keep to."""
    hours, place = np.unique(times // HOUR, return_inverse=True)
    local = [
        datetime.fromtimestamp(int(one) * HOUR / SECOND, UTC).astimezone(zone).hour
        for one in hours
    ]
    return np.array(local, dtype=np.int64)[place]
