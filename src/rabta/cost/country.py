"""An event of a country, priced by every method; nothing is averaged in silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rabta.cost.doubts import doubts
from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.line import Line, Refusal, Said
from rabta.cost.methods import METHODS
from rabta.cost.pool import Pool, pooled
from rabta.model import Disruption, Kind
from rabta.model.message import Message


@dataclass(frozen=True, slots=True)
class Priced:
    """All that can be said of the cost of one event, or of one class of events."""

    kind: Kind
    scope: Scope
    service: str
    """Which one was blocked, where that is said; else empty."""
    hours: float
    events: int
    lines: tuple[Line, ...]
    refusals: tuple[Refusal, ...]
    pool: Pool | None
    warnings: tuple[Message, ...]


def price(event: Event, facts: Facts) -> Priced:
    """Price *event* by every method."""
    return together([event], facts)


def together(events: Sequence[Event], facts: Facts) -> Priced:
    """Price events of one kind and scope and add them, method by method.

    The events must be disjoint; what is of another class is priced apart.
    """
    first = events[0]
    lines: dict[str, Line] = {}
    refusals: dict[str, Refusal] = {}
    warnings: dict[Message, None] = {}
    for event in events:
        for said in _said(event, facts):
            if isinstance(said, Refusal):
                refusals.setdefault(said.method, said)
            elif said.method in lines:
                lines[said.method] = _added(lines[said.method], said)
            else:
                lines[said.method] = said
        warnings.update(dict.fromkeys(doubts(event, facts)))
    return Priced(
        first.kind,
        first.scope,
        first.service,
        sum(event.hours for event in events),
        len(events),
        tuple(lines.values()),
        tuple(one for one in refusals.values() if one.method not in lines),
        pooled(tuple(lines.values())),
        tuple(warnings),
    )


def events_of(
    disruptions: Sequence[Disruption], start: int, stop: int, scope: Scope
) -> list[Event]:
    """Cut disruptions of one entity to [start, stop) and keep them disjoint.

    Where two of one kind overlap, the deeper one counts; what lasts still ends with
    *stop*.
    """
    found: list[Event] = []
    for kind in Kind:
        rows = [
            (
                max(start, one.onset),
                min(stop, stop if one.end is None else one.end),
                one.depth,
                one.extra_seconds,
            )
            for one in disruptions
            if one.kind is kind
        ]
        cuts = sorted({edge for row in rows for edge in row[:2] if row[0] < row[1]})
        for begin, end in pairwise(cuts):
            over = [row for row in rows if row[0] <= begin and row[1] >= end]
            if over:
                depth = max(row[2] for row in over)
                extra = max(row[3] for row in over)
                found.append(
                    Event(begin, end, kind, scope, min(1.0, depth), 1.0, extra)
                )
    return found


def _said(event: Event, facts: Facts) -> list[Said]:
    return [said for method in METHODS.values() for said in method(event, facts)]


def _added(one: Line, other: Line) -> Line:
    inputs = tuple(dict.fromkeys((*one.inputs, *other.inputs)))
    return Line(
        one.method, one.money + other.money, inputs, one.note, one.pooled, one.claimed
    )
