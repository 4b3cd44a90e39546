"""Disruptions that come again: curfews, exam hours, load-shedding.

A pattern is a local time of day and a length that at least three disruptions share,
on most of the days it could have been on. Shutdowns ordered by the hour come back to
the minute; faults do not (Bischof et al., SIGCOMM 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from statistics import median
from typing import Final

from rabta.clock import DAY, HOUR, MINUTE, SECOND


LEAST: Final = 3
"""Disruptions that make a pattern."""
START_WITHIN: Final = 30 * MINUTE
LENGTH_WITHIN: Final = HOUR
LENGTH_SHARE: Final = 0.3
REGULAR: Final = 0.5
"""Share of the eligible days on which it came."""
LONGEST: Final = 20 * HOUR


@dataclass(frozen=True, slots=True)
class Recurring:
    """One disruption with many occurrences; local civil time."""

    start: time
    end: time
    """Earlier than *start* where it lasts beyond midnight."""
    days: tuple[int, ...]
    """Weekdays it came on, Monday is 0."""
    first: date
    last: date
    occurrences: tuple[int, ...]
    """Positions of its disruptions, oldest first."""
    regularity: float
    """Share of those weekdays between first and last on which it came."""


def recurring(
    windows: Sequence[tuple[int, int | None]], timezone: tzinfo, *, blur: int = 0
) -> tuple[Recurring, ...]:
    """Group *windows* (onset, end; microseconds UTC, oldest first) into patterns.

    *blur* is the step of the series: times cannot agree better than that. Each window
    belongs to one pattern at most.
    """
    open_ended = [i for i, (_, end) in enumerate(windows) if end is None]
    free = [
        i
        for i, (onset, end) in enumerate(windows)
        if i not in open_ended and end is not None and end - onset <= LONGEST
    ]
    starts = {i: _of_day(windows[i][0], timezone) for i in free}
    patterns = []
    while len(free) >= LEAST:
        groups = [_alike(windows, starts, free, i, blur) for i in free]
        best = max(groups, key=lambda g: (len(g), [-i for i in g]))
        pattern = _pattern(windows, best, timezone)
        if pattern is None:
            # a group that is no pattern blocks its first member only
            free = [i for i in free if i != best[0]]
            continue
        patterns.append(pattern)
        free = [i for i in free if i not in pattern.occurrences]
    return tuple(sorted(patterns, key=lambda p: p.occurrences))


def _alike(
    windows: Sequence[tuple[int, int | None]],
    starts: dict[int, int],
    free: list[int],
    like: int,
    blur: int,
) -> list[int]:
    """Return those that start and last like *like*, one a day."""
    length = _length(windows[like])
    near = max(START_WITHIN, blur)
    room = max(LENGTH_WITHIN, 2 * blur, int(LENGTH_SHARE * length))
    group: list[int] = []
    for i in free:
        apart = abs((starts[i] - starts[like] + DAY // 2) % DAY - DAY // 2)
        if apart > near or abs(_length(windows[i]) - length) > room:
            continue
        if group and windows[i][0] - windows[group[-1]][0] < DAY - 2 * near:
            continue
        group.append(i)
    return group


def _pattern(
    windows: Sequence[tuple[int, int | None]], group: list[int], timezone: tzinfo
) -> Recurring | None:
    if len(group) < LEAST:
        return None
    local = [_local(windows[i][0], timezone) for i in group]
    anchor = _of_day(windows[group[0]][0], timezone)
    offset = median(
        (_of_day(windows[i][0], timezone) - anchor + DAY // 2) % DAY - DAY // 2
        for i in group
    )
    start = int(anchor + offset) % DAY
    length = int(median(_length(windows[i]) for i in group))
    days = tuple(sorted({moment.weekday() for moment in local}))
    first, last = local[0].date(), local[-1].date()
    span = range(first.toordinal(), last.toordinal() + 1)
    eligible = sum(date.fromordinal(d).weekday() in days for d in span)
    regularity = len(group) / max(eligible, 1)
    if regularity < REGULAR:
        return None
    return Recurring(
        _clock(start),
        _clock((start + length) % DAY),
        days,
        first,
        last,
        tuple(group),
        min(regularity, 1.0),
    )


def _length(window: tuple[int, int | None]) -> int:
    onset, end = window
    return 0 if end is None else end - onset


def _local(when: int, timezone: tzinfo) -> datetime:
    return datetime.fromtimestamp(when / SECOND, UTC).astimezone(timezone)


def _of_day(when: int, timezone: tzinfo) -> int:
    """Return microseconds since local midnight, as clocks there show it."""
    moment = _local(when, timezone)
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) * SECOND


def _clock(of_day: int) -> time:
    minutes = round(of_day / MINUTE) % (24 * 60)
    return time(minutes // 60, minutes % 60)
