"""Like Cloudflare Radar's traffic anomalies: the six most similar days of the last 28.

The last 24 hours are compared with every earlier 24 hours that ended at the same time
of day; the forecast is the median of what followed the six closest (Euclid). Thresholds
are not published: how far below, and for how long, is tuned.
"""

from functools import lru_cache

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.rivals.verdict import Verdict, filled, from_bins
from benchmarks.detection.synthetic.recording import Recording
from numpy.typing import NDArray


DAYS, CLOSEST = 28, 6


def analogue(recording: Recording, *, drop: float, persistence: int) -> Verdict:
    """Alarm when ``drop`` below the forecast for ``persistence`` bins in a row."""
    loss = _loss(recording)
    return from_bins(recording, loss > drop, loss, persistence)


@lru_cache(maxsize=32)
def _loss(recording: Recording) -> NDArray[np.float64]:
    values = filled(recording.falling())
    forecast = similar_days(values, 86_400 // recording.step)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(forecast > 0, 1 - values / forecast, 0.0)


@fast
def similar_days(values, day):
    """Return the forecast of each value; the value itself in the first 8 days."""
    size = len(values)
    forecast = values.copy()
    distance = np.zeros(DAYS)
    candidates = np.empty(DAYS)
    for i in range(size):
        days = min(DAYS, i // day - 1)
        for k in range(1, days + 1):
            # sum over the 24 hours before i: recomputed when the day joins
            if i - 1 - day < k * day + day and i % day == 0:
                total = 0.0
                for j in range(i - day, i):
                    total += (values[j] - values[j - k * day]) ** 2
                distance[k - 1] = total
            else:
                j = i - 1
                distance[k - 1] += (values[j] - values[j - k * day]) ** 2
                j -= day
                if j - k * day >= 0:
                    distance[k - 1] -= (values[j] - values[j - k * day]) ** 2
            candidates[k - 1] = values[i - k * day]
        if days > CLOSEST:
            order = np.argsort(distance[:days])
            forecast[i] = np.median(candidates[order[:CLOSEST]])
    return forecast
