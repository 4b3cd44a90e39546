"""Delays over paths that change: echo every four minutes, as from a measuring probe.

A path has a floor that holds for minutes to weeks; a third of the changes are short
detours back to the same one. On top of it come jitter, which only adds, a queue in the
evening, single spikes, lost readings, and hours of congestion, which are no change of
path. How much of each differs from trace to trace by more than ten times.
"""

import numpy as np
from benchmarks.detection.synthetic.recording import log_uniform
from numpy.typing import NDArray


A_DAY = 360
LONGEST_STAY = 2_500
SHORTEST_STAY = 8
SMALLEST = 0.012
"""Of a change, as a share of the delay; and the smallest is above four jitters."""


def delays(number: int, size: int = 4_000) -> tuple[NDArray[np.float64], list[int]]:
    """Return trace *number* in milliseconds, lost as -1, and where its path changes."""
    rng = np.random.default_rng([7, number])
    floor = log_uniform(rng, 20, 300)
    jitter = log_uniform(rng, 0.0003, 0.006)
    path = np.empty(size)
    at, marks = 0, []
    level = other = floor
    typical = log_uniform(rng, 60, 1_200)
    while at < size:
        stay = int(np.clip(rng.exponential(typical), SHORTEST_STAY, LONGEST_STAY))
        path[at : at + stay] = level
        at += stay
        if at >= size - SHORTEST_STAY:
            path[at:] = level
            break
        marks.append(at)
        change = max(SMALLEST, 4 * jitter) * (1 + rng.pareto(0.9))
        new = floor * (1 + min(change, 1.5))
        level, other = (other if rng.random() < 0.33 else new), level
        if level == other:
            level = new
    evening = np.maximum(np.sin(2 * np.pi * np.arange(size) / A_DAY), 0) ** 4
    queue = evening * rng.gamma(1, log_uniform(rng, 0.1, 4) * jitter, size)
    for first in rng.integers(0, size, rng.poisson(size / 1_500)):
        hours = int(log_uniform(rng, 4, 60))
        queue[first : first + hours] += rng.gamma(1, 0.05, hours)[: size - first]
    values = path * (1 + rng.gamma(1.5, jitter, size) + queue)
    spikes = rng.random(size) < log_uniform(rng, 0.001, 0.03)
    values[spikes] *= 1 + np.minimum(5, rng.pareto(1.2, np.count_nonzero(spikes)))
    values[rng.random(size) < 0.002] = -1.0
    return np.round(values, 3), marks
