"""OONI's event detector: a cumulative sum with two states (ooni/data, 2026).

Written for the share of blocked measurements (0 good, 1 all blocked): with
v = mu1 - mu0 and h = edd v / 2 the good state adds y - mu0 - v/2 and changes above h,
the blocked state adds mu1 - y - v/2. mu1 is 0.7 and edd 10 observations. Here y is the
loss against the median of the last seven days: our signals are not shares of blocking.
"""

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.rivals.ioda import past_median
from benchmarks.detection.rivals.verdict import Verdict, filled, from_spells
from benchmarks.detection.synthetic.recording import Recording


def ooni(recording: Recording, *, mu1: float = 0.7, edd: float = 10.0) -> Verdict:
    """Run both states; the onset is where the sum last left zero."""
    values = filled(recording.falling())
    usual = past_median(recording, 7)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(usual > 0, np.clip(1 - values / usual, 0, 1), 0.0)
    lost[~np.isfinite(recording.values)] = np.nan
    rows, score = two_states(lost, mu1, edd)
    spells = [(int(a), int(b), int(c)) for a, b, c in rows]
    return from_spells(recording, spells, score)


@fast
def two_states(lost, mu1, edd):
    """Return rows of (onset, fire, end) and the sum of every bin over its threshold."""
    half, threshold = mu1 / 2, edd * mu1 / 2
    score = np.zeros(len(lost))
    rows = np.empty((len(lost) // 2 + 1, 3), dtype=np.int64)
    count, total, blocked, left, fired, onset = 0, 0.0, False, 0, 0, 0
    for i in range(len(lost)):
        y = lost[i]
        if np.isnan(y):
            score[i] = np.nan
            continue
        if total == 0.0:
            left = i
        step = mu1 - y - half if blocked else y - half
        total = max(0.0, total + step)
        score[i] = 1 + y if blocked else min(1.0, total / threshold)
        if total > threshold:
            if blocked:
                rows[count, 0], rows[count, 1], rows[count, 2] = onset, fired, left
                count += 1
            else:
                onset, fired = left, i
            blocked, total = not blocked, 0.0
    if blocked:
        rows[count, 0], rows[count, 1], rows[count, 2] = onset, fired, len(lost)
        count += 1
    return rows[:count], score
