"""Several lines as one: work goes on while any of them does."""

from collections.abc import Sequence

from rabta.cost.service.availability import (
    Availability,
    Counting,
    Trouble,
    availability,
    cut,
)
from rabta.cost.service.spans import Spans, common, joined, minus
from rabta.cost.service.terms import Seen


def together(lines: Sequence[Seen], counting: Counting) -> Availability:
    """Return the availability of *lines*, of one period, for who may use them all.

    Where one is known to work it does not matter what is not known of the others.
    """
    start, stop = lines[0].start, lines[0].stop
    surely, perhaps = all_down(lines, counting)
    troubles = [Trouble(begin, end, 1.0) for begin, end in surely]
    return availability(troubles, minus(perhaps, surely), start, stop, Counting())


def all_down(lines: Sequence[Seen], counting: Counting) -> tuple[Spans, Spans]:
    """Return when all were down for certain, and when they may have been."""
    whole: Spans = ((lines[0].start, lines[0].stop),)
    surely, perhaps = whole, whole
    for line in lines:
        found = cut(line.troubles, line.unknown, line.start, line.stop, counting)
        surely = common(surely, found.surely)
        perhaps = common(perhaps, joined(found.perhaps, found.dark))
    return surely, perhaps
