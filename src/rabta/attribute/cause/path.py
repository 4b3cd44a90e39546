"""The signature of a cable: one way out of the country longer, the others as before.

A step of d milliseconds in the least round trip means about 100 d kilometres more of
fibre. That every cable of a corridor gets longer at once, while others do not, and that
the border hop changes, separates a cable from a busy server (Chan et al., PAM 2011;
Fanou et al., PAM 2020; two-signal grading after GeoCables).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb
from statistics import median

from rabta.attribute.cause.event import Event, PathSeen, Seen, Surroundings


CLEAR = 5.0
"""Median shift inside the corridor minus outside, in standard deviations."""
LEAST_MS, LEAST_SHARE = 20.0, 0.15
CERTAIN = 0.01
"""Fisher's exact test of path changes inside and outside the corridor."""
_PEAK = 2.0


@dataclass(frozen=True, slots=True)
class Corridor:
    """The way out of the country that stands out."""

    name: str
    t: float
    """Median shift inside minus median shift outside, standard deviations."""
    extra_ms: float
    """Median over its targets."""
    step: bool
    networks: int
    """Independent networks that saw it."""
    changed_p: float | None
    """Chance of as many path changes inside; None where paths were not traced."""
    changed: bool
    """Whether any path inside changed."""

    @property
    def stands_out(self) -> bool:
        """Whether the delay of this corridor alone stepped up."""
        return self.t > CLEAR and self.step


def corridor_of(paths: Iterable[PathSeen]) -> Corridor | None:
    """Return the corridor that stands out most; None without one to compare with."""
    every = tuple(paths)
    names = sorted({one.corridor for one in every if one.corridor})
    if len(names) < 2:
        return None
    return max((_corridor(name, every) for name in names), key=lambda one: one.t)


def _corridor(name: str, paths: tuple[PathSeen, ...]) -> Corridor:
    inside = [one for one in paths if one.corridor == name]
    outside = [one for one in paths if one.corridor != name]
    longer = [one for one in inside if _longer(one)]
    t = median(one.z for one in inside) - median(one.z for one in outside)
    enough = 2 * len(longer) > len(inside)
    return Corridor(
        name,
        t if enough else min(t, 0.0),
        median(one.after_ms - one.before_ms for one in inside),
        step=enough and 2 * sum(one.step for one in longer) > len(longer),
        networks=len({one.network for one in longer if one.network}),
        changed_p=_changed(inside, outside),
        changed=any(one.changed for one in inside),
    )


def _longer(one: PathSeen) -> bool:
    return one.after_ms - one.before_ms >= max(LEAST_MS, LEAST_SHARE * one.before_ms)


def _changed(inside: list[PathSeen], outside: list[PathSeen]) -> float | None:
    """Return the one-sided p of Fisher's exact test."""
    a = sum(one.changed is True for one in inside)
    b = sum(one.changed is False for one in inside)
    c = sum(one.changed is True for one in outside)
    d = sum(one.changed is False for one in outside)
    if not (a + b and c + d):
        return None
    n, changed, within = a + b + c + d, a + c, a + b
    ways = sum(
        comb(within, k) * comb(n - within, changed - k)
        for k in range(a, min(within, changed) + 1)
    )
    return ways / comb(n, changed)


def direction(event: Event, around: Surroundings) -> Seen | None:
    """Tell whether the delay of one way out stepped up while the others stayed."""
    del event
    found = corridor_of(around.paths)
    if found is None:
        return None
    if not found.stands_out:
        return Seen("direction", ("no",), "direction-none")
    args = (("corridor", found.name), ("extra", found.extra_ms / 1000))
    return Seen("direction", ("yes",), "direction", args)


def border(event: Event, around: Surroundings) -> Seen | None:
    """Tell whether the path across the border changed there and not elsewhere.

    Where some did and they are too few to tell, nothing is said.
    """
    del event
    found = corridor_of(around.paths)
    if found is None or found.changed_p is None:
        return None
    if found.changed_p < CERTAIN:
        return Seen("border", ("yes",), "border", (("corridor", found.name),))
    if found.changed:
        return None
    return Seen("border", ("no",), "border-none")


def peak_hours(event: Event, around: Surroundings) -> Seen | None:
    """Tell whether it is worse in the busy hours: too little capacity is left."""
    del event
    if around.peak_ratio is None:
        return None
    if around.peak_ratio >= _PEAK:
        factor = round(around.peak_ratio, 1)
        return Seen("peak-hours", ("yes",), "peak", (("factor", factor),))
    return Seen("peak-hours", ("no",), "peak-none")
