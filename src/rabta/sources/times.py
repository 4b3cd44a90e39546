"""The few ways in which sources write times."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rabta.clock import DAY


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(text: str | None) -> int | None:
    """Read ISO 8601, with or without T and zone (then UTC); None if it is not."""
    if not text:
        return None
    try:
        return of(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        return None


def of(moment: datetime) -> int:
    """Return *moment* in microseconds; one without a zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def whole_days(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield (begin, end) of the days of UTC from *start* to *stop*, microseconds.

    What was asked of a day gone by is not asked again.
    """
    while start < stop:
        end = min(stop, start - start % DAY + DAY)
        yield start, end
        start = end
