"""Levels that came back: what was lost in between was a disruption all along.

The kernel takes a loss that lasts for the new level after a day or a week, so that a
change for good does not stay open for ever. When the old level returns, it was none:
the bins in between are then held against the level from before.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rabta.detect.found import Basis, Shift
from rabta.detect.judged import BASES, Judged
from rabta.detect.run import trait_of
from rabta.detect.settings import CLIP
from rabta.detect.transform import Trait, restored, transformed


Floats = NDArray[np.float64]


def rebased(judged: Judged) -> Judged:
    """Hold losses that came back against the level from before them.

    Their shifts, and those to a better level that did not last, are shifts no more.
    """
    pairs = tuple(_pairs(judged.shifts))
    if not pairs:
        return judged
    gone = {id(one) for pair in pairs for one in pair}
    left = tuple(one for one in judged.shifts if id(one) not in gone)
    fields = {
        name: getattr(judged, name).copy() for name in ("residual", "z", "baseline")
    }
    out = replace(judged, shifts=left, **fields)
    telling = judged.series.kind.effect.most  # less is a drift that came and went
    for down, back in pairs:
        if down.magnitude <= -telling:
            _hold_against_former(out, down, back)
    return out


def _pairs(shifts: tuple[Shift, ...]) -> Iterator[tuple[Shift, Shift]]:
    """Yield every shift with the return that followed it."""
    last: Shift | None = None
    for one in shifts:
        if one.returned and last is not None:
            yield last, one
        last = None if one.returned else one


def _hold_against_former(one: Judged, down: Shift, back: Shift) -> None:
    """Write the bins between *down* and *back* anew."""
    series, trait = one.series, trait_of(one.series)
    # both shifts counted from the bin after the one in which they were accepted
    first = (down.accepted - series.start) // series.step + 1
    last = (back.accepted - series.start) // series.step + 1
    here = slice(max(first, 0), max(min(last, len(one.z)), 0))
    if here.start >= here.stop:
        return
    part = (np.arange(here.start, here.stop) - first) / max(last - first, 1)
    own = one.basis[here] != BASES.index(Basis.TWO_SIDED)
    usual = transformed(one.baseline[here].astype(np.float64), trait)
    usual = _former(usual, down.magnitude, back.magnitude, part, trait)
    residual = trait.sign * (transformed(series.values[here], trait) - usual)
    if not trait.additive:
        residual /= usual
    sigma = _sigma(one.residual, one.z)
    one.residual[here][own] = residual[own]
    one.z[here][own] = np.clip(residual / sigma, -CLIP, CLIP)[own]
    one.baseline[here][own] = restored(usual.astype(np.float32), trait)[own]


def _former(
    usual: Floats, down: float, back: float, part: Floats, trait: Trait
) -> Floats:
    """Return the baseline of the former level; the level in between may have crept."""
    if trait.additive:
        return usual - trait.sign * (down + part * (-back - down))
    begun = 1.0 + trait.sign * down
    ended = 1.0 / max(1.0 + trait.sign * back, 1e-9)
    former: Floats = usual / (begun + part * (ended - begun))
    return former


def _sigma(residual: NDArray[np.float32], z: NDArray[np.float32]) -> float:
    """Return the usual standard deviation of the residual, from where z is exact."""
    some = np.isfinite(z) & (np.abs(z) < CLIP) & (z != 0)
    if not some.any():
        return 1.0
    return float(np.median(np.abs(residual[some] / z[some])))
