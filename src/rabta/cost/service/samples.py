"""What was measured of a line, hour by hour, and its figures as bounds.

Rabta measures round trips: delay as of RFC 2681, the loss of round trips as of RFC 7680
for both ways together (one-way delay, RFC 7679, needs two clocks). Hours are what is
kept for ever; quantiles are those of the hours' medians.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from rabta.clock import HOUR, SECOND
from rabta.cost.firm.calendar import Shift
from rabta.cost.service.bounds import NOTHING, Bounds, quantile
from rabta.cost.service.spans import Span, joined, length, within


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


@dataclass(frozen=True, slots=True)
class Rated:
    """One throughput test."""

    time: int
    bits_per_second: float


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day and days of the week that count, local."""

    zone: tzinfo = UTC
    shifts: tuple[Shift, ...] = ()
    """Empty: around the clock. One that ends before it begins runs past midnight."""
    weekdays: frozenset[int] = frozenset(range(7))

    def holds(self, instant: int) -> bool:
        """Whether *instant*, microseconds UTC, lies within."""
        moment = datetime.fromtimestamp(instant / SECOND, UTC).astimezone(self.zone)
        if moment.weekday() not in self.weekdays:
            return False
        clock = moment.time()
        return not self.shifts or any(
            begin <= clock < end if begin < end else clock >= begin or clock < end
            for begin, end in self.shifts
        )


def chosen(
    hours: Iterable[Hour], window: Window, without: Sequence[Span]
) -> tuple[Hour, ...]:
    """Return the hours in *window* that no span of *without* touches."""
    gone = joined(without)
    return tuple(
        one
        for one in hours
        if window.holds(one.start)
        and not any(start < one.start + HOUR and one.start < end for start, end in gone)
    )


def missing_hours(
    unknown: Sequence[Span],
    window: Window,
    start: int,
    stop: int,
    without: Sequence[Span],
) -> int:
    """Count the hours of [start, stop) that count and of which nothing is known."""
    return sum(
        window.holds(hour) and not length(within(without, hour, hour + HOUR))
        for begin, end in within(unknown, start, stop)
        for hour in range(-(-begin // HOUR) * HOUR, end // HOUR * HOUR, HOUR)
    )


def loss(hours: Sequence[Hour], missing: int) -> Bounds:
    """Return the share of round trips lost, 0 to 1.

    Each hour weighs the same: while something is wrong Rabta asks more often, which
    must not count for more.
    """
    if not hours:
        return NOTHING
    lost = sum(one.lost / one.sent for one in hours)
    whole = len(hours) + missing
    return Bounds(lost / whole, (lost + missing) / whole)


def delay(hours: Sequence[Hour], share: float, missing: int) -> Bounds:
    """Return a quantile of the hours' median round trips, seconds."""
    return quantile(
        [v for one in hours if (v := one.delay) is not None], share, missing
    )


def variation(hours: Sequence[Hour], share: float, missing: int) -> Bounds:
    """Return a quantile of the hours' delay variation, seconds."""
    values = [v for one in hours if (v := one.variation) is not None]
    return quantile(values, share, missing)


def rate(tests: Sequence[Rated], share: float, unknown: float) -> Bounds:
    """Return a quantile of the rates; *unknown* is the share of time without a word.

    Tests are as often wanting as time is.
    """
    known = max(1e-9, 1 - unknown)
    wanting = round(len(tests) * min(1.0, unknown) / known) if unknown < 1 else 0
    return quantile([one.bits_per_second for one in tests], share, wanting)
