"""Figures and terms of a report, computed again from its own hours.

By the very functions that made them, from what the report tells: its hours, and when
nothing was measured or counts. What they would need beside is not computed again.
"""

import math
from collections.abc import Iterable
from datetime import tzinfo

import msgspec

from rabta.clock import HOUR, SECOND
from rabta.cost.service.availability import Availability, Trouble
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.samples import Hour
from rabta.cost.service.spans import Span, Spans, joined, length, minus, within
from rabta.cost.service.terms import (
    Measure,
    Outcome,
    Result,
    Seen,
    judged,
    outcome,
)
from rabta.report.facts import Figures, Judgement
from rabta.report.figures import figures


_FROM_HOURS = {Measure.LOSS, Measure.DELAY, Measure.VARIATION}


class Told(msgspec.Struct):
    """What a report tells of one line; None is what its reader may not see."""

    uplink: str
    availability: Availability
    series: tuple[tuple[str, int, str], ...]
    hours: tuple[Hour, ...]
    down: Spans
    unknown: Spans
    unmeasured: Spans | None = None
    nearby: Figures | None = None
    provider: Availability | None = None
    y1540: Availability | None = None
    abroad: tuple[tuple[str, Figures], ...] = ()
    downloads: tuple[float, ...] = ()
    uploads: tuple[float, ...] = ()


def owns_up(line: Told, start: int, stop: int) -> bool:
    """Whether all time of [start, stop) without an hour is told to be unknown."""
    lit = joined((one.start, one.start + HOUR) for one in line.hours)
    unlit = minus([(start, stop)], lit)
    told = line.unknown if line.unmeasured is None else line.unmeasured
    return not minus(unlit, told) and not minus(told, line.unknown)


def figures_follow(line: Told, start: int, stop: int, zone: tzinfo) -> bool:
    """Whether loss and delay are those of the hours."""
    told = line.nearby
    if told is None:
        return True
    again = figures(_seen(line, start, stop, zone))
    return told.hours == again.hours and all(
        same(one, other)
        for one, other in (
            (told.loss, again.loss),
            (told.delay_median, again.delay_median),
            (told.delay_p95, again.delay_p95),
            (told.delay_p99, again.delay_p99),
            (told.delay_maximum, again.delay_maximum),
            (told.variation, again.variation),
        )
    )


def terms_follow(
    line: Told, judgement: Judgement, start: int, stop: int, zone: tzinfo
) -> bool:
    """Whether every outcome follows from its figure, and the figure from the hours.

    The figures of availability and of rates are taken as they are told.
    """
    profile, results = judgement.profile, judgement.results
    excludes = sorted(profile.counting.excludes)
    if judgement.excluded and not excludes:
        return False
    if judgement.fits is False:  # then the terms are not held against this line
        return not results
    gone = tuple(
        Trouble(begin, end, 1.0, cause=excludes[0]) for begin, end in judgement.excluded
    )
    again = judged(profile, _seen(line, start, stop, zone, gone))
    return (
        tuple(one.term for one in results) == profile.terms
        and all(_follows(one, judgement.availability) for one in results)
        and is_sum(judgement.availability)
        and all(
            one.samples == other.samples and same(one.figure, other.figure)
            for one, other in zip(results, again, strict=True)
            if is_from_hours(one)
        )
    )


def is_from_hours(result: Result) -> bool:
    """Whether the figure of a term is computed again, not only its outcome."""
    return result.term.measure in _FROM_HOURS


def adds_up(line: Told) -> bool:
    """Whether the availability is that of the spans that are told with it."""
    whole, known = line.availability, (line.availability, line.provider, line.y1540)
    longest = max((end - start for start, end in line.down), default=0)
    return (
        all(is_sum(one) for one in known if one is not None)
        and _near(whole.down_seconds.low, length(line.down) / SECOND)
        and _near(whole.unknown_seconds, length(line.unknown) / SECOND)
        and _near(whole.longest_seconds.low, longest / SECOND)
    )


def is_sum(told: Availability) -> bool:
    """Whether shares and seconds of *told* are of one piece."""
    whole, down = told.counted_seconds, told.down_seconds
    if not whole or down.low is None or down.high is None:
        return not told.share.known
    share = Bounds((whole - down.high) / whole, (whole - down.low) / whole)
    return same(told.share, share)


def minutes_in(spans: Iterable[Span], hour: int) -> int:
    """Return a mask of the minutes of *hour*, its start, that lie wholly in *spans*.

    The first minute is the highest of 60 bits, as in the evidence.
    """
    minute = HOUR // 60
    mask = 0
    for start, end in within(spans, hour, hour + HOUR):
        for at in range(-(-(start - hour) // minute), (end - hour) // minute):
            mask |= 1 << 59 - at
    return mask


def same(one: Bounds, other: Bounds) -> bool:
    """Whether both are equal, but for rounding."""
    return _near(one.low, other.low) and _near(one.high, other.high)


def _seen(
    line: Told, start: int, stop: int, zone: tzinfo, gone: tuple[Trouble, ...] = ()
) -> Seen:
    return Seen(start, stop, gone, line.unmeasured or (), line.hours, zone=zone)


def _follows(result: Result, known: Availability) -> bool:
    if result.term.measure is Measure.LONGEST_OUTAGE and not same(
        result.figure, known.longest_seconds
    ):
        return False
    if result.thin:
        return result.outcome is Outcome.INCONCLUSIVE
    return result.outcome is outcome(result.term, result.figure)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
