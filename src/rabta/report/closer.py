"""The time around the gravest incidents, closely enough to see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rabta.clock import MINUTE, SECOND
from rabta.model import Kind
from rabta.report import measured
from rabta.report.facts import Incident
from rabta.report.measured import Series
from rabta.store import SeriesInfo, Store


_GRAVEST = 4
_STEPS = (60, 120, 300, 600, 1800, 3600)
_PARTS = 150
_AROUND = 20 * MINUTE


def looked_at(
    store: Store, incidents: Sequence[Incident], lines: Mapping[str, Series]
) -> list[Incident]:
    """Add the round trips around the gravest incidents of lines."""
    of_lines = [one for one in incidents if one.entity.startswith("uplink/")]
    grave = sorted(of_lines, key=gravity, reverse=True)[:_GRAVEST]
    found = []
    for one in incidents:
        series = lines.get(one.entity.removeprefix("uplink/"))
        if one not in grave or series is None:
            found.append(one)
            continue
        end = one.until(one.onset)
        around = max(_AROUND, (end - one.onset) // 2)
        start, stop = one.onset - around, end + around
        wide = (stop - start) / SECOND / _PARTS
        step = next((size for size in _STEPS if size >= wide), _STEPS[-1])
        # one target shows it, and files of single minutes are slow to open
        shown = _showing(one, series)[:1]
        parts, seconds = measured.parts(store, shown, start, stop, step)
        found.append(replace(one, nearby=parts, nearby_seconds=seconds))
    return found


def _showing(one: Incident, series: Series) -> list[SeriesInfo]:
    """Return the targets that suffered: those of a corridor, if it was one alone."""
    worse = [
        corridor
        for corridor in series.abroad
        if any(fact.id in _ids(corridor) for fact in one.evidence)
    ]
    alone = one.kind is not Kind.OUTAGE and len(worse) == 1
    return series.abroad[worse[0]] if alone else series.nearby


def _ids(corridor: str) -> tuple[str, str]:
    return f"international-{corridor}-degraded", f"international-{corridor}-down"


def gravity(one: Incident) -> tuple[bool, float]:
    """Order incidents: outages before the rest, then by how long they lasted."""
    return one.kind is Kind.OUTAGE, one.seconds_within
