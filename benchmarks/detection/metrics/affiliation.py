"""Affiliation precision and recall (Huet, Navarro, Rossi: KDD 2022, arXiv 2206.13167).

The axis is cut into one zone for each true event, at the middle between neighbours.
Within a zone, distance is turned into the chance that a point thrown anywhere in it
would lie as far off or farther: 1 for a perfect hit, 1/2 on average for a blind one.
Precision averages that over what was predicted, recall over what was true; then both
over the zones, precision only over the zones with a prediction.

The integrals are exact for intervals on whole numbers: every distance involved is
linear within a quarter of a bin, so that its middle is its mean.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


Interval = tuple[int, int]  # from, until (excluded), in bins
QUARTER = 0.25


def affiliation(
    truth: Sequence[Interval],
    predicted: Sequence[Interval],
    length: int,
) -> tuple[float, float]:
    """Return (precision, recall) over ``length`` bins; NaN precision if nothing said.

    Intervals must be sorted, not empty and apart from each other.
    """
    if not truth:
        raise ValueError("affiliation needs at least one true event")
    edges = [0.0]
    edges += [(a[1] + b[0]) / 2 for a, b in pairwise(truth)]
    edges.append(float(length))
    precisions, recalls = [], []
    for event, low, high in zip(truth, edges, edges[1:], strict=False):
        parts = [
            (max(a, low), min(b, high)) for a, b in predicted if a < high and b > low
        ]
        if parts:
            precisions.append(_precision(event, parts, low, high))
        recalls.append(_recall(event, parts, low, high) if parts else 0.0)
    precision = float(np.mean(precisions)) if precisions else np.nan
    return precision, float(np.mean(recalls))


def _precision(
    event: Interval, parts: list[tuple[float, float]], low: float, high: float
) -> float:
    points = np.concatenate([_midpoints(a, b) for a, b in parts])
    distance = np.maximum(0.0, np.maximum(event[0] - points, points - event[1]))
    nearer = (
        (event[1] - event[0])
        + np.minimum(distance, event[0] - low)
        + np.minimum(distance, high - event[1])
    )
    chance = np.where(distance > 0, 1 - nearer / (high - low), 1.0)
    return float(np.mean(chance))


def _recall(
    event: Interval, parts: list[tuple[float, float]], low: float, high: float
) -> float:
    points = _midpoints(*event)
    distance = np.full(points.shape, np.inf)
    for a, b in parts:
        gap = np.maximum(0.0, np.maximum(a - points, points - b))
        distance = np.minimum(distance, gap)
    nearer = np.minimum(distance, points - low) + np.minimum(distance, high - points)
    return float(np.mean(1 - nearer / (high - low)))


def _midpoints(first: float, last: float) -> NDArray[np.float64]:
    """Return the middle of each quarter from ``first`` to ``last``."""
    return np.arange(first + QUARTER / 2, last, QUARTER)
