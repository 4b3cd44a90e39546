"""From the store's series to the hours and tests of one line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from rabta.clock import HOUR, SECOND
from rabta.cost.service.rates import Rated
from rabta.cost.service.samples import Hour
from rabta.cost.service.spans import Spans, joined, minus
from rabta.model import Rung
from rabta.model.target import DOWNLOAD, UPLOAD
from rabta.store import SeriesInfo, Store
from rabta.store.naming import OWN


Rungs = Mapping[str, tuple[Rung, str]]
"""By target: where it stands, and for international ones the corridor."""
NEARBY = frozenset({Rung.ANYCAST, Rung.DOMESTIC})
_ICMP, _TCP = "icmp_rtt_seconds", "tcp_connect_seconds"
_RATE = "throughput_bits_per_second"


@dataclass(slots=True)
class Series:
    """The series of one uplink that reports rest on."""

    first: int
    last: int
    nearby: list[SeriesInfo] = field(default_factory=list)
    abroad: dict[str, list[SeriesInfo]] = field(default_factory=dict)
    downloads: list[SeriesInfo] = field(default_factory=list)
    uploads: list[SeriesInfo] = field(default_factory=list)
    asked: int = 0
    """When something beyond the machine was last asked; 0: never."""


@dataclass(slots=True)
class Asked:
    """The series of one service over every line."""

    first: int
    last: int
    series: list[SeriesInfo] = field(default_factory=list)


def uplinks(store: Store, rungs: Rungs) -> dict[str, Series]:
    """Return what is measured of each uplink, the longest measured first.

    Echo by ICMP where a target gives it, else the time to connect by TCP.
    """
    found: dict[str, Series] = {}
    by_target: dict[tuple[str, str], dict[str, SeriesInfo]] = defaultdict(dict)
    for one in store.series():
        kind, _, line = one.vantage.partition("/")
        uplink = line.rpartition("/")[0]  # without the address family
        if kind != "uplink" or not uplink or one.source != OWN:
            continue
        known = found.setdefault(uplink, Series(one.first, one.last))
        known.first, known.last = min(known.first, one.first), max(known.last, one.last)
        if not one.entity.startswith("uplink/"):  # a link is up without any way out
            known.asked = max(known.asked, one.last)
        if one.metric in {_ICMP, _TCP}:
            by_target[one.vantage, one.target][one.metric] = one
        elif one.metric == _RATE and one.target in {DOWNLOAD, UPLOAD}:
            rates = known.downloads if one.target == DOWNLOAD else known.uploads
            rates.append(one)
    for (vantage, target), metrics in by_target.items():
        rung, corridor = rungs.get(target, (Rung.CONTROL, ""))
        known = found[vantage.partition("/")[2].rpartition("/")[0]]
        chosen = metrics.get(_ICMP) or metrics[_TCP]
        if rung in NEARBY:
            known.nearby.append(chosen)
        elif rung is Rung.INTERNATIONAL and corridor:
            known.abroad.setdefault(corridor, []).append(chosen)
    order = sorted(found.items(), key=lambda it: (it[1].first - it[1].last, it[0]))
    return dict(order)


def services(store: Store) -> dict[str, Asked]:
    """Return what is measured of each service, over any line."""
    found: dict[str, Asked] = {}
    for one in store.series():
        kind, _, name = one.entity.partition("/")
        if kind != "service" or one.source != OWN:
            continue
        known = found.setdefault(name, Asked(one.first, one.last))
        known.first, known.last = min(known.first, one.first), max(known.last, one.last)
        known.series.append(one)
    return found


def hours(
    store: Store, series: Iterable[SeriesInfo], start: int, stop: int
) -> tuple[Hour, ...]:
    """Return the hours of [start, stop) in which any of *series* was measured."""
    return parts(store, series, start, stop, 3600)[0]


def parts(
    store: Store, series: Iterable[SeriesInfo], start: int, stop: int, seconds: int
) -> tuple[tuple[Hour, ...], int]:
    """Return the same in parts of at least *seconds*, and how long they are."""
    sent: dict[int, int] = defaultdict(int)
    lost: dict[int, int] = defaultdict(int)
    medians: dict[int, list[float]] = defaultdict(list)
    spreads: dict[int, list[float]] = defaultdict(list)
    step = seconds
    for one in series:
        points = store.points(one.id, start=start, stop=stop, step_seconds=step)
        step = max(step, points.step_seconds)
        for n, time in enumerate(points.time):
            if not points.sent[n]:
                continue
            at = time // (step * SECOND) * step * SECOND
            sent[at] += points.sent[n]
            lost[at] += points.lost[n]
            middle, p95, least = points.median[n], points.p95[n], points.minimum[n]
            if middle is not None and p95 is not None and least is not None:
                medians[at].append(middle)
                spreads[at].append(p95 - least)
    found = tuple(
        Hour(
            at,
            sent[at],
            lost[at],
            median(medians[at]) if at in medians else None,
            median(spreads[at]) if at in spreads else None,
        )
        for at in sorted(sent)
    )
    return found, step


def rates(
    store: Store, series: Iterable[SeriesInfo], start: int, stop: int
) -> tuple[Rated, ...]:
    """Return the throughput tests of [start, stop), oldest first.

    Those of one hour count as one: the median.
    """
    found = []
    for one in series:
        points = store.points(one.id, start=start, stop=stop, step_seconds=3600)
        found += [
            Rated(time, value)
            for time, value in zip(points.time, points.median, strict=True)
            if value is not None
        ]
    return tuple(sorted(found, key=lambda test: test.time))


def unmeasured(
    store: Store,
    series: Series | Asked,
    known: Iterable[Hour],
    start: int,
    stop: int,
) -> Spans:
    """Return when nothing is known of a line or a service within [start, stop).

    Before its first and after its last measurement, while Rabta did not run, and in
    hours without any probe.
    """
    lit = joined((one.start, one.start + HOUR) for one in known)
    inside = [(max(start, series.first), min(stop, series.last))]
    return joined(
        minus([(start, stop)], inside),
        minus([(start, stop)], lit),
        ((gap.start, gap.stop) for gap in store.gaps(start, stop)),
    )
