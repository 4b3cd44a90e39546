"""When something recurs: the rules of RFC 5545, section 3.3.10, that calendars write.

``FREQ`` by day, week, month and year, ``INTERVAL``, ``COUNT``, ``UNTIL``, ``WKST``,
``BYMONTH``, ``BYMONTHDAY`` and ``BYDAY``. Others are refused by name.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count


_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_READ = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY")
)
_PERIODS = 20_000  # days, weeks, months or years that are gone through
_MOST = 5_000  # occurrences, the latest


class UnreadRuleError(ValueError):
    """A rule, or a part of one, that is not read; the text says which."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    freq: str
    interval: int
    count: int | None
    until: str
    week_start: int
    months: tuple[int, ...]
    month_days: tuple[int, ...]
    week_days: tuple[tuple[int, int], ...]
    """(which of the month, 0 for each; day of the week from Monday = 0)."""


def rule(text: str) -> Rule:
    """Read the value of an ``RRULE``.

    Raises:
        UnreadRuleError: it is malformed, or asks for what is not read.
    """
    parts = {
        name.strip().upper(): value.strip().upper()
        for name, _, value in (one.partition("=") for one in text.split(";") if one)
    }
    for name in parts:
        if name not in _READ:
            raise UnreadRuleError(name)
    freq = parts.get("FREQ", "")
    if freq not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise UnreadRuleError(f"FREQ={freq}")
    try:
        found = Rule(
            freq,
            int(parts.get("INTERVAL", "1")),
            int(parts["COUNT"]) if "COUNT" in parts else None,
            parts.get("UNTIL", ""),
            _DAYS.index(parts.get("WKST", "MO")),
            tuple(sorted(_numbers(parts, "BYMONTH"))),
            _numbers(parts, "BYMONTHDAY"),
            tuple(_day(one) for one in parts.get("BYDAY", "").split(",") if one),
        )
    except ValueError:
        raise UnreadRuleError(text[:60]) from None
    if found.interval < 1 or any(not 0 < one < 13 for one in found.months):
        raise UnreadRuleError(text[:60])
    ordered = any(which for which, _ in found.week_days)
    by_year = freq == "YEARLY" and not found.months
    if (ordered and freq in ("DAILY", "WEEKLY")) or (found.week_days and by_year):
        raise UnreadRuleError(f"FREQ={freq} with BYDAY={parts['BYDAY']}")
    return found


def _numbers(parts: Mapping[str, str], name: str) -> tuple[int, ...]:
    return tuple(int(one) for one in parts.get(name, "").split(",") if one)


def _day(text: str) -> tuple[int, int]:
    return int(text[:-2] or 0), _DAYS.index(text[-2:])


def occurrences(found: Rule, first: datetime, last: datetime) -> list[datetime]:
    """Return when it recurs from *first*, which is always one, to *last* inclusive.

    Wall clocks without a zone, as the rule is kept in local time. Of more than 5,000
    the latest are returned.

    Raises:
        UnreadRuleError: it goes through more than 20,000 periods.
    """
    kept = deque([first], maxlen=_MOST)
    left = None if found.count is None else found.count - 1
    for number in count():
        if left is not None and left <= 0:
            break
        if number > _PERIODS:
            raise UnreadRuleError(f"more than {_PERIODS} periods")
        try:
            begin, days = _period(found, first.date(), number * found.interval)
        except (OverflowError, ValueError):  # beyond the year 9999
            break
        if begin > last.date():
            break
        for day in sorted(set(days)):
            when = datetime.combine(day, first.time())
            if when > last:
                return list(kept)
            if when > first and left != 0:
                kept.append(when)
                left = None if left is None else left - 1
    return list(kept)


def _period(found: Rule, first: date, steps: int) -> tuple[date, Iterator[date]]:
    """Return where the period so many steps on begins, and its days that count."""
    if found.freq == "DAILY":
        day = first + timedelta(days=steps)
        weekdays = [one for _, one in found.week_days]
        fits = (not weekdays or day.weekday() in weekdays) and _by_month(found, day)
        return day, iter([day] if fits else [])
    if found.freq == "WEEKLY":
        back = (first.weekday() - found.week_start) % 7
        week = first - timedelta(days=back) + timedelta(weeks=steps)
        weekdays = [one for _, one in found.week_days] or [first.weekday()]
        days = (week + timedelta(days=(one - found.week_start) % 7) for one in weekdays)
        return week, (
            one for one in days if not found.months or one.month in found.months
        )
    if found.freq == "MONTHLY":
        year, month = divmod(first.year * 12 + first.month - 1 + steps, 12)
        begin = date(year, month + 1, 1)
        fits = not found.months or begin.month in found.months
        return begin, _of_month(found, begin, first.day) if fits else iter(())
    year = first.year + steps
    usual = range(1, 13) if found.month_days else (first.month,)
    months = [date(year, one, 1) for one in found.months or usual]
    return date(year, 1, 1), (
        day for one in months for day in _of_month(found, one, first.day)
    )


def _by_month(found: Rule, day: date) -> bool:
    in_month = not found.months or day.month in found.months
    wanted = found.month_days
    length = _length(day)
    return in_month and (
        not wanted or day.day in wanted or day.day - length - 1 in wanted
    )


def _of_month(found: Rule, begin: date, usual: int) -> Iterator[date]:
    length = _length(begin)
    wanted = {one if one > 0 else length + 1 + one for one in found.month_days}
    for number in range(1, length + 1):
        day = begin.replace(day=number)
        if found.month_days and number not in wanted:
            continue
        if found.week_days:
            if any(_is(day, length, *one) for one in found.week_days):
                yield day
        elif found.month_days or number == usual:
            yield day


def _is(day: date, length: int, which: int, weekday: int) -> bool:
    """Whether *day* is that weekday, the *which*-th of its month (from its end < 0)."""
    if day.weekday() != weekday:
        return False
    from_end = (length - day.day) // 7 + 1
    return which in (0, (day.day - 1) // 7 + 1, -from_end)


def _length(day: date) -> int:
    following = day.replace(day=28) + timedelta(days=4)
    return (following.replace(day=1) - timedelta(days=1)).day
