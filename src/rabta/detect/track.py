"""What detection says of one signal, bin by bin and as anomalies."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Maturity(IntEnum):
    """What the baseline of a bin stands on."""

    COLD = 0
    """The median of at most the last day; nobody should be woken by it."""
    DAILY = 1
    """The median of the same time on other days."""
    WEEKLY = 2
    """The median of the same time on the same weekday."""


MATURITY = 0b0011
BAD = 0b0100
FIRED = 0b1000


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One stretch in which a signal was worse than its baseline.

    Bins are counted from the first bin the state ever saw, gaps included.
    """

    onset: int
    """First bad bin, as far as the running sums can tell."""
    fire: int
    """The bin in which it was noticed."""
    end: int | None
    """First good bin; None while it lasts, or when *accepted*."""
    closed: int | None
    """The bin in which its end was noticed."""
    depth: float
    """Mean loss while bad, as a share of the baseline (RTT: rise of the logarithm)."""
    area: float
    """Sum of the losses, in bins."""
    min_residual: float
    accepted: bool
    """It did not end: the new level became the normal one, see ``LevelShift``."""


@dataclass(frozen=True, slots=True)
class LevelShift:
    """The level changed for good and was accepted; or a former level came back."""

    onset: int
    accepted: int
    """The bin from which the new level counts."""
    magnitude: float
    """Change as a share of the former level (RTT: of the logarithm, negated)."""
    returned: bool
    """The level from before the last shift came back."""


@dataclass(frozen=True, slots=True)
class Track:
    """One signal, bin by bin: all arrays of shape (n,). Negative is always worse."""

    first: int
    """Number of the first bin, counted from the first one the state ever saw."""
    baseline: NDArray[np.float32]
    """In the signal's own unit; NaN while there is none."""
    residual: NDArray[np.float32]
    """Share of the baseline (RTT: difference of logarithms); NaN where missing."""
    z: NDArray[np.float32]
    """Residual in robust standard deviations, -8 to 8; NaN where missing."""
    inflation: NDArray[np.float32]
    """How much correlation from bin to bin widens what chance can do; 1 or more."""
    flags: NDArray[np.uint8]
    anomalies: tuple[Anomaly, ...]
    """Closed in these bins, oldest first; then the open one, if there is one."""
    shifts: tuple[LevelShift, ...]

    @property
    def maturity(self) -> NDArray[np.uint8]:
        """Return a ``Maturity`` for every bin."""
        return self.flags & np.uint8(MATURITY)

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Tell the bins in which an anomaly was open."""
        return (self.flags & np.uint8(BAD)).astype(np.bool_)

    @property
    def fired(self) -> NDArray[np.bool_]:
        """Tell the bins in which an anomaly was noticed."""
        return (self.flags & np.uint8(FIRED)).astype(np.bool_)
