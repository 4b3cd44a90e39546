"""What the evidence holds of each line a report tells of, hour by hour."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from statistics import median

from rabta.clock import HOUR, SECOND
from rabta.cost.service.samples import Hour
from rabta.cost.service.spans import Spans, joined
from rabta.model import Probe
from rabta.model.target import DOWNLOAD, UPLOAD
from rabta.report.again import Told, excused, minutes_in
from rabta.report.evidence import Entry, Figures, Pair
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


class Reader:
    """Takes the hours of the evidence as they are checked, each once.

    Hours that lie in [start, stop) as a whole: others are told in part. A year of forty
    targets is a million figures: which of an hour's are whose is worked out when its
    names are not those of the hour before, and what is held are sums.
    """

    def __init__(self, lines: Sequence[Told], start: int, stop: int) -> None:
        """Take the hours of *lines*, as a report tells of them in [*start*, *stop*)."""
        self.found = {one.uplink: Logged() for one in lines}
        self._lines = [
            (one, self.found[one.uplink], joined(one.down), excused(one))
            for one in lines
        ]
        self._start, self._stop = start, stop
        self._names: tuple[list[int], list[int], list[str]] = ([], [], [])
        self._pairs: Sequence[Pair] = ()
        self._hourly: dict[str, list[int]] = {}
        self._tests: dict[tuple[str, str], list[int]] = {}

    def take(self, hour: Closed) -> None:
        """Take one hour; of uplinks that are not told nothing is kept."""
        entries = hour.entries
        figures = [one for entry in entries for one in entry.series]
        names = (
            [len(entry.series) for entry in entries],
            [one.family for one in figures],
            [one.probe for one in figures],
        )
        if names != self._names or hour.pairs != self._pairs:
            self._place(entries)
            self._names, self._pairs = names, hour.pairs
        begin = hour.hour * HOUR
        if not (self._start <= begin and begin + HOUR <= self._stop):
            return
        for line, into, down, spared in self._lines:
            some = [figures[at] for at in self._hourly.get(line.uplink, ())]
            if made := hour_of(begin, some):
                into.hours[begin] = made
                told = line.troubles is not None
                _minutes(into, some, down, spared if told else None, begin)
        for (uplink, target), places in self._tests.items():
            self.found[uplink].rates[target] += [
                (begin, value)
                for at in places
                if (value := figures[at].median) is not None
            ]

    def _place(self, entries: Sequence[Entry]) -> None:
        """Say where the figures of each line, and of each of its tests, stand."""
        series = {line.uplink: set(line.series) for line, *_ in self._lines}
        self._hourly, self._tests = {}, {}
        places = count()
        for entry in entries:
            for one in entry.series:
                at, name = next(places), (entry.target, one.family, one.probe)
                if entry.uplink not in series:
                    continue
                if one.probe in _DELAYS:
                    self.found[entry.uplink].series.add(name)
                if one.probe == _RATE and entry.target in RATED:
                    test = entry.uplink, entry.target
                    self._tests.setdefault(test, []).append(at)
                elif name in series[entry.uplink]:
                    self._hourly.setdefault(entry.uplink, []).append(at)


def _minutes(
    into: Logged, figures: Sequence[Figures], down: Spans, spared: Spans | None, at: int
) -> None:
    """Count the minutes of the hour *at* that speak for an outage, or against one.

    *spared* is when silence is told; None where that is not known.
    """
    told = minutes_in(down, at)
    masks = {(one.measured, one.out) for one in figures}  # a few, of many targets
    if not told and not any(out.strip("0") for _, out in masks):
        return
    measured = answered = 0
    for mine, out in masks:
        measured |= int(mine, 16)
        answered |= int(mine, 16) & ~int(out, 16)
    into.down += (told & measured).bit_count()
    into.answered += (told & answered).bit_count()
    silent = measured & ~answered
    if silent and spared is not None:
        into.untold += (silent & ~minutes_in(spared, at)).bit_count()


def hour_of(start: int, figures: Sequence[Figures]) -> Hour | None:
    """Return one hour of a line from the entries of its targets; None for nothing."""
    sent = sum([one.sent for one in figures])
    if not sent:
        return None
    lost = sum([one.lost for one in figures])
    known = [
        (one.median, one.p95 - one.minimum)
        for one in figures
        if one.median is not None and one.p95 is not None and one.minimum is not None
    ]
    if not known:
        return Hour(start, sent, lost, None, None)
    middle, spread = (median(values) / SECOND for values in zip(*known, strict=True))
    return Hour(start, sent, lost, middle, spread)
