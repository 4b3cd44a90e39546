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


def quantile(
    values: Sequence[float],
    share: float,
    missing: int,
    at_least: Sequence[float] = (),
) -> Bounds:
    """Return bounds of a quantile of *values* and *missing* unknown ones, all >= 0.

    Of those *at_least* only the lower bound is known. By nearest rank, the empirical
    distribution of RFC 2330, section 11.3: the smallest value that at least *share* do
    not exceed; of 0 the smallest of all.
    """
    if not values and not at_least:
        return NOTHING
    lows = sorted((*values, *at_least, *[0.0] * missing))
    rank = max(1, math.ceil(share * len(lows) - 1e-9))
    highs = sorted(values)
    return Bounds(lows[rank - 1], highs[rank - 1] if rank <= len(highs) else None)
