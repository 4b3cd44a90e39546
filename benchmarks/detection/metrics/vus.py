"""VUS-PR: the volume under the precision-recall surface (Paparrizos et al. 2022).

"Volume Under the Surface: A New Accuracy Evaluation Measure for Time-Series Anomaly
Detection", PVLDB 15(11). Labels are widened by sqrt(1 - distance / width) on both sides
up to half of the width, recall is multiplied by the share of events touched at all, and
the area under precision over recall is averaged over widths 0 to ``widest``.

The surface is evaluated at every distinct score (the paper's code takes 250).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def vus_pr(
    labels: NDArray[np.bool_],
    scores: NDArray[np.float64],
    widths: Sequence[int],
) -> float:
    """Return the mean range-aware area under precision-recall over ``widths`` (bins).

    NaN if nothing is labelled. ``scores`` are higher where more anomalous; a missing
    score (NaN) counts as the lowest one.
    """
    if not labels.any():
        return np.nan
    lowest = np.nanmin(scores) if np.isfinite(scores).any() else 0.0
    scores = np.where(np.isnan(scores), lowest, scores)
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    areas = [_area(labels, scores, order, last, width) for width in widths]
    return float(np.mean(areas))


def widened(labels: NDArray[np.bool_], width: int) -> NDArray[np.float64]:
    """Return the labels with both flanks added."""
    soft = labels.astype(float)
    for first, until in runs(labels):
        after = np.arange(until - 1, min(until - 1 + width // 2, len(labels)))
        before = np.arange(max(first - width // 2, 0), first)
        if width:
            soft[after] += np.sqrt(1 - (after - (until - 1)) / width)
            soft[before] += np.sqrt(1 - (first - before) / width)
    return np.minimum(soft, 1.0)


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (from, until) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _area(
    labels: NDArray[np.bool_],
    scores: NDArray[np.float64],
    order: NDArray[np.intp],
    last: NDArray[np.intp],
    width: int,
) -> float:
    soft = widened(labels, width)
    positives = (labels.sum() + soft.sum()) / 2
    true = np.cumsum(soft[order])[last]
    peaks = np.sort([scores[a:b].max() for a, b in runs(soft > 0)])
    thresholds = scores[order][last]
    touched = len(peaks) - np.searchsorted(peaks, thresholds, side="left")
    recall = np.minimum(true / positives, 1.0) * touched / len(peaks)
    precision = true / (last + 1)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))
