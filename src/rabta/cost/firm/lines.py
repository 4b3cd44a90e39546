"""Several lines and what carried the work: what was felt, and what failover saved.

Where it is known which line carried, that line's disruptions were felt. Where it is
not, the best line's: as if people had used it, so that the cost is rather too low.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rabta.clock import HOUR
from rabta.cost.firm.calendar import Times
from rabta.cost.firm.outages import Outage, Pieces, pieces
from rabta.cost.firm.ranges import Floats


@dataclass(frozen=True, slots=True)
class Carried:
    """A line that is known to have carried the work in [start, end)."""

    start: int
    end: int
    uplink: str


@dataclass(frozen=True, slots=True)
class Account:
    """What happened to the work, as outages that can be priced."""

    felt: tuple[Outage, ...]
    alone: tuple[Outage, ...]
    """As it would have been if home had carried where another line is known to have."""
    worst: tuple[Outage, ...]
    """As it was if home carried wherever nobody knows what did."""
    known_hours: float
    """Hours in which it is known what carried."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One line at each stretch of time."""

    severity: Floats
    down: Floats
    extra: Floats
    uncertainty: Floats


def account(
    lines: Mapping[str, Sequence[Outage]],
    carried: Sequence[Carried],
    home: str,
    start: int,
    stop: int,
) -> Account:
    """Say what of *lines*' disruptions within [start, stop) was felt.

    *home* is the line that carries when all work; *carried* must not overlap.
    """
    known = sum(max(0, min(stop, one.end) - max(start, one.start)) for one in carried)
    cut = {name: pieces(log, start, stop) for name, log in lines.items()}
    ends = [edge for one in cut.values() for edge in (*one.start, *one.end)]
    ends += [min(stop, max(start, e)) for one in carried for e in (one.start, one.end)]
    edges = np.unique(np.array(ends, dtype=np.int64))
    if len(edges) < 2:
        return Account((), (), (), known / HOUR)
    seen = [_seen(one, edges) for one in cut.values()]
    names = list(lines)
    of_home = seen[names.index(home)]
    best = np.argmin([one.severity for one in seen], axis=0)
    carrier = _carrier(carried, names, edges)
    felt = np.where(carrier >= 0, carrier, best)
    at_home = names.index(home)
    worse = of_home.severity > _pick(seen, felt, "severity")

    def log(index: Times) -> tuple[Outage, ...]:
        parts = ("severity", "down", "extra", "uncertainty")
        return _runs(edges, *(_pick(seen, index, part) for part in parts))

    return Account(
        log(felt),
        log(np.where(worse & (carrier >= 0), at_home, felt)),
        log(np.where(worse & (carrier < 0), at_home, felt)),
        known / HOUR,
    )


def _seen(one: Pieces, edges: Times) -> _Seen:
    begins = edges[:-1]
    index = np.searchsorted(one.start, begins, "right") - 1
    on = index >= 0
    on[on] = one.end[index[on]] > begins[on]

    def at(values: Floats) -> Floats:
        found = np.zeros(len(begins))
        found[on] = values[index[on]]
        return found

    fresh = np.zeros(len(begins))
    fresh[on] = one.start[index[on]] == begins[on]
    return _Seen(
        at(one.severity), at(one.down), at(one.extra), at(one.uncertainty) * fresh
    )


def _carrier(carried: Sequence[Carried], names: list[str], edges: Times) -> Times:
    """Return the index of the line that carried at each stretch; -1: not known."""
    found = np.full(len(edges) - 1, -1, dtype=np.int64)
    for one in carried:
        if one.uplink in names:
            within = (edges[:-1] >= one.start) & (edges[:-1] < one.end)
            found[within] = names.index(one.uplink)
    return found


def _pick(seen: list[_Seen], index: Times, what: str) -> Floats:
    table = np.array([getattr(one, what) for one in seen])
    return np.asarray(table[index, np.arange(table.shape[1])])


def _runs(
    edges: Times, severity: Floats, down: Floats, extra: Floats, uncertainty: Floats
) -> tuple[Outage, ...]:
    """Join stretches that follow each other and are alike."""
    found: list[Outage] = []
    for index in np.flatnonzero((severity > 0) | (extra > 0)).tolist():
        one = Outage(
            int(edges[index]),
            int(edges[index + 1]),
            float(severity[index]),
            bool(down[index]),
            float(uncertainty[index]),
            float(extra[index]),
        )
        last = found[-1] if found else None
        if last is not None and last.end == one.start and _alike(last, one):
            one = Outage(
                last.start,
                one.end,
                one.severity,
                one.down,
                last.uncertainty_seconds,
                one.extra_seconds,
            )
            found.pop()
        found.append(one)
    return tuple(found)


def _alike(one: Outage, other: Outage) -> bool:
    return (one.severity, one.down, one.extra_seconds) == (
        other.severity,
        other.down,
        other.extra_seconds,
    )
