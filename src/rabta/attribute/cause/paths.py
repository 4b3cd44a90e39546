"""From delays of one target to what they show about a moment."""

import numpy as np
from numpy.typing import NDArray

from rabta.attribute.cause.event import PathSeen
from rabta.clock import DAY, HOUR


BEFORE = DAY
AFTER = 6 * HOUR
"""A cable takes days to mend; what is over sooner is something else."""
_FEWEST = 8
_FLOOR_S = 0.0005
_LOW = 25
"""Percentile that stands for the least delay and does not hang on a single packet."""


def path_seen(
    network: str,
    target: str,
    corridor: str,
    times: NDArray[np.int64],
    rtt: NDArray[np.float64],
    onset: int,
    changed: bool | None = None,  # noqa: FBT001 - a finding, not a switch
) -> PathSeen | None:
    """Compare the day before *onset* with the six hours after.

    *times* in microseconds UTC, *rtt* in seconds, NaN where lost; *changed* says
    whether the path did. None where too little was measured.
    """
    known = np.isfinite(rtt)
    before = rtt[known & (times >= onset - BEFORE) & (times < onset)]
    later = known & (times >= onset) & (times < onset + AFTER)
    after = rtt[later]
    if len(before) < _FEWEST or len(after) < _FEWEST:
        return None
    low, low_after = np.percentile(before, _LOW), np.percentile(after, _LOW)
    spread = 1.4826 * np.median(np.abs(before - np.median(before)))
    z = (low_after - low) / max(float(spread), _FLOOR_S, 0.01 * low)
    # a step is there at once: the first hour already holds most of it
    first = rtt[known & (times >= onset) & (times < onset + HOUR)]
    risen = low_after - low
    step = len(first) >= 3 and np.percentile(first, _LOW) - low >= 0.7 * risen > 0
    return PathSeen(
        network,
        target,
        corridor,
        float(1000 * low),
        float(1000 * low_after),
        float(z),
        bool(step),
        changed,
    )
