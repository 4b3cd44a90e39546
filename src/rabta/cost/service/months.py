"""A share of the month is one of a calendar month, whatever period is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from rabta.clock import SECOND
from rabta.cost.firm.calendar import midnight
from rabta.cost.service.availability import (
    Availability,
    Counting,
    Trouble,
    availability,
)
from rabta.cost.service.bounds import NOTHING, Bounds
from rabta.cost.service.spans import Span, joined, minus


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month as far as the period shows it."""

    availability: Availability
    """Of the whole month; what lies outside the period is not known."""
    whole: bool
    """Whether all of it lies in the period."""


def monthly(
    troubles: Sequence[Trouble],
    unknown: Iterable[Span],
    period: Span,
    counting: Counting,
    zone: tzinfo = UTC,
) -> tuple[Month, ...]:
    """Return the months that *period*, microseconds UTC, touches."""
    dark, (start, stop) = joined(unknown), period
    return tuple(
        Month(
            availability(
                troubles,
                joined(dark, minus([(begin, end)], [period])),
                begin,
                end,
                counting,
                zone,
            ),
            start <= begin and end <= stop,
        )
        for begin, end in months(start, stop, zone)
    )


def worst(found: Iterable[Month]) -> Bounds:
    """Return the availability of the worst month: all reach what it does."""
    lows, highs = [], []
    for one in found:
        share = one.availability.share
        if share.low is not None and share.high is not None:
            lows.append(share.low)
            highs.append(share.high)
    return Bounds(min(lows), min(highs)) if lows else NOTHING


def months(start: int, stop: int, zone: tzinfo) -> Iterator[Span]:
    """Yield each local calendar month that [start, stop) touches."""
    first = datetime.fromtimestamp(start / SECOND, zone).date().replace(day=1)
    begin = midnight(first, zone)
    while begin < stop:
        first = (first + timedelta(32)).replace(day=1)
        end = midnight(first, zone)
        yield begin, end
        begin = end
