"""Inputs: a figure, ``5 to 8``, or low, most likely and high."""

import re
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


Floats = NDArray[np.float64]

_Z95 = NormalDist().inv_cdf(0.95)
_INTERVAL = re.compile(r"\s*([0-9.]+)\s*(?:to|–|\.\.)\s*([0-9.]+)\s*([A-Z]{3})?\s*")
_FIGURE = re.compile(r"\s*([0-9.]+)\s*([A-Z]{3})?\s*")


@dataclass(frozen=True, slots=True)
class Range:
    """One input.

    ``5 to 8`` holds nine times of ten: log-normal for amounts, normal and cut to
    0 … 1 for shares. With *mode* it is a triangle from *low* to *high*.
    """

    low: float
    high: float
    mode: float | None = None
    share: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be: out of order, negative, a share above 1."""
        mode = self.low if self.mode is None else self.mode
        if not 0 <= self.low <= mode <= self.high:
            raise ValueError("expected 0 <= low <= high")
        if self.share and self.high > 1:
            raise ValueError("a share is from 0 to 1")

    @property
    def known(self) -> bool:
        """Whether it is one figure."""
        return self.low == self.high

    def at(self, u: Floats) -> Floats:
        """Return the quantiles *u* (0 to 1, any shape)."""
        if self.known:
            return np.full_like(u, self.low)
        if self.mode is not None:
            return self._triangle(u, self.mode)
        # between the bounds' own quantiles 0.05 and 0.95
        place = (normal(u) + _Z95) / (2 * _Z95)
        if self.share or self.low == 0:
            straight = self.low + place * (self.high - self.low)
            return np.clip(straight, 0.0, 1.0 if self.share else None)
        return np.asarray(self.low * (self.high / self.low) ** place)

    def _triangle(self, u: Floats, mode: float) -> Floats:
        width = self.high - self.low
        turn = (mode - self.low) / width
        rising = self.low + np.sqrt(u * width * (mode - self.low))
        falling = self.high - np.sqrt((1 - u) * width * (self.high - mode))
        return np.where(u < turn, rising, falling)


def exact(value: float, *, share: bool = False) -> Range:
    """Return a range of one figure."""
    return Range(value, value, None, share)


def read(value: object, *, share: bool = False) -> tuple[Range, str]:
    """Read ``5``, ``"5 to 8"``, ``"1100 PKR"`` or ``[0.6, 0.85, 1]``; and its currency.

    Raises:
        ValueError: it has none of these forms.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return exact(float(value), share=share), ""
    if isinstance(value, str) and (found := _INTERVAL.fullmatch(value)):
        low, high = float(found[1]), float(found[2])
        return Range(low, high, None, share), found[3] or ""
    if isinstance(value, str) and (found := _FIGURE.fullmatch(value)):
        return exact(float(found[1]), share=share), found[2] or ""
    if (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
    ):
        low, mode, high = map(float, value)
        return Range(low, high, mode if low < high else None, share), ""
    raise ValueError('expected 5, "5 to 8" or [low, most likely, high]')


def normal(u: Floats) -> Floats:
    """Return standard normal quantiles (Acklam's rational form, error below 1.2e-9)."""
    u = np.clip(u, 1e-12, 1 - 1e-12)
    middle = u - 0.5
    found = middle * _ratio(_A, _B, middle * middle)
    far = np.abs(middle) > 0.5 - 0.02425
    tail = np.sqrt(-2 * np.log(np.minimum(u[far], 1 - u[far])))
    found[far] = np.copysign(_ratio(_C, _D, tail), middle[far])
    return np.asarray(found)


# P. J. Acklam, An algorithm for computing the inverse normal cumulative distribution
# function, 2003: the middle (A over B) and the tails (C over D).
_A = (
    *(-3.969683028665376e01, 2.209460984245205e02, -2.759285104469687e02),
    *(1.383577518672690e02, -3.066479806614716e01, 2.506628277459239e00),
)
_B = (
    *(-5.447609879822406e01, 1.615858368580409e02, -1.556989798598866e02),
    *(6.680131188771972e01, -1.328068155288572e01, 1.0),
)
_C = (
    *(-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e00),
    *(-2.549732539343734e00, 4.374664141464968e00, 2.938163982698783e00),
)
_D = (
    *(7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00),
    *(3.754408661907416e00, 1.0),
)


def _ratio(above: tuple[float, ...], below: tuple[float, ...], x: Floats) -> Floats:
    return np.asarray(np.polyval(above, x) / np.polyval(below, x))
