"""Disruptions of a line as pieces that do not overlap, each with how bad it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np

from rabta.clock import HOUR, SECOND
from rabta.cost.firm.calendar import Times
from rabta.cost.firm.ranges import Floats
from rabta.cost.weight import slowed
from rabta.model import Disruption, Kind


_SLOW = 0.5  # Abeliansky and Hilbert 2017: what a slower line takes from work


@dataclass(frozen=True, slots=True)
class Outage:
    """One disruption as it is felt."""

    start: int
    end: int
    severity: float = 1.0
    """Share of the work that needs the line and cannot be done, 0 to 1."""
    down: bool = True
    """Whether the line counts as down; else it is slow."""
    uncertainty_seconds: float = 0.0
    """How far its begin may be from *start*, either way."""
    extra_seconds: float = 0.0
    """Delay above the usual."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Disjoint pieces in order; all arrays have one entry a piece."""

    start: Times
    end: Times
    severity: Floats
    lasted: Floats
    """Hours of the whole outage a piece belongs to."""
    down: Floats
    """1 where the line was down, else 0."""
    extra: Floats
    """Seconds of delay above the usual."""
    begins: Floats
    """1 where a whole outage begins with the piece, else 0."""
    uncertainty: Floats
    """Seconds its begin may be off, where one begins; else 0."""


def outages_of(one: Disruption, now: int) -> list[Outage]:
    """Return how *one* is felt; what lasts still ends *now*.

    One outage for each span in which it was seen to last: what was not observed is not
    priced. What goes on after such a span is known from its begin, so only the first
    may have begun earlier.
    """
    severity = one.depth
    if one.kind is Kind.THROTTLING:
        severity = slowed(one.depth, _SLOW)
    elif one.kind is Kind.OUTAGE:
        severity = one.depth or 1.0
    return [
        Outage(
            start,
            stop,
            min(1.0, severity),
            one.kind is Kind.OUTAGE,
            one.onset_uncertainty_seconds if start == one.onset else 0.0,
            one.extra_seconds,
        )
        for start, stop in one.measured(now)
    ]


def pieces(
    outages: Sequence[Outage], start: int, stop: int, shift: float = 0.0
) -> Pieces:
    """Cut *outages* to [start, stop) into disjoint pieces; the worse one counts.

    *shift* from -1 to 1 moves every begin by that share of its uncertainty: 1 is the
    earliest. A begin never passes its end.
    """
    spans = []
    for one in outages:
        moved = round(shift * one.uncertainty_seconds * SECOND)
        begin = min(max(start, one.start - moved), one.end)
        end = min(stop, one.end)
        if begin < end:
            spans.append((begin, end, one))
    spans.sort(key=lambda span: span[:2])
    return _arrays(list(_swept(spans)))


_Span = tuple[int, int, Outage]


def _swept(spans: list[_Span]) -> list[tuple[int, int, _Span, bool]]:
    """Walk along the edges; at each the worst of what is on counts."""
    edges = sorted({edge for begin, end, _ in spans for edge in (begin, end)})
    found: list[tuple[int, int, _Span, bool]] = []
    on: list[tuple[float, int, int]] = []
    seen: set[int] = set()
    following = 0
    for begin, end in pairwise(edges):
        while following < len(spans) and spans[following][0] <= begin:
            span = spans[following]
            heappush(on, (-span[2].severity, -span[1], following))
            following += 1
        while on and spans[on[0][2]][1] <= begin:
            heappop(on)
        if on:
            index = on[0][2]
            found.append((begin, end, spans[index], index not in seen))
            seen.add(index)
    return found


def _arrays(rows: list[tuple[int, int, _Span, bool]]) -> Pieces:
    def floats(values: list[float]) -> Floats:
        return np.array(values, dtype=float)

    return Pieces(
        np.array([begin for begin, *_ in rows], dtype=np.int64),
        np.array([end for _, end, *_ in rows], dtype=np.int64),
        floats([span[2].severity for *_, span, _ in rows]),
        floats([(span[1] - span[0]) / HOUR for *_, span, _ in rows]),
        floats([float(span[2].down) for *_, span, _ in rows]),
        floats([span[2].extra_seconds for *_, span, _ in rows]),
        floats([float(first) for *_, first in rows]),
        floats([first * span[2].uncertainty_seconds for *_, span, first in rows]),
    )
