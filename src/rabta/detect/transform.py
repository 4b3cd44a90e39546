"""From the unit of a signal to what the kernel works on, and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rabta.detect.signal import SignalKind


@dataclass(frozen=True, slots=True, order=True)
class Trait:
    """What a series is.

    Amounts stay as they are: the kernel divides by the baseline, and a zero has no
    logarithm. Delays become logarithms, turned so that a rise is a fall; a fraction
    that hurts when it rises becomes its complement.
    """

    kind: SignalKind
    higher_is_worse: bool

    @property
    def additive(self) -> bool:
        """Return whether residuals are differences, not shares of the baseline."""
        return self.kind is SignalKind.RTT

    @property
    def complement(self) -> bool:
        """Return whether the kernel sees one minus the value."""
        return self.kind is SignalKind.FRACTION and self.higher_is_worse

    @property
    def sign(self) -> float:
        """Return -1 where a rise of what the kernel sees is what hurts."""
        turned = self.additive or self.complement
        return -1.0 if self.higher_is_worse and not turned else 1.0


Group = tuple[Trait, NDArray[np.intp]]


def transformed(values: NDArray[np.float64], trait: Trait) -> NDArray[np.float64]:
    """Return what the kernel works on, of the same shape; NaN where not finite."""
    if trait.additive:
        with np.errstate(divide="ignore", invalid="ignore"):
            ready = np.log(np.ascontiguousarray(values, dtype=np.float64))
        if trait.higher_is_worse:
            ready = -ready
    elif trait.complement:
        ready = 1.0 - values
    else:
        ready = np.ascontiguousarray(values, dtype=np.float64)
    finite = np.isfinite(ready)
    return ready if finite.all() else np.where(finite, ready, np.nan)


def groups_of(traits: Sequence[Trait]) -> tuple[Group, ...]:
    """Return which of many series have to be transformed, and how."""
    changed = sorted({trait for trait in traits if trait.additive or trait.complement})
    return tuple(
        (wanted, np.array([i for i, trait in enumerate(traits) if trait == wanted]))
        for wanted in changed
    )


def transformed_row(
    values: NDArray[np.float64], groups: tuple[Group, ...]
) -> NDArray[np.float64]:
    """Return what the kernel works on for one value each of many series."""
    ready = np.where(np.isfinite(values), values, np.nan)
    for trait, places in groups:
        ready[places] = transformed(ready[places], trait)
    return ready


def restored(values: NDArray[np.float32], trait: Trait) -> NDArray[np.float32]:
    """Return *values* of the kernel in the unit of the signal."""
    if trait.additive:
        turned = -values if trait.higher_is_worse else values
        return np.exp(turned, dtype=np.float32)
    return np.float32(1) - values if trait.complement else values
