"""IODA's rule: current value over the median of the recent past, per data source.

Published thresholds and windows: BGP 99 % of the last 24 hours, active probing 80 % and
telescope 25 % of the last 7 days (IODA's help page). Median by nearest rank; while the
ratio is below 0.8 or above 2 the predicted value enters the history instead of the real
one, for at most 7 days, after which the real values replace it; nothing is said in the
first hour, nor while less than 20 is predicted (watchtower-sentry's MovingStat).
"""

from functools import lru_cache

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.rivals.verdict import Verdict, filled, from_bins
from benchmarks.detection.synthetic.recording import Recording
from numpy.typing import NDArray


DAY = 86_400
PUBLISHED = {
    "telescope": (0.25, 7),
    "sources": (0.25, 7),
    "probing": (0.80, 7),
    "share": (0.80, 7),
    "bgp": (0.99, 1),
    "routes": (0.99, 1),
}
"""Warning threshold and window in days; 0.8 of 7 days for what IODA has no rule for."""
LEAST_PREDICTED = 20.0


def published(recording: Recording) -> Verdict:
    """Apply IODA's warning thresholds."""
    threshold, days = PUBLISHED.get(recording.what, (0.80, 7))
    return moving_median(recording, threshold=threshold, days=days)


def moving_median(
    recording: Recording, *, threshold: float, days: int, persistence: int = 1
) -> Verdict:
    """Alarm while the ratio to the moving median lies below ``threshold``."""
    values = filled(recording.falling())
    predicted = past_median(recording, days)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(predicted > 0, values / predicted, 1.0)
    told = np.arange(len(values)) * recording.step >= 3_600
    if recording.kind in {"count", "prefixes"}:
        told &= predicted >= LEAST_PREDICTED
    return from_bins(recording, told & (ratio < threshold), 1 - ratio, persistence)


@lru_cache(maxsize=32)
def past_median(recording: Recording, days: int) -> NDArray[np.float64]:
    """Return what the last ``days`` days predict for every bin."""
    values = filled(recording.falling())
    window, longest = days * DAY // recording.step, 7 * DAY // recording.step
    return inpainted_median(values, window, longest)


@fast
def inpainted_median(values, window, longest):
    """Return the nearest-rank median of the ``window`` values before each one."""
    size = len(values)
    predicted = np.empty(size)
    ring = np.empty(window)
    ordered = np.empty(window)
    held = 0
    painted = 0
    for i in range(size):
        now = values[i]
        guess = ordered[(held + 1) // 2 - 1] if held else now
        predicted[i] = guess
        odd = held > 0 and (now < 0.8 * guess or now > 2 * guess)
        painted = painted + 1 if odd else 0
        if painted > longest:  # the new level is real: forget what was painted
            first = max(0, i - window + 1)
            held = i + 1 - first
            for j in range(first, i + 1):
                ring[j % window] = values[j]
            ordered[:held] = np.sort(values[first : i + 1])
            painted = 0
            continue
        new = guess if odd else now
        if held == window:
            at = np.searchsorted(ordered[:held], ring[i % window])
            for j in range(at, held - 1):
                ordered[j] = ordered[j + 1]
            held -= 1
        at = np.searchsorted(ordered[:held], new)
        for j in range(held, at, -1):
            ordered[j] = ordered[j - 1]
        ordered[at] = new
        held += 1
        ring[i % window] = new
    return predicted
