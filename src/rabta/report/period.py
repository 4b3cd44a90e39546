"""A period as people write it: a month, a week, or two dates; in local time."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

from rabta.clock import SECOND
from rabta.cost.firm.calendar import midnight
from rabta.cost.service.spans import Span
from rabta.errors import UsageError


_MONTH = re.compile(r"(\d{4})-(\d\d)")
_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_HINT = "write 2026-10, 2026-W43, 2026-10-05 or 2026-10-01..2026-10-15"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days; times in microseconds UTC."""

    label: str
    """As it was asked for."""
    start: int
    stop: int
    first: date
    last: date
    """The last day that belongs to it."""


def period_of(text: str, zone: tzinfo) -> Period:
    """Read *text*.

    Raises:
        UsageError: it is no period; the hint shows the forms.
    """
    try:
        first, last = _days(text.strip())
        start, stop = midnight(first, zone), midnight(last + timedelta(1), zone)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no period", hint=_HINT) from None
    if last < first:
        raise UsageError(f"{text!r} ends before it begins", hint=_HINT)
    return Period(text.strip(), start, stop, first, last)


def last_month(now: int, zone: tzinfo) -> str:
    """Return the month before the one of *now*."""
    today = datetime.fromtimestamp(now / SECOND, zone).date()
    return f"{today.replace(day=1) - timedelta(1):%Y-%m}"


def _days(text: str) -> tuple[date, date]:
    if match := _MONTH.fullmatch(text):
        first = date(int(match[1]), int(match[2]), 1)
        return first, (first + timedelta(32)).replace(day=1) - timedelta(1)
    if match := _WEEK.fullmatch(text):
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return first, first + timedelta(6)
    begin, _, end = text.partition("..")
    return date.fromisoformat(begin), date.fromisoformat(end or begin)


def local_days(start: int, stop: int, zone: tzinfo) -> list[Span]:
    """Return the local days of [start, stop); the first and the last are cut to it."""
    day = datetime.fromtimestamp(start / SECOND, zone).date()
    edges = [start]
    while edges[-1] < stop:
        day += timedelta(1)
        edges.append(min(stop, midnight(day, zone)))
    return list(pairwise(edges))
