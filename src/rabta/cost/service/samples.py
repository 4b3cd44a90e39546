"""What was measured of a line, hour by hour, and its figures as bounds.

Rabta measures round trips: delay as of RFC 2681, the loss of round trips as of RFC 7680
for both ways together (one-way delay, RFC 7679, needs two clocks). Hours are what is
kept for ever; quantiles are those of the hours' medians.

An hour that is dark in part weighs its lit part for loss; its median could be any.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from rabta.clock import HOUR, SECOND
from rabta.cost.firm.calendar import Shift
from rabta.cost.service.bounds import NOTHING, Bounds, quantile
from rabta.cost.service.spans import Span, Spans, joined, length


WAIT_SECONDS = 2.0
"""How long a probe waits for its answer; later is lost."""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one line; seconds."""

    start: int
    """Microseconds UTC."""
    sent: int
    lost: int
    delay: float | None
    """Median round trip, RFC 2681; None where nothing came back."""
    variation: float | None
    """p95 less the minimum: PDV of RFC 5481, section 4.2."""


_WEEK = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day and days of the week that count, local."""

    zone: tzinfo = UTC
    shifts: tuple[Shift, ...] = ()
    """Empty: around the clock. One that ends before it begins runs past midnight."""
    weekdays: frozenset[int] = _WEEK

    def holds(self, instant: int) -> bool:
        """Whether *instant*, microseconds UTC, lies within."""
        if not self.shifts and self.weekdays == _WEEK:
            return True
        moment = datetime.fromtimestamp(instant / SECOND, UTC).astimezone(self.zone)
        if moment.weekday() not in self.weekdays:
            return False
        clock = moment.time()
        return not self.shifts or any(
            begin <= clock < end if begin < end else clock >= begin or clock < end
            for begin, end in self.shifts
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """One hour of the clock that counts, as far as it lies in the period."""

    seconds: float
    known_seconds: float
    """Of them, when something was measured."""
    hour: Hour | None
    """None where nothing was."""
    doubtful: bool = False
    """Whether nobody can say which of it counts."""

    @property
    def whole(self) -> Hour | None:
        """The hour, if nothing of it is dark and all of it counts."""
        known = self.known_seconds == self.seconds and not self.doubtful
        return self.hour if known else None


def slots(
    hours: Iterable[Hour],
    unknown: Iterable[Span],
    window: Window,
    period: Span,
    without: Iterable[Span],
    doubtful: Iterable[Span] = (),
) -> tuple[Slot, ...]:
    """Return the hours of *period* in *window* that no span of *without* touches.

    An hour of which there is no measurement is dark, whatever *unknown* says. Of what
    *doubtful* touches some may count, and nobody knows which.
    """
    start, stop = period
    known = {one.start: one for one in hours if one.sent}
    dark, gone, perhaps = joined(unknown), joined(without), joined(doubtful)
    found = []
    for begin in range(start // HOUR * HOUR, stop, HOUR):
        first, last = max(begin, start), min(begin + HOUR, stop)
        if not window.holds(begin) or (gone and _touch(gone, first, last)):
            continue
        hour = known.get(begin)
        lit = last - first if hour else 0
        if lit and dark:
            lit -= length(_touch(dark, first, last))
        doubt = bool(perhaps and _touch(perhaps, first, last))
        seconds, known_seconds = (last - first) / SECOND, lit / SECOND
        found.append(Slot(seconds, known_seconds, hour if lit else None, doubt))
    return tuple(found)


def _touch(spans: Spans, start: int, stop: int) -> Spans:
    """Cut sorted, disjoint *spans* to [start, stop)."""
    first = bisect_right(spans, start, key=lambda one: one[1])
    found = []
    for begin, end in spans[first:]:
        if begin >= stop:
            break
        found.append((max(begin, start), min(end, stop)))
    return tuple(found)


def measured(counted: Iterable[Slot]) -> int:
    """Count the hours of which anything is known."""
    return sum(one.hour is not None for one in counted)


def loss(counted: Sequence[Slot]) -> Bounds:
    """Return the share of round trips lost, 0 to 1.

    Time weighs the same: while something is wrong Rabta asks more often, which must
    not count for more. While it is dark, none may have been lost, or all. What may not
    count is what lost most (Y.1540, c1): without it the share is less, and no less than
    if all else there had come through.
    """
    if not measured(counted):
        return NOTHING
    whole = sum(one.seconds for one in counted)
    dark = whole - sum(one.known_seconds for one in counted)
    surely = _lost(one for one in counted if not one.doubtful)
    lost = surely + _lost(one for one in counted if one.doubtful)
    return Bounds(surely / whole, min(1.0, (lost + dark) / whole))


def _lost(counted: Iterable[Slot]) -> float:
    """Return the seconds lost, each hour's share of what is known of it."""
    return sum(
        one.known_seconds * one.hour.lost / one.hour.sent for one in counted if one.hour
    )


def delay(counted: Sequence[Slot], share: float) -> Bounds:
    """Return a quantile of the hours' median round trips, seconds.

    What is lost has no finite delay (RFC 2681, sections 2.5 and 4.2): where half of an
    hour's round trips are, its median is longer than a probe waits.
    """
    whole = [one.whole for one in counted]
    values = [
        one.delay for one in whole if one and one.delay is not None and not _mute(one)
    ]
    mute = [WAIT_SECONDS for one in whole if one and _mute(one)]
    return quantile(values, share, len(counted) - len(values) - len(mute), mute)


def variation(counted: Sequence[Slot], share: float) -> Bounds:
    """Return a quantile of the hours' delay variation, seconds."""
    values = [
        hour.variation
        for one in counted
        if (hour := one.whole) and hour.variation is not None
    ]
    return quantile(values, share, len(counted) - len(values))


def _mute(hour: Hour) -> bool:
    return 2 * hour.lost >= hour.sent
