"""The obvious ones: the median of the same time in six weeks, and two rules on it.

``slot_z`` wants some bins in a row below a threshold; ``slot_cusum`` is Page's sum of
one drift. Neither knows correlation, local time, other scales or accepted levels.
"""

from functools import lru_cache

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.rivals.verdict import (
    Verdict,
    filled,
    from_bins,
    from_spells,
)
from benchmarks.detection.synthetic.recording import Recording
from numpy.typing import NDArray


WEEKS = 6


def slot_z(recording: Recording, *, threshold: float, persistence: int) -> Verdict:
    """Alarm after ``persistence`` bins below ``threshold`` robust deviations."""
    score = -_standard(recording)
    return from_bins(recording, score > threshold, score, persistence)


def slot_cusum(recording: Recording, *, drift: float, threshold: float) -> Verdict:
    """Alarm when the sum of what exceeds ``drift`` passes ``threshold``."""
    z = _standard(recording).copy()
    z[~np.isfinite(recording.values)] = np.nan
    rows, score = summed(z, drift, threshold)
    return from_spells(recording, [(int(a), int(b), int(c)) for a, b, c in rows], score)


@lru_cache(maxsize=32)
def _standard(recording: Recording) -> NDArray[np.float64]:
    values = filled(recording.falling())
    return weekly(values, 7 * 86_400 // recording.step)


@fast
def weekly(values, week):
    """Return residuals in robust deviations; off values are not learnt from."""
    size = len(values)
    z = np.zeros(size)
    ring = np.full((week, WEEKS), np.nan)
    held = np.zeros(week, dtype=np.int64)
    scale, level, bad = 0.05, 1.0, 0
    for i in range(size):
        slot = i % week
        count = min(held[slot], WEEKS)
        if count == 0:
            ring[slot, 0] = values[i]
            held[slot] = 1
            continue
        usual = np.median(ring[slot, :count]) * level
        rest = (values[i] - usual) / usual if usual > 0 else 0.0
        sigma = 1.4826 * scale
        z[i] = min(8.0, max(-8.0, rest / sigma))
        if abs(rest) <= 6 * sigma or bad >= week:
            level *= 1 + 0.004 * min(3 * sigma, max(-3 * sigma, rest))
            ring[slot, held[slot] % WEEKS] = values[i] / level
            held[slot] += 1
            bad = 0 if abs(rest) <= 6 * sigma else bad
        else:
            bad += 1
        scale = max(2e-4, scale * (1 + 0.004 * np.sign(abs(rest) - scale)))
    return z


@fast
def summed(z, drift, threshold):
    """Return rows of (onset, fire, end) and the sum over its threshold."""
    score = np.zeros(len(z))
    rows = np.empty((len(z) // 2 + 1, 3), dtype=np.int64)
    count, total, good, left, fired, onset, open_ = 0, 0.0, 0.0, 0, 0, 0, False
    for i in range(len(z)):
        if np.isnan(z[i]):
            score[i] = np.nan
            continue
        if total == 0.0:
            left = i
        total = min(4 * threshold, max(0.0, total - z[i] - drift))
        score[i] = total / threshold
        if not open_ and total > threshold:
            open_, onset, fired, good = True, left, i, 0.0
        elif open_:
            good = good + 1 if z[i] > -drift else 0.0
            if good >= 3:
                rows[count, 0], rows[count, 1], rows[count, 2] = onset, fired, i - 2
                count += 1
                open_, total = False, 0.0
    if open_:
        rows[count, 0], rows[count, 1], rows[count, 2] = onset, fired, len(z)
        count += 1
    return rows[:count], score
