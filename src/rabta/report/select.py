"""From the store to the facts of a report. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from rabta import __version__
from rabta.clock import DAY, SECOND
from rabta.cost.firm.calendar import Calendar, intervals
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.contract import Contract
from rabta.cost.service.spans import Span, common, joined, length
from rabta.cost.service.terms import Seen
from rabta.cost.service.together import all_down, together
from rabta.errors import UsageError
from rabta.model import Notice
from rabta.report import measured
from rabta.report.closer import looked_at
from rabta.report.counted import PLAIN, by_day, counted
from rabta.report.edition import edition, typesetter
from rabta.report.facts import Incident, Line, Report, Service
from rabta.report.figures import figures
from rabta.report.judge import judgements
from rabta.report.measured import Rungs, Series
from rabta.report.period import Period, local_days
from rabta.report.services import service
from rabta.report.troubles import incident, of_all, troubles
from rabta.store import SeriesInfo, Store
from rabta.store.naming import probe_of


FORMAT = "rabta-report/1"
_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the store."""

    audience: str
    period: Period
    zone: tzinfo
    rungs: Rungs
    uplink: str = ""
    """Only this one; empty: all."""
    profiles: tuple[str, ...] = ()
    contracts: tuple[Contract, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    """Of those who work over the lines; empty: their hours are not known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the newest status says: names people use, and whether all is made up."""

    simulated: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    """``asn/17557`` by uplink."""
    media: Mapping[str, str] = field(default_factory=dict)
    """``Uplink.medium`` by uplink."""
    services: tuple[str, ...] = ()


def known_of(store: Store) -> Known:
    """Read the newest status of *store*."""
    told = store.status()
    if told is None:
        return Known()
    document: dict[str, Any] = msgspec.json.decode(told[1])
    lanes = [one["uplink"] for one in document.get("uplinks", ())]
    return Known(
        bool(document.get("simulated")),
        {one["name"]: one["isp"] or one["provider"] or one["name"] for one in lanes},
        {one["name"]: f"asn/{one['asn']}" for one in lanes if one["asn"]},
        {one["name"]: one["medium"] for one in lanes},
        tuple(one["name"] for one in document.get("services", ())),
    )


def select(store: Store, wanted: Wanted, *, now: int) -> Report:
    """Gather all that the store tells of *wanted*.

    Raises:
        UsageError: nothing was measured in the period, or not of that uplink; or a
            complaint is asked for, and not about which of several lines.
    """
    period, known = wanted.period, known_of(store)
    start, stop = period.start, min(period.stop, now)
    lines = _measured(measured.uplinks(store, wanted.rungs), wanted, stop)
    about = _one(lines) if wanted.audience == "isp" else wanted.uplink
    found = store.disruptions(start=start, stop=stop, own_only=True, limit=_LIMIT)
    incidents = [incident(one, start, stop) for one in reversed(found)]
    notices = store.notices()
    seen = {
        name: _seen(
            store, name, series, wanted, stop, incidents, _of(notices, known, name)
        )
        for name, series in lines.items()
    }
    told = [one for one in incidents if _concerns(one, about)]
    days = local_days(start, stop, wanted.zone)
    services = () if about else _services(store, seen, incidents, known, days)
    return Report(
        FORMAT,
        __version__,
        edition(),
        now,
        known.simulated,
        wanted.audience,
        period.label,
        start,
        stop,
        stop == period.stop,
        str(wanted.zone),
        tuple(
            _line(store, name, lines[name], one, known, days)
            for name, one in seen.items()
        ),
        together(list(seen.values()), PLAIN),
        services,
        tuple(looked_at(store, told, lines)),
        judgements(
            seen,
            wanted.profiles,
            wanted.contracts,
            media=known.media,
            private=wanted.audience != "regulator",
        ),
        _working_down(list(seen.values()), wanted.calendars),
        typesetter=typesetter(),
    )


def _measured(
    lines: Mapping[str, Series], wanted: Wanted, stop: int
) -> dict[str, Series]:
    """Return the lines that were measured in the period, or the one that is wanted."""
    if not lines:
        raise UsageError("nothing was ever measured", hint="start with 'rabta up'")
    if wanted.uplink and wanted.uplink not in lines:
        hint = "measured: " + ", ".join(lines)
        raise UsageError(f"no uplink {wanted.uplink!r} was measured", hint=hint)
    asked = [wanted.uplink] if wanted.uplink else list(lines)
    start = wanted.period.start
    found = {
        name: lines[name]
        for name in asked
        if lines[name].first < stop and lines[name].last >= start
    }
    if not found:
        first = min(lines[name].first for name in asked)
        last = max(lines[name].last for name in asked)
        days = (f"{datetime.fromtimestamp(t / SECOND, wanted.zone):%Y-%m-%d}"
                for t in (first, last))  # fmt: skip
        raise UsageError(
            f"nothing was measured in {wanted.period.label}",
            hint="there are measurements from {} to {}".format(*days),
        )
    return found


def _one(lines: Mapping[str, Series]) -> str:
    """Return the one line a complaint is about: its provider hears of nothing else."""
    if len(lines) > 1:
        hint = f"choose one with --uplink: {', '.join(lines)}"
        raise UsageError("a complaint is about one line", hint=hint)
    return next(iter(lines))


def _working_down(
    lines: Sequence[Seen], calendars: Sequence[Calendar]
) -> Bounds | None:
    if not calendars:
        return None
    start, stop = lines[0].start, lines[0].stop
    hours = joined(
        # a shift of the night begins the day before
        *(intervals(one, start - DAY, stop) for one in calendars)
    )
    surely, perhaps = all_down(lines, PLAIN)
    low, high = (length(common(hours, one)) / SECOND for one in (surely, perhaps))
    return Bounds(low, high)


def _of(notices: Sequence[Notice], known: Known, uplink: str) -> list[Notice]:
    network = known.networks.get(uplink, "")
    return [one for one in notices if one.entity in {network, f"uplink/{uplink}"}]


def _concerns(one: Incident, uplink: str) -> bool:
    return not uplink or one.entity == f"uplink/{uplink}" or of_all(one)


def _seen(
    store: Store,
    name: str,
    series: Series,
    wanted: Wanted,
    stop: int,
    incidents: Sequence[Incident],
    notices: Sequence[Notice],
) -> Seen:
    start = wanted.period.start
    hours = measured.hours(store, series.nearby, start, stop)
    return Seen(
        start,
        stop,
        troubles(incidents, f"uplink/{name}", stop, notices),
        measured.unmeasured(store, series, hours, start, stop),
        hours,
        measured.rates(store, series.downloads, start, stop),
        measured.rates(store, series.uploads, start, stop),
        wanted.zone,
    )


def _line(
    store: Store,
    name: str,
    series: Series,
    seen: Seen,
    known: Known,
    days: Sequence[Span],
) -> Line:
    told = counted(seen, days)
    abroad = {
        corridor: replace(
            seen, hours=measured.hours(store, some, seen.start, seen.stop)
        )
        for corridor, some in sorted(series.abroad.items())
    }
    return Line(
        name,
        known.titles.get(name, name),
        told.availability,
        told.provider,
        told.y1540,
        figures(seen),
        tuple((corridor, figures(one)) for corridor, one in abroad.items()),
        seen.downloads,
        seen.uploads,
        told.days,
        tuple(sorted(_named(one) for one in series.nearby)),
        seen.hours,
        told.down,
        told.impaired,
        told.unknown,
        joined(seen.unknown),
        seen.troubles,
    )


def _named(series: SeriesInfo) -> tuple[str, int, str]:
    family = int(series.vantage.rpartition("/")[2])
    return series.target, family, probe_of(series.key).value


def _services(
    store: Store,
    lines: Mapping[str, Seen],
    incidents: Sequence[Incident],
    known: Known,
    days: Sequence[Span],
) -> tuple[Service, ...]:
    asked = measured.services(store)
    found = []
    for name in known.services:
        seen = service(store, name, asked.get(name), incidents, list(lines.values()))
        whole = seen.availability(PLAIN)
        found.append(Service(name, name, whole, by_day(seen, days)))
    return tuple(found)
