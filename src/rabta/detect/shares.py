"""Shares as they are written: 0 to 1, or percent, or by mistake both."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray


_FEW: Final = 0.002
"""Share of the readings that may be slips of the pen..."""
_SLIGHT: Final = 1.1
"""...and how far beyond 1 they lie."""
_HUNDRED: Final = (80.0, 125.0)
"""By how much the one half is larger than the other where the unit changed."""
_PART: Final = 0.2


@dataclass(frozen=True, slots=True)
class Shares:
    """What a column of shares turned out to be."""

    values: NDArray[np.float64]
    """0 to 1; NaN where a reading was put aside."""
    aside: NDArray[np.intp]
    """Positions of the readings beyond 1 among shares of 1."""
    mixed: int | None
    """Position from which on the unit is another; None where it is one."""


def shares(values: NDArray[np.float64], *, percent: bool | None) -> Shares:
    """Bring *values*, in the order of their times, to 0 to 1.

    *percent* is what the name or unit says. Where they say nothing, the values do: a
    single one barely beyond 1 does not make percent of thousands below.
    """
    nothing = np.empty(0, dtype=np.intp)
    known = np.isfinite(values)
    beyond = np.flatnonzero(known & (values > 1.0))
    mixed = _changes(values)
    if mixed is not None:
        return Shares(values, nothing, mixed)
    if percent:
        return Shares(values * 0.01, nothing, None)
    if not len(beyond):
        return Shares(values, nothing, None)
    few = len(beyond) <= max(1, int(_FEW * np.count_nonzero(known)))
    between = np.count_nonzero(known & (values > 0.0) & (values <= 1.0))
    slight = few and float(values[beyond].max()) <= _SLIGHT
    if between > len(beyond) and (slight or percent is False):
        kept = values.copy()
        kept[beyond] = np.nan
        return Shares(kept, beyond, None)
    return Shares(values * 0.01, nothing, None)


def _changes(values: NDArray[np.float64]) -> int | None:
    """Return where the unit changes for good: hundredfold, and 1 is never passed."""
    known = np.flatnonzero(np.isfinite(values) & (values > 0.0))
    some = values[known]
    least = int(_PART * len(some))
    if least < 10:
        return None
    for turned in (False, True):
        one = some[::-1] if turned else some
        below = one <= 1.0
        cut = int(below.argmin()) if not below.all() else len(one)
        # the first larger than 1 may come a while after the change
        if least > cut or cut > len(one) - least:
            continue
        ratio = float(np.median(one[cut:]) / np.median(one[:cut]))
        if _HUNDRED[0] <= ratio <= _HUNDRED[1]:
            return int(known[len(some) - cut if turned else cut])
    return None
