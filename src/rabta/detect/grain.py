"""The smallest effect worth telling of a series that moves in steps."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.detect.run import trait_of
from rabta.detect.settings import Effect
from rabta.detect.signal import Regular
from rabta.detect.transform import transformed


STEPS: Final = 1.5
"""One block of forty comes and goes without a disruption; two at once may be one."""
_SMALL: Final = 0.05
_PIECES: Final = 10
_PIECE: Final = 500


def effect_of(series: Regular) -> Effect:
    """Return the smallest effect of its kind, but no less than one step and a half.

    The step is that by which the signal hardly ever moves less, as a share of its
    median: of forty blocks one is more than a hundredth, and no more than noise.
    """
    trait = trait_of(series)
    effect = series.kind.effect
    values = transformed(_some(series.values), trait)
    known = values[np.isfinite(values)]
    steps = np.abs(np.diff(known))
    steps = steps[steps > 0.0]
    if trait.additive or not len(steps):
        return effect
    level = float(np.median(np.abs(known)))
    step = STEPS * float(np.quantile(steps, _SMALL))
    if step <= effect.least * level:
        return effect
    share = step / level if level > 0.0 else effect.most
    return replace(effect, least=min(share, effect.most))


def _some(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return pieces from all over *values*: they tell the step of years as of days."""
    if len(values) <= _PIECES * _PIECE:
        return values
    begins = np.linspace(0, len(values) - _PIECE, _PIECES).astype(int)
    return np.concatenate([values[at : at + _PIECE] for at in begins])
