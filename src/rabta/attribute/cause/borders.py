"""Where a path leaves the country, and whether it leaves elsewhere than before.

No map of addresses is needed: the crossing is the step of the path with the greatest
rise of delay, as a cable's length outweighs all that lies on land (the way Nautilus
and GeoCables find candidate links). A rise below 15 ms is no crossing.
"""

from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_network
from itertools import pairwise

from rabta.model import PathDetail


_CROSSING_S = 0.015
_BEFORE, _AFTER = 4, 2
"""Paths that must be known."""
_STEADY = 0.75
"""Share of the paths before that must cross at one place, to tell change from habit."""


def crossing(path: PathDetail) -> str:
    """Return the network (/24 or /48) of the first hop abroad; empty if unclear.

    The target itself is none: it stays where it is, whichever way leads there.
    """
    least = float("inf")
    floors: list[tuple[str, float]] = []
    for hop in reversed(path.hops):
        if hop.address and hop.rtt is not None:
            # a router that answers slowly is no longer way: what lies beyond tells
            least = min(least, hop.rtt)
            floors.append((hop.address, least))
    floors.reverse()
    steps = [(after[1] - before[1], after[0]) for before, after in pairwise(floors)]
    rise, address = max(steps, default=(0.0, ""))
    if rise < _CROSSING_S or (path.reached and address == path.hops[-1].address):
        return ""
    bits = 48 if ":" in address else 24
    return str(ip_network(f"{address.partition('%')[0]}/{bits}", strict=False))


def moved(before: Sequence[PathDetail], after: Sequence[PathDetail]) -> bool | None:
    """Tell whether paths cross elsewhere *after*; None where too little is known.

    Paths that crossed at several places before say nothing by another one.
    """
    then = [found for one in before if (found := crossing(one))]
    now = [found for one in after if (found := crossing(one))]
    if len(then) < _BEFORE or len(now) < _AFTER:
        return None
    usual, count = Counter(then).most_common(1)[0]
    if count < _STEADY * len(then):
        return None
    here = now.count(usual) / len(now)
    if here == 0.0 and not set(now) & set(then):
        return True
    return False if here >= _STEADY else None
