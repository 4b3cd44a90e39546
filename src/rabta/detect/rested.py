"""Signals of an entity judged anew where its week-ends are but quiet ones.

An outage at a week-end shows in more than what people do: routes, answers, delays. So
a week-end is quiet only where no other signal was off meanwhile (see ``weekend``).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.detect.conclude import noise_of, smallest
from rabta.detect.grain import effect_of
from rabta.detect.judged import Judged, judge_rested
from rabta.detect.signal import SignalKind
from rabta.detect.weekend import Resting, resting, too_short


PART: Final = 0.5
"""A signal of another kind is off by less than is told of it by itself..."""
OFF: Final = -1.0
"""...if half of its readings are as many standard deviations too low."""


def rested(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return *judged*, those with quiet week-ends against what these leave."""
    quiet = {i: found for i, one in enumerate(judged) if (found := _resting(one))}
    busy = [one for i, one in enumerate(judged) if i not in quiet]
    for i, found in quiet.items():
        times = judged[i].series.times()[found.usual < 1.0]
        step = judged[i].series.step
        if any(_off(one, times, step) for one in busy):
            return tuple(judged)
    return tuple(
        judge_rested(one.series, quiet[i]) if i in quiet else one
        for i, one in enumerate(judged)
    )


def _resting(one: Judged) -> Resting | None:
    if not too_short(one.series) or not np.isfinite(one.z).any():
        return None
    noise = noise_of(one)
    return resting(one.series, smallest(one, noise), noise)


def _off(one: Judged, times: NDArray[np.int64], step: int) -> bool:
    """Tell whether a signal was too low in most of the bins of *step* at *times*."""
    own = one.series.times() + one.series.step // 2
    at = np.searchsorted(times, own, side="right") - 1
    inside = (at >= 0) & (own - times[np.maximum(at, 0)] < step)
    inside &= np.isfinite(one.residual)
    if not inside.any():
        return False
    least = PART * effect_of(one.series).least
    if one.series.kind is SignalKind.COUNT:
        least = smallest(one, noise_of(one))  # people rest more here, less there
    low = float(np.median(one.residual[inside])) < -least
    return low and float(np.median(one.z[inside])) < OFF
