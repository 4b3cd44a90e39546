"""What the evidence holds of each line a report tells of, hour by hour."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from rabta.clock import HOUR, SECOND
from rabta.cost.service.samples import Hour
from rabta.model import Probe
from rabta.model.target import DOWNLOAD, UPLOAD
from rabta.report.again import Told, excused, minutes_in
from rabta.report.evidence import Figures
from rabta.report.evidence import Hour as Closed


RATED = (DOWNLOAD, UPLOAD)
"""Targets of throughput tests."""
_DELAYS = {Probe.ICMP.value, Probe.TCP.value}
_RATE = Probe.THROUGHPUT.value


@dataclass(slots=True)
class Logged:
    """What the evidence holds of one line."""

    hours: dict[int, Hour] = field(default_factory=dict)
    """By their start."""
    down: int = 0
    """Minutes in which it was measured, of those that are told to be an outage."""
    answered: int = 0
    """Those of ``down`` in which something answered."""
    untold: int = 0
    """Minutes in which nothing answered, and neither is an outage nor anything else
    told."""
    series: set[tuple[str, int, str]] = field(default_factory=set)
    """All of the line by which delay is measured, told by the report or not."""
    rates: dict[str, list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By target: the start of an hour, and the median of its tests, bits per second."""


def logged(
    lines: Sequence[Told], start: int, stop: int, proven: Iterable[Closed]
) -> dict[str, Logged]:
    """Return what is known of each of *lines*; a year is never held as a whole.

    Hours that lie in [start, stop) as a whole: others are told in part.
    """
    by_name = {one.uplink: (Logged(), one, set(one.series)) for one in lines}
    spared = {one.uplink: excused(one) for one in lines}
    hourly: dict[str, list[Figures]] = {uplink: [] for uplink in by_name}
    tests: dict[tuple[str, str], list[Figures]] = {}
    aside: list[Figures] = []
    places: dict[tuple[str, str, int, str], list[Figures]] = {}
    for hour in proven:
        begin = hour.hour * HOUR
        for entry in hour.entries:
            for one in entry.series:
                name = (entry.uplink, entry.target, one.family, one.probe)
                place = places.get(name)
                if place is None:  # of a million most are of a name that is known
                    into, _, series = by_name[entry.uplink]
                    if one.probe in _DELAYS:
                        into.series.add(name[1:])
                    place = hourly[entry.uplink] if name[1:] in series else aside
                    if one.probe == _RATE and entry.target in RATED:
                        place = tests.setdefault((entry.uplink, entry.target), [])
                    places[name] = place
                place.append(one)
        whole = start <= begin and begin + HOUR <= stop
        for uplink, some in hourly.items():
            into, line, _ = by_name[uplink]
            if whole and (made := hour_of(begin, some)):
                into.hours[begin] = made
                _minutes(into, some, line, spared[uplink], begin)
            some.clear()
        for (uplink, target), some in tests.items():
            by_name[uplink][0].rates[target] += [
                (begin, one.median) for one in some if whole and one.median is not None
            ]
            some.clear()
        aside.clear()
    return {uplink: into for uplink, (into, *_) in by_name.items()}


def _minutes(
    into: Logged,
    figures: Sequence[Figures],
    line: Told,
    spared: Iterable[tuple[int, int]],
    begin: int,
) -> None:
    """Count the minutes of one hour that speak for an outage, or against one."""
    told = minutes_in(line.down, begin)
    if not told and not any(one.out.strip("0") for one in figures):
        return
    measured = answered = 0
    for one in figures:
        mine = int(one.measured, 16)
        measured |= mine
        answered |= mine & ~int(one.out, 16)
    into.down += (told & measured).bit_count()
    into.answered += (told & answered).bit_count()
    silent = measured & ~answered
    if silent and line.troubles is not None:
        into.untold += (silent & ~minutes_in(spared, begin)).bit_count()


def hour_of(start: int, figures: Sequence[Figures]) -> Hour | None:
    """Return one hour of a line from the entries of its targets; None for nothing."""
    sent, lost = sum(one.sent for one in figures), sum(one.lost for one in figures)
    if not sent:
        return None
    delays: dict[str, list[float]] = defaultdict(list)
    for one in figures:
        if one.median is not None and one.p95 is not None and one.minimum is not None:
            delays["median"].append(one.median / SECOND)
            delays["spread"].append((one.p95 - one.minimum) / SECOND)
    if not delays:
        return Hour(start, sent, lost, None, None)
    return Hour(start, sent, lost, median(delays["median"]), median(delays["spread"]))
