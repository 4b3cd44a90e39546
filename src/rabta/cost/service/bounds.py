"""A figure that is known from below and from above."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Low and high; None where there is no bound, both None where there is no figure.

    Equal where everything is known.
    """

    low: float | None
    high: float | None

    @property
    def known(self) -> bool:
        """Whether there is anything to say."""
        return self.low is not None or self.high is not None

    @property
    def exact(self) -> bool:
        """Whether both are one."""
        return self.low is not None and self.low == self.high


NOTHING = Bounds(None, None)


def quantile(values: Sequence[float], share: float, missing: int) -> Bounds:
    """Return bounds of a quantile of *values* and *missing* unknown ones, all >= 0.

    By nearest rank, the empirical distribution of RFC 2330, section 11.3: the smallest
    value that at least *share* do not exceed; of 0 the smallest of all.
    """
    if not values:
        return NOTHING
    ordered = sorted(values)
    rank = max(1, math.ceil(share * (len(ordered) + missing) - 1e-9))
    low = ordered[rank - missing - 1] if rank > missing else 0.0
    high = ordered[rank - 1] if rank <= len(ordered) else None
    return Bounds(low, high)
