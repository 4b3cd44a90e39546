"""What the disruptions of a line come to: availability in three countings, by day."""

from collections.abc import Iterable
from dataclasses import dataclass

from rabta.cost.service.availability import Availability, Counting, cut
from rabta.cost.service.spans import Span, Spans, joined, within
from rabta.cost.service.terms import Seen
from rabta.report.facts import OWN, Day


PLAIN, PROVIDER = Counting(), Counting(excludes=OWN)
Y1540 = Counting(loss_over=0.2, at_least_seconds=60, excludes=OWN)
"""c1 and T_av of ITU-T Y.1540."""


@dataclass(frozen=True, slots=True)
class Counted:
    """As a report tells it of a line."""

    availability: Availability
    provider: Availability
    y1540: Availability
    days: tuple[Day, ...]
    down: Spans
    impaired: Spans
    unknown: Spans


def counted(seen: Seen, days: Iterable[Span]) -> Counted:
    """Count what was *seen*, whole and by *days*."""
    whole = cut(seen.troubles, seen.unknown, seen.start, seen.stop, PLAIN)
    worse = joined((one.start, one.end) for one in seen.troubles if not one.down)
    return Counted(
        seen.availability(PLAIN),
        seen.availability(PROVIDER),
        seen.availability(Y1540),
        by_day(seen, days),
        whole.surely,
        within(worse, seen.start, seen.stop),
        whole.dark,
    )


def by_day(seen: Seen, days: Iterable[Span]) -> tuple[Day, ...]:
    """Count each of *days*."""
    found = []
    for day in days:
        one = seen.availability(PLAIN, day)
        found.append(Day(*day, one.share, one.down_seconds, one.unknown_seconds))
    return tuple(found)
