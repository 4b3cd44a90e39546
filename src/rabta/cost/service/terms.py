"""Terms of a contract or a regulator, and whether a line met them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum
from functools import cache

from rabta.cost.firm.calendar import Shift
from rabta.cost.service.availability import (
    Availability,
    Counting,
    Trouble,
    availability,
    cut,
    excluded,
)
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.months import monthly, worst
from rabta.cost.service.rates import Rated, enough, outside, rate, repeated
from rabta.cost.service.samples import (
    Hour,
    Slot,
    Window,
    delay,
    loss,
    measured,
    slots,
    variation,
)
from rabta.cost.service.spans import Span, Spans, common, length, minus, within


ACCESS = ("fixed", "mobile", "satellite")
"""What a line is, as its contract has it."""


class Measure(StrEnum):
    """What a term limits."""

    AVAILABILITY = "availability"
    """Of a calendar month; where a period touches several, of the worst."""
    LONGEST_OUTAGE = "longest-outage"
    """Seconds."""
    LOSS = "loss"
    DELAY = "delay"
    """Seconds, round trip."""
    VARIATION = "variation"
    DOWNLOAD = "download"
    """Bits per second."""
    UPLOAD = "upload"

    @property
    def wants_more(self) -> bool:
        """Whether more of it is better."""
        return self in {Measure.AVAILABILITY, Measure.DOWNLOAD, Measure.UPLOAD}


class Basis(StrEnum):
    """How the text of a term is known to who wrote it down."""

    READ = "read"
    """Its source itself was read."""
    SECONDARY = "secondary"
    """What others say of it was read."""
    MEMORY = "memory"
    """Nothing was read: hold it against the source before you rely on it."""
    OWN = "own"
    """A contract of one's own, whose owner wrote it down."""


class Outcome(StrEnum):
    """Whether a term was met."""

    MET = "met"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"
    """The bounds lie on both sides of the limit."""
    NOT_MEASURED = "not-measured"
    NOT_STATED = "not-stated"
    """The term limits a share of a figure that nobody gave, such as the advertised
    rate."""


@dataclass(frozen=True, slots=True)
class Term:
    """One limit, with where it is written."""

    id: str
    measure: Measure
    limit: float | None
    """0 to 1, seconds or bits per second; None where it was not given."""
    quantile: float = 0.5
    """Which quantile of the hours or tests is limited; 0.2 of a rate: 80 % of the
    tests reach it."""
    shifts: tuple[Shift, ...] = ()
    """Local hours that count; empty: all. Of outages those of ``Counting`` count."""
    weekdays: frozenset[int] = frozenset(range(7))
    clause: str = ""
    basis: Basis = Basis.OWN


@dataclass(frozen=True, slots=True)
class Profile:
    """A set of terms with its source."""

    name: str
    title: str
    source: str
    """Who wrote it, what it is called, of what date."""
    url: str
    read: str
    """When the source was read, ISO 8601; empty where it was not."""
    counting: Counting
    terms: tuple[Term, ...]
    credits: tuple[tuple[float, float], ...] = ()
    """Below this availability this share of the fee is given back."""
    fee: float = 0.0
    """A month."""
    currency: str = ""
    media: tuple[str, ...] = ()
    """Kinds of access it is written for, of ``ACCESS``; empty: any."""

    def fits(self, access: str) -> bool | None:
        """Tell whether it is written for *access*; None where that is not known."""
        if not self.media:
            return True
        return access in self.media if access else None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was measured of one line in [start, stop)."""

    start: int
    stop: int
    troubles: tuple[Trouble, ...] = ()
    unknown: tuple[Span, ...] = ()
    """When nothing was measured."""
    hours: tuple[Hour, ...] = ()
    downloads: tuple[Rated, ...] = ()
    uploads: tuple[Rated, ...] = ()
    zone: tzinfo = UTC
    """In which a term's hours are meant."""

    @property
    def period(self) -> Span:
        """From when to when."""
        return self.start, self.stop

    def availability(
        self, counting: Counting, period: Span | None = None
    ) -> Availability:
        """Return the bounds over *period*, which lies within; all of it without one."""
        start, stop = period or self.period
        return availability(
            self.troubles, self.unknown, start, stop, counting, self.zone
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One term held against what was measured."""

    term: Term
    outcome: Outcome
    figure: Bounds
    samples: int
    """Hours or tests the figure rests on; seconds that count for availability."""
    thin: bool = False
    """Whether too few tests, or tests on too few days, say so; then inconclusive."""


def judged(profile: Profile, seen: Seen) -> tuple[Result, ...]:
    """Hold every term of *profile* against what was *seen*."""
    known = seen.availability(profile.counting)
    without = excluded(seen.troubles, profile.counting)
    gone, doubtful = _unavailable(profile.counting, seen)

    @cache  # most terms are of the same hours
    def counted(window: Window) -> tuple[Slot, ...]:
        left_out = (*without, *gone)
        return slots(seen.hours, seen.unknown, window, seen.period, left_out, doubtful)

    found = []
    for term in profile.terms:
        if term.measure in {Measure.DOWNLOAD, Measure.UPLOAD}:
            found.append(_rated(term, profile.counting, seen))
            continue
        if term.measure in {Measure.AVAILABILITY, Measure.LONGEST_OUTAGE}:
            figure = _worked(term, profile.counting, seen, known)
            samples = round(known.counted_seconds)
        else:
            hours = counted(Window(seen.zone, term.shifts, term.weekdays))
            figure, samples = _of_hours(term, hours), measured(hours)
        found.append(Result(term, outcome(term, figure), figure, samples))
    return tuple(found)


def _unavailable(counting: Counting, seen: Seen) -> tuple[Spans, Spans]:
    """Return when the line was unavailable for certain, and perhaps, by Y.1540.

    Its loss and delay are those of the time it was available; contracts that count
    every second say nothing of the kind.
    """
    if counting.loss_over is None:
        return (), ()
    found = cut(seen.troubles, seen.unknown, *seen.period, counting, seen.zone)
    return found.surely, minus(found.perhaps, found.surely)


def outcome(term: Term, figure: Bounds) -> Outcome:
    """Say whether *figure* is within the limit wherever in its bounds it lies."""
    if term.limit is None:
        return Outcome.NOT_STATED
    if not figure.known:
        return Outcome.NOT_MEASURED
    low = -math.inf if figure.low is None else figure.low
    high = math.inf if figure.high is None else figure.high
    if term.measure.wants_more:
        met, missed = low >= term.limit, high < term.limit
    else:
        met, missed = high <= term.limit, low > term.limit
    if met:
        return Outcome.MET
    return Outcome.VIOLATED if missed else Outcome.INCONCLUSIVE


def _worked(term: Term, counting: Counting, seen: Seen, known: Availability) -> Bounds:
    if term.measure is Measure.LONGEST_OUTAGE:
        return known.longest_seconds
    return worst(monthly(seen.troubles, seen.unknown, seen.period, counting, seen.zone))


def _of_hours(term: Term, counted: Sequence[Slot]) -> Bounds:
    if term.measure is Measure.LOSS:
        return loss(counted)
    figure = delay if term.measure is Measure.DELAY else variation
    return figure(counted, term.quantile)


def _rated(term: Term, counting: Counting, seen: Seen) -> Result:
    window = Window(seen.zone, term.shifts, term.weekdays)
    tests = seen.downloads if term.measure is Measure.DOWNLOAD else seen.uploads
    without = within(excluded(seen.troubles, counting), seen.start, seen.stop)
    counted = [one for one in outside(tests, without) if window.holds(one.time)]
    left = minus([seen.period], without)
    dark = length(common(left, seen.unknown)) / max(1, length(left))
    figure = rate(counted, term.quantile, dark)
    told = outcome(term, figure)
    thin = told in {Outcome.MET, Outcome.VIOLATED} and not enough(counted, seen.zone)
    if told is Outcome.VIOLATED and term.limit is not None:
        thin = thin or not repeated(counted, term.limit, seen.zone)
    return Result(
        term, Outcome.INCONCLUSIVE if thin else told, figure, len(counted), thin
    )
