"""The few ways in which sources write times."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from rabta.clock import DAY


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NONE = timedelta(0)


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


UNZONED = "times are taken as UTC, as they name no zone: --timezone tells another"
"""Said of a file whose times name no zone where none was named for it."""


class Wall:
    """Reads times of one file in its order, those without a zone as of *zone*.

    Where None is named they are of UTC, and ``assumed`` says whether there were any.

    In the hour that is told twice when clocks are set back, times are of the first
    pass until they run backwards within it.
    """

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone or UTC
        self._named = zone is not None
        self.assumed = False
        self._last: datetime | None = None  # in an hour that is told twice
        self._again = False

    def micros(self, text: str | None) -> int | None:
        """Read as ``micros``; None also for what the zone's clocks never showed."""
        try:
            moment = datetime.fromisoformat((text or "").strip())
            return of(moment) if moment.tzinfo else self.instant(moment)
        except (ValueError, OverflowError):
            return None

    def instant(self, wall: datetime) -> int | None:
        """Return the microseconds of a *wall* clock; None of one never shown."""
        self.assumed = not self._named
        first = wall.replace(tzinfo=self._zone)
        second = first.replace(fold=1)
        gained = (second.utcoffset() or _NONE) - (first.utcoffset() or _NONE)
        if gained > _NONE:
            return None
        if not gained:
            self._last, self._again = None, False
            return of(first)
        if self._last is not None and wall < self._last:
            self._again = True
        self._last = wall
        return of(second if self._again else first)


def whole_days(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield (begin, end) of the days of UTC from *start* to *stop*, microseconds.

    What was asked of a day gone by is not asked again.
    """
    while start < stop:
        end = min(stop, start - start % DAY + DAY)
        yield start, end
        start = end
