"""Holt-Winters with confidence bands (Brutlag, LISA 2000; RRDtool).

Additive level, slope and weekly season; the band is delta times the seasonally smoothed
deviation; an aberration is 7 violations within 9 bins. RRDtool's usual parameters are
alpha 0.1, beta 0.0035, gamma 0.1, delta 2.
"""

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.rivals.verdict import Verdict, filled, from_bins
from benchmarks.detection.synthetic.recording import Recording


def holt_winters(
    recording: Recording,
    *,
    alpha: float = 0.1,
    delta: float = 2.0,
    of: tuple[int, int] = (7, 9),
) -> Verdict:
    """Alarm while enough of the last bins lie below the band."""
    values = filled(recording.falling())
    score = smoothed(values, 7 * 86_400 // recording.step, alpha, 0.0035, 0.1)
    below = np.concatenate(([0], np.cumsum(score > delta)))
    need, window = of
    recent = below[1:] - below[np.maximum(0, np.arange(1, len(below)) - window)]
    return from_bins(recording, recent >= need, score)


@fast
def smoothed(values, season, alpha, beta, gamma):
    """Return how many deviations each value lies below its forecast."""
    score = np.zeros(len(values))
    level = np.median(values[:season])
    slope = 0.0
    seasonal = values[:season] - level
    deviation = np.full(season, 0.1 * abs(level) + 1e-9)
    for i in range(season, len(values)):
        slot = i % season
        guess = level + slope + seasonal[slot]
        error = values[i] - guess
        score[i] = -error / (deviation[slot] + 1e-9 * abs(guess) + 1e-12)
        before = level
        level = alpha * (values[i] - seasonal[slot]) + (1 - alpha) * (level + slope)
        slope = beta * (level - before) + (1 - beta) * slope
        seasonal[slot] += gamma * (values[i] - level - seasonal[slot])
        deviation[slot] += gamma * (abs(error) - deviation[slot])
    return score
