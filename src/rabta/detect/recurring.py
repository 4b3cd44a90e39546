"""Disruptions that come again: curfews, exam hours, load-shedding.

A pattern is a local time of day, a length and a depth that at least three disruptions
share, on most of the days it could have been on, and more of them than chance puts
there. Shutdowns ordered by the hour come back to the minute; faults do not (Bischof et
al., SIGCOMM 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from heapq import heapify, heappop, heappush
from statistics import median
from typing import Final

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.detect.alike import Alike, by_chance, longest_pause


LEAST: Final = 3
"""Disruptions that make a pattern."""
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
    windows: Sequence[tuple[int, int | None]],
    timezone: tzinfo,
    *,
    blur: int = 0,
    depths: Sequence[float] | None = None,
) -> tuple[Recurring, ...]:
    """Group *windows* (onset, end; microseconds UTC, oldest first) into patterns.

    *blur* is the step of the series: times cannot agree better than that. *depths*,
    0 to 1, are those of the windows; without them all are alike. Each window belongs to
    one pattern at most.
    """
    spans = {
        i: (onset, end)
        for i, (onset, end) in enumerate(windows)
        if end is not None and end - onset <= LONGEST
    }
    walls = {i: _wall(onset, timezone) for i, (onset, _) in spans.items()}
    alike = Alike(spans, walls, depths, blur)
    # Groups only ever shrink, so that one made earlier tells the most there can be.
    heap = [_ranked(alike.group(seed), seed) for seed in spans]
    heapify(heap)
    patterns = []
    while heap:
        _, group, seed = heappop(heap)
        if len(group) < LEAST:
            break
        if seed not in alike.free:
            continue
        if alike.free.issuperset(group):
            part = _regular(alike, group, timezone)
            if part is not None:
                patterns.append(_pattern(spans, walls, part, timezone))
            # a group that is no pattern blocks its first member only
            alike.free.difference_update(part or group[:1])
        if seed in alike.free:
            heappush(heap, _ranked(alike.group(seed), seed))
    return tuple(sorted(patterns, key=lambda p: p.occurrences))


def _ranked(group: list[int], seed: int) -> tuple[int, list[int], int]:
    return -len(group), group, seed


def _regular(alike: Alike, group: list[int], timezone: tzinfo) -> list[int] | None:
    """Return the longest part of *group* that came regularly; None where none did.

    One that stopped for weeks and came again is two.
    """
    if len(group) < LEAST:
        return None
    often = _regularity(alike.spans, group, timezone)[0] >= REGULAR
    if often and not by_chance(alike, group):
        return group
    cut = longest_pause(alike.spans, group)
    parts = (_regular(alike, one, timezone) for one in (group[:cut], group[cut:]))
    return max((one for one in parts if one), key=len, default=None)


def _regularity(
    spans: dict[int, tuple[int, int]], group: list[int], timezone: tzinfo
) -> tuple[float, tuple[int, ...], date, date]:
    """Return the share of the weekdays it came on, these, and its first and last."""
    dates = [_local(spans[i][0], timezone).date() for i in group]
    days = tuple(sorted({one.weekday() for one in dates}))
    span = range(dates[0].toordinal(), dates[-1].toordinal() + 1)
    eligible = sum(date.fromordinal(d).weekday() in days for d in span)
    return min(len(group) / max(eligible, 1), 1.0), days, dates[0], dates[-1]


def _pattern(
    spans: dict[int, tuple[int, int]],
    walls: dict[int, int],
    group: list[int],
    timezone: tzinfo,
) -> Recurring:
    anchor = walls[group[0]]
    offset = median((walls[i] - anchor + DAY // 2) % DAY - DAY // 2 for i in group)
    start = int(anchor + offset) % DAY
    length = int(median(spans[i][1] - spans[i][0] for i in group))
    regularity, days, first, last = _regularity(spans, group, timezone)
    return Recurring(
        _clock(start),
        _clock((start + length) % DAY),
        days,
        first,
        last,
        tuple(group),
        regularity,
    )


def _local(when: int, timezone: tzinfo) -> datetime:
    return datetime.fromtimestamp(when / SECOND, UTC).astimezone(timezone)


def _wall(when: int, timezone: tzinfo) -> int:
    """Return what clocks there show, counted as if it were UTC: days of 24 hours."""
    ahead = _local(when, timezone).utcoffset()
    return when + (ahead.days * DAY + ahead.seconds * SECOND if ahead else 0)


def _clock(of_day: int) -> time:
    minutes = round(of_day / MINUTE) % (24 * 60)
    return time(minutes // 60, minutes % 60)
