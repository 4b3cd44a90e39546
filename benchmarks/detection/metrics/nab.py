"""The NAB score (Lavin & Ahmad 2015, arXiv 1510.03336), written from the paper.

Inside a labelled window only the first detection counts, sigmoid(y) with y from -1 at
the window's left end to 0 at its right; a false one costs by its distance behind the
last window. A window without a detection costs ``miss``. The sum is scaled so that
saying nothing scores 0 and the best possible 100.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


PROBATION, PROBATION_POINTS = 0.15, 750  # of the series; of a long series at most


@dataclass(frozen=True, slots=True)
class Profile:
    """What a true, a false and a missed detection weigh."""

    hit: float = 1.0
    false: float = 0.11
    miss: float = 1.0


STANDARD = Profile()
LOW_FALSE = Profile(false=0.22)
LOW_MISS = Profile(miss=2.0)


@dataclass(frozen=True, slots=True)
class Marked:
    """One series: its length, labelled windows and detections, as indices.

    A window is (first, last), both inside.
    """

    length: int
    windows: tuple[tuple[int, int], ...]
    detections: tuple[int, ...]


def nab_score(corpus: Sequence[Marked], profile: Profile = STANDARD) -> float:
    """Return the normalised score of a corpus: 0 for silence, 100 for perfection."""
    windows = sum(len(_scored_windows(series)) for series in corpus)
    if not windows:
        raise ValueError("no window lies behind the probation of its series")
    silent = -profile.miss * windows
    perfect = profile.hit * windows
    raw = sum(_raw(series, profile) for series in corpus)
    return 100 * (raw - silent) / (perfect - silent)


def probation(length: int) -> int:
    """Return how many first points of a series are not scored."""
    return math.floor(PROBATION * min(length, PROBATION_POINTS / PROBATION))


def sigmoid(y: float) -> float:
    """Return the scaled sigmoid, 0 at the right end of the window, -1 far behind."""
    if y > 3:
        return -1.0
    return 2 / (1 + math.exp(5 * y)) - 1


def _scored_windows(series: Marked) -> list[tuple[int, int]]:
    first = probation(series.length)
    return [window for window in sorted(series.windows) if window[1] >= first]


def _raw(series: Marked, profile: Profile) -> float:
    windows = _scored_windows(series)
    lefts = [left for left, _ in windows]
    start = probation(series.length)
    found: set[int] = set()
    best = sigmoid(-1.0)
    total = 0.0
    for at in sorted(set(series.detections)):
        if at < start:
            continue
        which = bisect_left(lefts, at + 1) - 1
        if which < 0:
            total -= profile.false
            continue
        left, right = windows[which]
        if at <= right:
            if which not in found:
                found.add(which)
                y = -(right - at + 1) / (right - left + 1)
                total += profile.hit * sigmoid(y) / best
        else:
            behind = abs(at - right) / max(1, right - left)
            total += profile.false * sigmoid(behind)
    return total - profile.miss * (len(windows) - len(found))
