"""How good probabilities are: ranking, calibration, coverage."""

import numpy as np


def auc(score: np.ndarray, is_it: np.ndarray) -> float:
    """Chance that one that is ranks above one that is not; ties count half."""
    values, ranks = np.unique(score, return_inverse=True)
    counts = np.bincount(ranks, minlength=len(values))
    middle = np.cumsum(counts) - (counts - 1) / 2
    hits = int(is_it.sum())
    total = middle[ranks][is_it].sum() - hits * (hits + 1) / 2
    return float(total / (hits * (len(score) - hits)))


def ece(p: np.ndarray, is_it: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error in equal bins."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(
        sum(abs(p[place == b].sum() - is_it[place == b].sum()) for b in range(bins))
        / len(p)
    )


def brier(p: np.ndarray, is_it: np.ndarray) -> float:
    return float(((p - is_it) ** 2).mean())


def coverage(p: np.ndarray, right: np.ndarray, precision: float = 0.9) -> float:
    """Largest share that may be answered, surest first, at this precision or better."""
    order = np.argsort(-p, kind="stable")
    held = np.cumsum(right[order]) / np.arange(1, len(p) + 1)
    good = np.flatnonzero(held >= precision)
    return float((good[-1] + 1) / len(p)) if len(good) else 0.0
