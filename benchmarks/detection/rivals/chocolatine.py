"""Chocolatine-like (Guillot et al., TMA 2019): weekly difference, AR(1), 3 MAD.

The first six weeks train: where the last of them lies far below the median of the same
time in weeks 0, 2 and 4, that takes its place; the coefficient is that of the weekly
difference, and each horizon of the hour has an interval of 1.4826 x 3 x median |error|.
Then the forecast is remade once an hour. A value further off than its interval is an
outage, and the prediction enters the history instead. The paper fits ARMA(p, q) by
grid and starts from AR(1). It retrains weekly, which is why after seven days of alarm
the real values are taken.
"""

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.rivals.verdict import Verdict, filled, from_bins
from benchmarks.detection.synthetic.recording import WARM_UP_WEEKS, Recording


def chocolatine(recording: Recording, *, width: float, persistence: int) -> Verdict:
    """Alarm below ``width`` MAD under the forecast for ``persistence`` bins."""
    values = filled(recording.falling())
    week = 7 * 86_400 // recording.step
    horizon = max(1, 3_600 // recording.step)
    trained = WARM_UP_WEEKS * week
    history = values.copy()
    weeks = values[:trained].reshape(WARM_UP_WEEKS, week)
    usual = np.median(weeks[::2], axis=0)
    last = weeks[-1]
    history[trained - week : trained] = np.where(last < 0.5 * usual, usual, last)
    before = history[week:trained] - history[: trained - week]
    limit = 6 * np.median(np.abs(before)) + 1e-12
    calm = np.clip(before, -limit, limit)
    phi = float(np.clip(np.dot(calm[1:], calm[:-1]) / np.dot(calm, calm), 0, 0.99))
    spread = np.array(
        [
            1.4826 * np.median(np.abs(before[h:] - phi**h * before[:-h]))
            for h in range(1, horizon + 1)
        ]
    )
    spread = np.maximum(spread, 1e-6 * np.median(values))
    score = distances(values, history, trained, week, phi, spread, width)
    return from_bins(recording, score > width, score, persistence)


@fast
def distances(values, history, trained, week, phi, spread, width):
    """Return how many spreads each value lies below its forecast; inpaint."""
    horizon = len(spread)
    score = np.zeros(len(values))
    painted = 0
    for i in range(trained, len(values)):
        h = (i - trained) % horizon + 1
        known = i - h
        guess = history[i - week] + phi**h * (history[known] - history[known - week])
        score[i] = (guess - values[i]) / spread[h - 1]
        if abs(score[i]) > width and painted < week:
            history[i] = guess
            painted += 1
        else:
            history[i] = values[i]
            painted = 0
    return score
