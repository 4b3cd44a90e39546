"""Which signals fell, how deep and how fast."""

import re
from itertools import product

import numpy as np
from numpy.typing import NDArray

from rabta.attribute.cause.event import Event, Family, Seen, Surroundings
from rabta.clock import HOUR, SECOND


_FAMILIES = (Family.ROUTING, Family.PROBING, Family.TRAFFIC)
_PROBING = re.compile(r"ping|prob|trinocular|slash-?24|\bap\b|disconnect")
_ROUTING = re.compile(r"bgp|rout|prefix|visib")
_TRAFFIC = re.compile(
    r"traffic|telescope|\bnt\b|-nt\b|ibr|gtr|request|dark|tests|users"
)
_RAMP = 1800.0  # seconds
_BLACKOUT, _HALF = 0.9, 0.5


def family_of(name: str, *, delay: bool = False) -> Family:
    """Return what a signal called *name* shows."""
    text = name.lower()
    if delay:
        return Family.DELAY
    if _PROBING.search(text):
        return Family.PROBING
    if _ROUTING.search(text):
        return Family.ROUTING
    return Family.TRAFFIC if _TRAFFIC.search(text) else Family.OTHER


def fell(event: Event, around: Surroundings) -> Seen | None:
    """Tell which of routing, probing and traffic fell; what is not known may have."""
    del around
    state = {family: _state(event, family) for family in _FAMILIES}
    known = {family for family, down in state.items() if down is not None}
    down = [family for family in _FAMILIES if state[family]]
    if len(known) < 2 or not down:
        return None
    choices = [
        (bool(state[family]),) if family in known else (True, False)
        for family in _FAMILIES
    ]
    names = tuple(
        "+".join(f for f, is_down in zip(_FAMILIES, one, strict=True) if is_down)
        for one in product(*choices)
        if any(one)
    )
    up = [family for family in _FAMILIES if state[family] is False]
    if not up:
        return Seen("fell", names, "fell-all", (("number", len(down)),))
    args = (("down", _listed(down)), ("up", _listed(up)))
    return Seen("fell", names, "fell-some", args)


def depth(event: Event, around: Surroundings) -> Seen | None:
    """How much was lost."""
    del around
    if event.depth is None or event.depth <= 0:
        return None
    name = "less"
    if event.depth >= _HALF:
        name = "blackout" if event.depth >= _BLACKOUT else "half"
    return Seen("depth", (name,), "depth", (("depth", round(event.depth, 4)),))


def fading(event: Event, around: Surroundings) -> Seen | None:
    """Hosts fell silent bit by bit while routes stayed: batteries that run out."""
    del around
    ramps = [
        one.ramp_seconds
        for one in event.signals
        if one.family in (Family.PROBING, Family.TRAFFIC) and one.fell
    ]
    known = [one for one in ramps if one is not None]
    if not known or _state(event, Family.ROUTING) is None:
        return None
    routes_stay = _state(event, Family.ROUTING) is False
    longest = max(known)
    if longest >= _RAMP and routes_stay:
        return Seen("fading", ("yes",), "fading", (("ramp", longest),))
    key = "sudden" if longest < _RAMP else "fading-routes"
    return Seen("fading", ("no",), key, (("ramp", longest),))


def _state(event: Event, family: Family) -> bool | None:
    """Whether any signal of *family* fell; None where none was measured."""
    told = [one.fell for one in event.signals if one.family is family]
    known = [one for one in told if one is not None]
    return any(known) if known else None


def _listed(families: list[Family]) -> tuple[str, ...]:
    return tuple(f"family-{one}" for one in families)


def ramp_seconds(
    times: NDArray[np.int64],
    values: NDArray[np.float64],
    onset: int,
    *,
    rising_hurts: bool = False,
) -> float | None:
    """Return how long a signal took from a tenth to nine tenths of its loss, seconds.

    *times* in microseconds UTC, oldest first; the first six hours count. None where
    too little was measured before or after.
    """
    before = values[(times >= onset - 3 * HOUR) & (times < onset - HOUR // 4)]
    here = (times >= onset - HOUR // 2) & (times < onset + 6 * HOUR)
    before = before[np.isfinite(before)]
    when, after = times[here], values[here]
    known = np.isfinite(after)
    when, after = when[known], after[known]
    if len(before) < 3 or len(after) < 4:
        return None
    usual = float(np.median(before))
    lost = after - usual if rising_hurts else usual - after
    deepest = float(lost.max())
    if deepest <= 0:
        return None
    full = int(np.argmax(lost >= 0.9 * deepest))
    begun = np.flatnonzero(lost[: full + 1] < 0.1 * deepest)
    first = int(begun[-1]) if len(begun) else 0
    return float(when[full] - when[first]) / SECOND
