"""Which series an uplink's charts show, and how several become one line."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rabta.clock import DAY
from rabta.model import Probe, Rung, Target
from rabta.model.target import UPLOAD
from rabta.store import Points, SeriesInfo
from rabta.store.naming import OWN, line_of, probe_of


_CURVES = (Rung.GATEWAY, Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)
_ROUND_TRIPS = (Probe.ICMP, Probe.TCP)
_RATES = (Probe.FETCH, Probe.THROUGHPUT)
_BY_NAME = re.compile(r"(gateway|first-hop|resolver)\b")


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart: the series that are merged into it."""

    rung: Rung | None
    """None for the loss beyond the gateway, and for rates."""
    corridor: str
    """Which way out of the country, for an international one."""
    series: tuple[SeriesInfo, ...]

    @property
    def members(self) -> list[str]:
        """Name the observations that belong to it, as the pages' scripts do."""
        return [
            f"{line_of(one.key)[1]}|{one.target}|{probe_of(one.key)}"
            for one in self.series
        ]


@dataclass(frozen=True, slots=True)
class Panel:
    """The charts of one uplink."""

    curves: tuple[Curve, ...]
    loss: Curve
    rate: Curve


class Rungs:
    """The step of the ladder each target stands on."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._known: Mapping[str, Target] = {one.name: one for one in targets}

    def __getitem__(self, name: str) -> Rung | None:
        """Return the rung of a target; None when it is not known any more."""
        if name in self._known:
            return self._known[name].rung
        # what the agent finds by itself is called after its rung
        match = _BY_NAME.match(name)
        return Rung(match[1]) if match else None

    def corridor(self, name: str) -> str:
        """Return which way out of the country a target lies; empty when unknown."""
        known = self._known.get(name)
        return known.corridor if known else ""


def panel_of(uplink: str, series: Iterable[SeriesInfo], rungs: Rungs) -> Panel:
    """Choose the series of *uplink*: one round-trip series per target and family."""
    chosen: dict[tuple[str, int], SeriesInfo] = {}
    rates = []
    for one in series:
        if one.source != OWN or line_of(one.key)[0] != uplink:
            continue
        probe = probe_of(one.key)
        key = (one.target, line_of(one.key)[1])
        if probe in _RATES:
            rates.append(one)
        elif probe in _ROUND_TRIPS and (key not in chosen or probe is Probe.ICMP):
            chosen[key] = one
    curves = _curves(chosen.values(), rungs)
    beyond = tuple(
        one
        for curve in curves
        if curve.rung is not Rung.GATEWAY
        for one in curve.series
    )
    return Panel(curves, Curve(None, "", beyond), Curve(None, "", _rates(rates)))


def _rates(found: Sequence[SeriesInfo]) -> tuple[SeriesInfo, ...]:
    """Choose the throughput tests while they are made, else the timed fetches."""
    down = [one for one in found if one.target != UPLOAD]
    newest = max((one.last for one in down), default=0)
    tests = (one for one in down if probe_of(one.key) is Probe.THROUGHPUT)
    return tuple(one for one in tests if newest - one.last < DAY) or tuple(down)


def _curves(series: Iterable[SeriesInfo], rungs: Rungs) -> tuple[Curve, ...]:
    """Sort round trips by rung, and those abroad by corridor.

    Corridors differ so much that a median over them would jump when one is lost.
    """
    found: dict[tuple[int, str], list[SeriesInfo]] = {}
    for one in series:
        rung = rungs[one.target]
        if rung in _CURVES:
            place = _CURVES.index(rung)
            found.setdefault((place, rungs.corridor(one.target)), []).append(one)
    return tuple(
        Curve(_CURVES[place], corridor, tuple(found[place, corridor]))
        for place, corridor in sorted(found)
    )


@dataclass(frozen=True, slots=True)
class Merged:
    """Several series as one line; a bucket with ``sent`` 0 was not measured."""

    series: tuple[SeriesInfo, ...]
    step_seconds: int
    exact: bool
    """Whether every figure comes from the single values: one series, not thinned."""
    time: tuple[int, ...]
    """Start of each bucket, microseconds UTC."""
    sent: tuple[int, ...]
    lost: tuple[int, ...]
    minimum: tuple[float | None, ...]
    median: tuple[float | None, ...]
    """Of several series: the median of their medians."""
    p95: tuple[float | None, ...]
    """Of several series: the median of their 95th percentiles."""
    maximum: tuple[float | None, ...]


def merge(points: Sequence[Points]) -> Merged:
    """Merge charts of the same span and step; *points* must not be empty."""
    first = points[0]
    return Merged(
        series=tuple(one.series for one in points),
        step_seconds=first.step_seconds,
        exact=len(points) == 1 and first.exact,
        time=first.time,
        sent=tuple(map(sum, zip(*(one.sent for one in points), strict=True))),
        lost=tuple(map(sum, zip(*(one.lost for one in points), strict=True))),
        minimum=_by_bucket(min, [one.minimum for one in points]),
        median=_by_bucket(median, [one.median for one in points]),
        p95=_by_bucket(median, [one.p95 for one in points]),
        maximum=_by_bucket(max, [one.maximum for one in points]),
    )


def _by_bucket(
    combine: Callable[[list[float]], float], columns: Sequence[Sequence[float | None]]
) -> tuple[float | None, ...]:
    if len(columns) == 1:
        return tuple(columns[0])
    rows = zip(*columns, strict=True)
    found = ([value for value in row if value is not None] for row in rows)
    return tuple(combine(values) if values else None for values in found)
