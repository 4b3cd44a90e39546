"""Pieces of one signal, out of several files, as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rabta.sources.tables.shapes import Recorded


Joined = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64] | None]
"""Times in microseconds UTC, values, rows behind each (None: one each)."""


def joined(pieces: Sequence[Recorded]) -> Joined:
    """Put *pieces* together in order of time; a reading two files hold counts once."""
    if len(pieces) == 1:
        (one,) = pieces
        weights = None if one.weights is None else one.weights.astype(np.float64)
        return one.times, one.values, weights
    times = np.concatenate([piece.times for piece in pieces])
    values = np.concatenate([piece.values for piece in pieces])
    weights = np.concatenate(
        [
            np.ones(len(piece.times)) if piece.weights is None else piece.weights
            for piece in pieces
        ]
    )
    order = np.lexsort((values, times))
    times, values, weights = times[order], values[order], weights[order]
    first = np.ones(len(times), dtype=np.bool_)
    first[1:] = (np.diff(times) != 0) | (values[1:] != values[:-1])
    gathered = any(piece.weights is not None for piece in pieces)
    return times[first], values[first], weights[first] if gathered else None
