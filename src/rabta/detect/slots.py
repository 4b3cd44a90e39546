"""Where in the local week a bin lies; civil time, so that 09:00 stays 09:00."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise

from rabta.clock import DAY, SECOND
from rabta.detect.settings import NARROWEST_SLOT


WEEK = 7 * DAY
_A_DAY = (288, 144, 96, 72, 48, 36, 24, 12, 8, 6, 4, 3, 2, 1)
_WIDTHS = (*(DAY // n for n in _A_DAY), WEEK)
_LOOK = DAY


@dataclass(frozen=True, slots=True)
class Piece:
    """Bins *first* to *last* (exclusive), all under one offset from UTC."""

    first: int
    last: int
    slot: int
    """Slot of the first bin's middle."""
    past: int
    """How far that middle lies past the start of its slot, microseconds."""


def width_for(step: int, narrowest: int = NARROWEST_SLOT) -> int:
    """Return the width of a slot for bins of *step*; all in microseconds.

    The shortest that is no shorter than the step or *narrowest* and divides a day.
    """
    wanted = max(step, narrowest)
    return next((width for width in _WIDTHS if width >= wanted), WEEK)


def pieces(
    start: int, step: int, bins: int, width: int, timezone: tzinfo
) -> Iterator[Piece]:
    """Cut *bins* from *start* where the zone's offset changes; times in microseconds.

    Offsets are looked at once a day and the change is found by halving, so a zone
    that changes twice within a day may be followed a day late.
    """
    ends = [0, *_changes(start, step, bins, timezone), bins]
    for first, last in pairwise(ends):
        begin = start + first * step
        middle = (begin + offset(begin, timezone) + step // 2) % WEEK
        yield Piece(first, last, middle // width, middle % width)


def _changes(start: int, step: int, bins: int, timezone: tzinfo) -> Iterator[int]:
    stride = max(1, _LOOK // step)
    low, before = 0, offset(start, timezone)
    while low < bins - 1:
        high = min(low + stride, bins - 1)
        after = offset(start + high * step, timezone)
        if after != before:
            old, new = low, high
            while new - old > 1:
                half = (old + new) // 2
                if offset(start + half * step, timezone) == before:
                    old = half
                else:
                    new = half
            yield new
            high, before = new, offset(start + new * step, timezone)
        low = high


def offset(time: int, timezone: tzinfo) -> int:
    """Return local minus UTC at *time*, microseconds; UTC beyond the year 9999."""
    try:
        offset = datetime.fromtimestamp(time // SECOND, timezone).utcoffset()
    except (OverflowError, ValueError):
        return 0
    return 0 if offset is None else round(offset.total_seconds()) * SECOND
