"""Availability of a line over a period, as bounds.

ITU-T Y.1540 calls a service unavailable in an interval of at least T_av in which the
share of lost packets exceeds c1. Contracts mostly count every second of an outage.
Both are a ``Counting`` here, over the disruptions Rabta found. Of a disruption that
was no outage only the greatest loss is kept: when it exceeded c1 is not known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from rabta.clock import DAY, SECOND
from rabta.cost.firm.calendar import Calendar, Shift, intervals
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.spans import Span, Spans, common, joined, length, minus, within


@dataclass(frozen=True, slots=True)
class Trouble:
    """One disruption, as far as service levels need it; times in microseconds UTC."""

    start: int
    end: int
    loss: float
    """Share of what is normally there that was lost, 0 to 1."""
    down: bool = True
    """Whether nothing got through, by the verdict."""
    uncertainty_seconds: float = 0.0
    """How far *start* may be off, either way."""
    cause: str = ""
    """The leading cause of its verdict."""
    doubtful: bool = False
    """Nobody can say what it was: neither up nor down."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What counts as unavailable, and what is no fault of the provider."""

    loss_over: float | None = None
    """c1 of Y.1540, 0 to 1; None: outages by their verdict."""
    at_least_seconds: float = 0.0
    """T_av of Y.1540: what is shorter does not count."""
    excludes: frozenset[str] = frozenset()
    """Causes whose time is taken out of the period."""
    shifts: tuple[Shift, ...] = ()
    """Local hours that count; empty: around the clock."""

    def counts(self, one: Trouble) -> bool:
        """Tell whether *one* was bad enough at its worst, whatever its length."""
        return one.down if self.loss_over is None else one.loss > self.loss_over

    def counts_throughout(self, one: Trouble) -> bool:
        """Tell whether *one* was bad enough from onset to end."""
        return one.down and self.counts(one)


@dataclass(frozen=True, slots=True)
class Availability:
    """What became of a period; seconds."""

    share: Bounds
    """Of the time that counts, 0 to 1."""
    counted_seconds: float
    """The period without what is excluded."""
    down_seconds: Bounds
    unknown_seconds: float
    excluded_seconds: float
    outages: int
    """That counted, for certain or perhaps."""
    longest_seconds: Bounds
    """Of one outage, what of it counts; the upper bound holds what lies beyond the
    period too, and is None where one still lasts."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A period, cut by what is known of it."""

    period: Spans
    """What counts."""
    surely: Spans
    """When the line was down for certain."""
    perhaps: Spans
    """When it was down, at the most, as far as anything is known."""
    dark: Spans
    """When nothing is known."""
    excluded: Spans


def availability(
    troubles: Sequence[Trouble],
    unknown: Iterable[Span],
    start: int,
    stop: int,
    counting: Counting,
    zone: tzinfo = UTC,
) -> Availability:
    """Return the bounds over [start, stop), microseconds UTC.

    *unknown* is when nothing was measured, or nothing could be concluded; *zone* is
    that of the hours that count.
    """
    unknown = joined(unknown)
    found = cut(troubles, unknown, start, stop, counting, zone)
    whole = length(found.period)
    least = length(found.surely)
    most = length(joined(common(found.period, found.perhaps), found.dark))
    down = within(found.perhaps, start, stop)
    # by night an outage goes on, whatever the hours that count
    always = cut(troubles, unknown, start, stop, replace(counting, shifts=()))
    return Availability(
        Bounds(
            (whole - most) / whole if whole else None,
            (whole - least) / whole if whole else None,
        ),
        whole / SECOND,
        Bounds(least / SECOND, most / SECOND),
        length(found.dark) / SECOND,
        length(found.excluded) / SECOND,
        sum(bool(_counting([one], counting, zone)) for one in down),
        Bounds(
            _longest(always.surely, counting, zone),
            None
            if any(end == stop for _, end in always.perhaps)
            else _longest(
                (
                    (begin, end)
                    for begin, end in joined(always.perhaps, always.dark)
                    if begin < stop and start < end
                ),
                counting,
                zone,
            ),
        ),
    )


def cut(
    troubles: Sequence[Trouble],
    unknown: Iterable[Span],
    start: int,
    stop: int,
    counting: Counting,
    zone: tzinfo = UTC,
) -> Cut:
    """Cut [start, stop) by what *counting* makes of *troubles*."""
    hours = _counting([(start, stop)], counting, zone)
    left_out = common(hours, excluded(troubles, counting))
    period = minus(hours, left_out)
    doubts = ((one.start, one.end) for one in troubles if one.doubtful)
    unknown = joined(unknown, doubts)
    dark = common(period, unknown)
    counted = [
        one
        for one in troubles
        if one.cause not in counting.excludes
        and not one.doubtful
        and counting.counts(one)
    ]
    sure, perhaps = _down(counted, unknown, counting)
    return Cut(period, minus(common(period, sure), dark), perhaps, dark, left_out)


def excluded(troubles: Iterable[Trouble], counting: Counting) -> list[Span]:
    """Return when what happened is no fault of the provider."""
    return [
        (one.start, one.end)
        for one in troubles
        if one.cause in counting.excludes and not one.doubtful
    ]


def _counting(spans: Iterable[Span], counting: Counting, zone: tzinfo) -> Spans:
    """Return what of *spans* lies in the hours that count."""
    if not counting.shifts:
        return joined(spans)
    calendar = Calendar(zone, counting.shifts)
    return joined(
        *(
            within(intervals(calendar, start - DAY, end), start, end)
            for start, end in spans
        )
    )


def _longest(spans: Iterable[Span], counting: Counting, zone: tzinfo) -> float:
    counted = (length(_counting([one], counting, zone)) for one in spans)
    return max(counted, default=0) / SECOND


def _down(
    troubles: Sequence[Trouble], dark: Spans, counting: Counting
) -> tuple[Spans, Spans]:
    """Return when the line was down for certain, and when it may have been."""
    least = counting.at_least_seconds * SECOND
    slack = [round(one.uncertainty_seconds * SECOND) for one in troubles]
    sure = joined(
        (min(one.end, one.start + off), one.end)
        for one, off in zip(troubles, slack, strict=True)
        if counting.counts_throughout(one)
    )
    perhaps = joined(
        (one.start - off, one.end) for one, off in zip(troubles, slack, strict=True)
    )
    whole = joined(perhaps, dark)  # what is dark may have made it longer
    return (
        tuple(one for one in sure if one[1] - one[0] >= least),
        tuple(one for one in perhaps if _reach(one, whole) >= least),
    )


def _reach(span: Span, whole: Spans) -> int:
    return next(end - start for start, end in whole if start <= span[0] < end)
