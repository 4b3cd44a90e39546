"""Levels that came back: what was lost in between was a disruption all along.

The kernel takes a loss that lasts for the new level after a day or a week, so that a
change for good does not stay open for ever. When the old level returns, it was none:
the bins in between are then held against the level from before.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rabta.detect.episodes import episodes, lasting, levels
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
    trait = trait_of(judged.series)
    found = tuple(episodes(judged.shifts, trait))
    if not found:
        return judged
    gone = {id(one) for episode in found for one in episode}
    left = tuple(one for one in judged.shifts if id(one) not in gone)
    fields = {
        name: getattr(judged, name).copy() for name in ("residual", "z", "baseline")
    }
    out = replace(judged, shifts=left, **fields)
    for episode in found:
        if lasting(episode[0], judged.series.kind):
            _hold_against_former(out, episode, trait)
    return out


def _hold_against_former(one: Judged, episode: tuple[Shift, ...], trait: Trait) -> None:
    """Write the bins from the first to the last of *episode* anew."""
    series = one.series
    # shifts counted from the bin after the one in which they were accepted
    edges = [(e.accepted - series.start) // series.step + 1 for e in episode]
    here = slice(max(edges[0], 0), max(min(edges[-1], len(one.z)), 0))
    if here.start >= here.stop:
        return
    bins = np.arange(here.start, here.stop)
    part = (bins - edges[0]) / max(edges[-1] - edges[0], 1)
    held = np.array(levels(episode, trait))
    level = held[np.searchsorted(edges, bins, side="right") - 1]
    own = one.basis[here] != BASES.index(Basis.TWO_SIDED)
    usual = transformed(one.baseline[here].astype(np.float64), trait)
    usual = _former(usual, level, float(held[-1]), part, trait)
    residual = trait.sign * (transformed(series.values[here], trait) - usual)
    if not trait.additive:
        residual /= usual
    sigma = _sigma(one.residual, one.z)
    one.residual[here][own] = residual[own]
    one.z[here][own] = np.clip(residual / sigma, -CLIP, CLIP)[own]
    one.baseline[here][own] = restored(usual.astype(np.float32), trait)[own]


def _former(
    usual: Floats, level: Floats, last: float, part: Floats, trait: Trait
) -> Floats:
    """Return the baseline of the former level.

    *level* holds after the changes so far, *last* after all of them: what is off then
    has crept in between.
    """
    if trait.additive:
        return usual - (level - part * last)
    former: Floats = usual / (level * (1.0 + part * (1.0 / max(last, 1e-9) - 1.0)))
    return former


def _sigma(residual: NDArray[np.float32], z: NDArray[np.float32]) -> float:
    """Return the usual standard deviation of the residual, from where z is exact."""
    some = np.isfinite(z) & (np.abs(z) < CLIP) & (z != 0)
    if not some.any():
        return 1.0
    return float(np.median(np.abs(residual[some] / z[some])))
