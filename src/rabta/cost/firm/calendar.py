"""When people work: weekly hours in their zone, other hours in Ramadan, days off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.cost.firm.ramadan import ramadans
from rabta.cost.firm.ranges import Floats


Times = NDArray[np.int64]
Shift = tuple[time, time]
"""From and to, local; one that ends at or before its begin ends the next day."""
_ALWAYS: tuple[Shift, ...] = ((time(0), time(0)),)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The hours one group of people works."""

    zone: tzinfo
    shifts: tuple[Shift, ...] = _ALWAYS
    weekdays: frozenset[int] = frozenset(range(7))
    """0 is Monday."""
    holidays: frozenset[date] = field(default_factory=frozenset)
    ramadan: tuple[Shift, ...] | None = None
    """The shifts of Ramadan; None when they are the usual ones."""

    @property
    def told(self) -> bool:
        """Whether hours were given; else it is around the clock."""
        return self.shifts != _ALWAYS or self.weekdays != frozenset(range(7))


class Worked:
    """Hours worked since the beginning, as a function of time: flat out of hours.

    What lies between two moments is a difference, so that hours add up over disjoint
    outages, never fall as an outage grows, and are zero outside the calendar.
    """

    def __init__(self, edges: Times, hours: Floats) -> None:
        """Join (time, hours so far) by straight lines."""
        self._edges, self._hours = edges, hours

    @classmethod
    def of(cls, calendar: Calendar, start: int, stop: int) -> Self:
        """Lay *calendar* out over [start, stop], microseconds UTC."""
        # a night shift begins the day before, a zone is up to 14 hours away
        return cls.over(intervals(calendar, start - 2 * DAY, stop + 2 * DAY))

    @classmethod
    def over(cls, intervals: Iterable[tuple[int, int]]) -> Self:
        """Count the time within *intervals*; what overlaps counts once."""
        merged = merge(intervals)
        edges = np.array(merged, dtype=np.int64).reshape(-1)
        lengths = (edges[1::2] - edges[::2]) / HOUR
        hours = np.zeros(len(edges))
        hours[1::2] = np.cumsum(lengths)
        hours[2::2] = hours[1:-1:2]
        return cls(edges, hours)

    def between(self, start: Times, end: Times) -> Floats:
        """Return the hours worked in each [start, end)."""
        return self.until(end) - self.until(start)

    def until(self, moment: Times) -> Floats:
        """Return the hours worked before each *moment*."""
        if not len(self._edges):
            return np.zeros(np.shape(moment))
        # relative to the first edge: microseconds since 1970 leave floats few digits
        base = self._edges[0]
        hours: Floats = np.interp(
            (moment - base).astype(float),
            (self._edges - base).astype(float),
            self._hours,
        )
        return hours


def merge(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort and join what overlaps or touches; drop what is empty."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def intervals(calendar: Calendar, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the shifts that begin on the local days of [start, stop], microseconds."""
    first, last = (_day(moment, calendar.zone) for moment in (start, stop))
    fasting = _fasting(first, last) if calendar.ramadan is not None else frozenset()
    midnights = _midnights(calendar.zone, first, last)

    def moment(number: int, clock: time) -> int:
        """Return the time *clock* shows, so many days after *first*."""
        begin = midnights[number]
        if midnights[number + 1] - begin != DAY:  # clocks change that day
            day = first + timedelta(days=number)
            return _moment(day, clock, calendar.zone)
        return begin + (clock.hour * 60 + clock.minute) * MINUTE

    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() in calendar.weekdays and day not in calendar.holidays:
            shifts = calendar.shifts
            if day in fasting:
                shifts = calendar.ramadan or ()
            for begins, ends in shifts:
                until = number if ends > begins else number + 1
                yield moment(number, begins), moment(until, ends)


def _fasting(first: date, last: date) -> frozenset[date]:
    return frozenset(
        begin + timedelta(days=number)
        for begin, end in ramadans(first, last)
        for number in range((end - begin).days + 1)
    )


@lru_cache(maxsize=8)
def _midnights(zone: tzinfo, first: date, last: date) -> list[int]:
    """Return where each day from *first* begins, up to two days after *last*."""
    count = (last - first).days + 3
    return [midnight(first + timedelta(days=n), zone) for n in range(count)]


def _day(moment: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(moment / SECOND, zone).date()


def midnight(day: date, zone: tzinfo) -> int:
    """Return when the local *day* begins, microseconds UTC."""
    return _moment(day, time(), zone)


def _moment(day: date, clock: time, zone: tzinfo) -> int:
    return round(datetime.combine(day, clock, zone).timestamp()) * SECOND
