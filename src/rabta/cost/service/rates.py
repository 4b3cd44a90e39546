"""Throughput tests as bounds, and when they are enough to judge by.

One slow test shows that something was slow: the server, Wi-Fi, or what else used the
line then, which Rabta does not record. That passes; a line that is too slow stays it.
So a rate is judged only by ten tests on three days, and a miss must come back on
another day. The Bundesnetzagentur's procedure for fixed lines asks for days and
repetition likewise, and for more tests.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from rabta.clock import HOUR, SECOND
from rabta.cost.service.bounds import Bounds, quantile
from rabta.cost.service.spans import Span, joined


TESTS, DAYS, MISSED_DAYS = 10, 3, 2


@dataclass(frozen=True, slots=True)
class Rated:
    """One throughput test."""

    time: int
    """Microseconds UTC, of the test or of the hour it was in."""
    bits_per_second: float


def outside(tests: Iterable[Rated], spans: Iterable[Span]) -> tuple[Rated, ...]:
    """Return the *tests* in whose hour none of *spans* lies."""
    gone = joined(spans)

    def clear(one: Rated) -> bool:
        begin = one.time // HOUR * HOUR
        return not any(start < begin + HOUR and begin < end for start, end in gone)

    return tuple(one for one in tests if clear(one))


def rate(tests: Sequence[Rated], share: float, unknown: float) -> Bounds:
    """Return a quantile of the rates; *unknown* is the share of time without a word.

    Tests are as often wanting as time is.
    """
    known = max(1e-9, 1 - unknown)
    wanting = round(len(tests) * min(1.0, unknown) / known) if unknown < 1 else 0
    return quantile([one.bits_per_second for one in tests], share, wanting)


def enough(tests: Sequence[Rated], zone: tzinfo) -> bool:
    """Tell whether there are enough *tests*, on enough days, to judge at all."""
    return len(tests) >= TESTS and len(_days(tests, zone)) >= DAYS


def repeated(tests: Iterable[Rated], limit: float, zone: tzinfo) -> bool:
    """Tell whether *tests* fell short of *limit* on several days."""
    short = (one for one in tests if one.bits_per_second < limit)
    return len(_days(short, zone)) >= MISSED_DAYS


def _days(tests: Iterable[Rated], zone: tzinfo) -> set[date]:
    return {
        datetime.fromtimestamp(one.time / SECOND, UTC).astimezone(zone).date()
        for one in tests
    }
