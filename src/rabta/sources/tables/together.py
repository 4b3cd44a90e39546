"""Rows of one and the same time, as one value."""

import numpy as np
from numpy.typing import NDArray


def together(
    times: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each of the *times*, which are in order, once, with its values' mean.

    Missing ones are passed over where others are of the same time.
    """
    another = times[1:] != times[:-1]
    if another.all():
        return times, values
    begins = np.flatnonzero(np.concatenate(([True], another)))
    known = np.isfinite(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), begins)
    counts = np.add.reduceat(known.astype(np.float64), begins)
    with np.errstate(invalid="ignore"):
        return times[begins], sums / counts
