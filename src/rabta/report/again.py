"""What a report says of its lines, computed again from what it tells of them.

By the very functions that made it: from its hours, its tests, the disruptions that
count, and when nothing was measured.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from itertools import pairwise
from operator import itemgetter

import msgspec

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.cost.service.availability import Availability, Trouble
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.rates import Rated
from rabta.cost.service.samples import Hour
from rabta.cost.service.spans import Span, Spans, joined, minus
from rabta.cost.service.terms import Result, Seen
from rabta.model import Cause, Kind, Message
from rabta.report.counted import counted
from rabta.report.facts import Day, Figures, Incident, Judgement
from rabta.report.figures import figures
from rabta.report.judge import judgement
from rabta.report.troubles import troubles


LONGEST = 3660 * DAY
"""A period, or a disruption before or after it, that somebody may have measured."""
_DAY = 20 * HOUR
"""No local day is shorter."""


class Told(msgspec.Struct):
    """What a report tells of one line; None is what its reader may not see."""

    uplink: str
    availability: Availability
    series: tuple[tuple[str, int, str], ...]
    hours: tuple[Hour, ...]
    down: Spans
    unknown: Spans
    days: tuple[Day, ...] = ()
    impaired: Spans | None = None
    unmeasured: Spans | None = None
    nearby: Figures | None = None
    provider: Availability | None = None
    y1540: Availability | None = None
    abroad: tuple[tuple[str, Figures], ...] = ()
    downloads: tuple[Rated | float, ...] = ()
    """Earlier editions told the rates alone."""
    uploads: tuple[Rated | float, ...] = ()
    troubles: tuple[Trouble, ...] | None = None
    """None: an earlier edition, of which availability and terms are not made again."""


class ToldIncident(msgspec.Struct):
    """What a report tells of one incident, as far as it counts."""

    entity: str
    kind: Kind
    onset: int
    end: int | None
    onset_uncertainty_seconds: float
    depth: float = 0.0
    code: str = ""
    causes: tuple[tuple[Cause, float], ...] = ()

    def whole(self) -> Incident:
        """Return it as facts have it, without its words."""
        return Incident(
            id=0,
            entity=self.entity,
            kind=self.kind,
            onset=self.onset,
            end=self.end,
            onset_uncertainty_seconds=self.onset_uncertainty_seconds,
            depth=self.depth,
            code=self.code,
            sentence=Message(""),
            confidence=0.0,
            calibrated=False,
            causes=self.causes,
            evidence=(),
            alternatives=(),
            versions=0,
            seconds_within=0.0,
        )


def seen_of(line: Told, start: int, stop: int, zone: tzinfo) -> Seen:
    """Return all that a report tells of *line* in [start, stop)."""
    return Seen(
        start,
        stop,
        line.troubles or (),
        line.unknown if line.unmeasured is None else line.unmeasured,
        line.hours,
        tuple(one for one in line.downloads if isinstance(one, Rated)),
        tuple(one for one in line.uploads if isinstance(one, Rated)),
        zone,
    )


def owns_up(line: Told, start: int, stop: int) -> bool:
    """Whether all time of [start, stop) without an hour is told to be unknown."""
    lit = joined((one.start, one.start + HOUR) for one in line.hours)
    unlit = minus([(start, stop)], lit)
    told = line.unknown if line.unmeasured is None else line.unmeasured
    return not minus(unlit, told) and not minus(told, line.unknown)


def figures_follow(line: Told, seen: Seen) -> bool:
    """Whether loss and delay are those of the hours."""
    told = line.nearby
    if told is None:
        return True
    again = figures(seen)
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


def troubles_follow(
    line: Told, told: Iterable[ToldIncident], start: int, stop: int
) -> bool:
    """Whether what counts for *line* are its incidents *told*, all of them.

    A client is told neither how bad one was nor why. One that is longer than anybody
    has measured is none.
    """
    entity, client = f"uplink/{line.uplink}", line.nearby is None
    known = troubles((one.whole() for one in told), entity, stop, ())
    mine = line.troubles or ()
    if any(one.start < start - LONGEST or one.end > stop + LONGEST for one in mine):
        return False
    return len(known) == len(mine) and all(
        (one.start, one.end, one.down, one.uncertainty_seconds)
        == (other.start, other.end, other.down, other.uncertainty_seconds)
        and (
            client
            or (
                (one.loss, one.doubtful) == (other.loss, other.doubtful)
                # a provider may have announced it as maintenance
                and other.cause in {one.cause, Cause.MAINTENANCE.value}
            )
        )
        for one, other in zip(known, mine, strict=True)
    )


def availability_follows(line: Told, seen: Seen) -> bool:
    """Whether availability, by day and whole, is that of the disruptions that count."""
    days = [(one.start, one.stop) for one in line.days]
    again = counted(seen, days)
    return (
        _joins(days, seen)
        and equal(line.availability, again.availability)
        and (line.provider is None or equal(line.provider, again.provider))
        and (line.y1540 is None or equal(line.y1540, again.y1540))
        and (line.impaired is None or line.impaired == again.impaired)
        and (line.down, line.unknown) == (again.down, again.unknown)
        and all(
            same(one.availability, other.availability)
            and same(one.down_seconds, other.down_seconds)
            and _near(one.unknown_seconds, other.unknown_seconds)
            for one, other in zip(line.days, again.days, strict=True)
        )
    )


def _joins(days: Sequence[Span], seen: Seen) -> bool:
    """Whether *days* are the whole period, one after the other."""
    return (
        len(days) <= 2 + (seen.stop - seen.start) // _DAY
        and joined(days) == ((seen.start, seen.stop),)
        and all(one[1] == other[0] for one, other in pairwise(days))
    )


def judgement_follows(told: Judgement, seen: Seen) -> bool:
    """Whether each outcome, its figure and the credit are those of what was *seen*."""
    if told.fits is not True and not told.profile.media:
        return False
    again = judgement(told.uplink, told.profile, seen, fits=told.fits)
    return (
        len(told.results) == len(again.results)
        and all(map(_same_result, told.results, again.results))
        and equal(told.availability, again.availability)
        and same(told.credit, again.credit)
        and told.excluded == again.excluded
    )


def _same_result(one: Result, other: Result) -> bool:
    mine = (one.term, one.outcome, one.samples, one.thin)
    theirs = (other.term, other.outcome, other.samples, other.thin)
    return mine == theirs and same(one.figure, other.figure)


def excused(line: Told) -> Spans:
    """Return when silence of *line* is told, and a minute on either side."""
    told = [
        (one.start - round(one.uncertainty_seconds * SECOND), one.end)
        for one in line.troubles or ()
    ]
    spans = (*told, *line.unknown)
    return joined((start - MINUTE, end + MINUTE) for start, end in spans)


def minutes_in(spans: Spans, hour: int) -> int:
    """Return a mask of the minutes of *hour*, its start, that lie wholly in *spans*.

    The first minute is the highest of 60 bits, as in the evidence.
    """
    mask = 0
    for start, end in spans[bisect_right(spans, hour, key=itemgetter(1)) :]:
        if start >= hour + HOUR:
            break
        first = max(0, -(-(start - hour) // MINUTE))
        for at in range(first, min(HOUR, end - hour) // MINUTE):
            mask |= 1 << 59 - at
    return mask


def equal(one: Availability, other: Availability) -> bool:
    """Whether both are equal, but for rounding."""
    return (
        one.outages == other.outages
        and same(one.share, other.share)
        and same(one.down_seconds, other.down_seconds)
        and same(one.longest_seconds, other.longest_seconds)
        and _near(one.counted_seconds, other.counted_seconds)
        and _near(one.unknown_seconds, other.unknown_seconds)
        and _near(one.excluded_seconds, other.excluded_seconds)
    )


def same(one: Bounds, other: Bounds) -> bool:
    """Whether both are equal, but for rounding."""
    return _near(one.low, other.low) and _near(one.high, other.high)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
