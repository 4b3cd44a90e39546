"""Availability of a line over a period, as bounds.

ITU-T Y.1540 calls a service unavailable in an interval of at least T_av in which the
share of lost packets exceeds c1. Contracts mostly count every second of an outage.
Both are a ``Counting`` here, over the disruptions Rabta found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rabta.clock import SECOND
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.spans import Span, Spans, joined, length, minus, within


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

    def counts(self, one: Trouble) -> bool:
        """Tell whether *one* is bad enough, whatever its length."""
        return one.down if self.loss_over is None else one.loss > self.loss_over


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
    """Of one outage."""


def availability(
    troubles: Sequence[Trouble],
    unknown: Iterable[Span],
    start: int,
    stop: int,
    counting: Counting,
) -> Availability:
    """Return the bounds over [start, stop), microseconds UTC.

    *unknown* is when nothing was measured, or nothing could be concluded.
    """
    excluded = within(
        (
            (one.start, one.end)
            for one in troubles
            if one.cause in counting.excludes and not one.doubtful
        ),
        start,
        stop,
    )
    period = minus([(start, stop)], excluded)
    counting_ones = [
        one
        for one in troubles
        if one.cause not in counting.excludes
        and not one.doubtful
        and counting.counts(one)
    ]
    doubts = ((one.start, one.end) for one in troubles if one.doubtful)
    dark = _of(period, joined(within(unknown, start, stop), doubts))
    sure, perhaps = _down(counting_ones, dark, counting.at_least_seconds)
    surely = minus(_of(period, sure), dark)
    at_most = joined(_of(period, perhaps), dark)
    whole = length(period)
    longest = within(joined(perhaps, dark), start, stop)
    return Availability(
        Bounds(
            (whole - length(at_most)) / whole if whole else None,
            (whole - length(surely)) / whole if whole else None,
        ),
        whole / SECOND,
        Bounds(length(surely) / SECOND, length(at_most) / SECOND),
        length(dark) / SECOND,
        length(excluded) / SECOND,
        len(within(perhaps, start, stop)),
        Bounds(
            max((end - begin for begin, end in surely), default=0) / SECOND,
            max((end - begin for begin, end in longest), default=0) / SECOND,
        ),
    )


def _of(period: Spans, spans: Iterable[Span]) -> Spans:
    return minus(period, minus(period, spans))


def _down(
    troubles: Sequence[Trouble], dark: Spans, least_seconds: float
) -> tuple[Spans, Spans]:
    """Return when the line was down for certain, and when it may have been."""
    least = least_seconds * SECOND
    slack = [round(one.uncertainty_seconds * SECOND) for one in troubles]
    sure = joined(
        (min(one.end, one.start + off), one.end)
        for one, off in zip(troubles, slack, strict=True)
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
