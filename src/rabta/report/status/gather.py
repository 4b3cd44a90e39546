"""From the store to the status page's facts. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from rabta.clock import MINUTE, SECOND
from rabta.config import StatusPageSettings
from rabta.cost.service.availability import Availability, Counting, availability
from rabta.cost.service.bounds import NOTHING
from rabta.cost.service.terms import Seen
from rabta.cost.service.together import all_down, together
from rabta.errors import UsageError
from rabta.model import Kind
from rabta.report import measured
from rabta.report.facts import Incident
from rabta.report.measured import Rungs
from rabta.report.select import known_of
from rabta.report.status.facts import Day, Happened, Now, Shown, StatusPage
from rabta.report.troubles import incident, troubles
from rabta.store import Store


FORMAT = "rabta-status/1"
DAYS = 90
_STALE = 15 * MINUTE
_LIKELY = 0.5
_PLAIN = Counting()
_LIMIT = 100_000
_SHOWN = 100


def gather(
    store: Store, settings: StatusPageSettings, rungs: Rungs, zone: tzinfo, now: int
) -> StatusPage:
    """Return what the page tells at *now*.

    Raises:
        UsageError: nothing was ever measured, or not what shall be shown.
    """
    lines = measured.uplinks(store, rungs)
    if not lines:
        raise UsageError("nothing was ever measured", hint="start with 'rabta up'")
    for one in settings.show:
        if one.uplink and one.uplink not in lines:
            hint = "measured: " + ", ".join(lines)
            raise UsageError(f"no uplink {one.uplink!r} was measured", hint=hint)
    days = _days(now, zone)
    start = days[0][0]
    told = store.disruptions(start=start, stop=now, own_only=True, limit=_LIMIT)
    incidents = [incident(one, start, now) for one in told]
    seen = {
        name: _line(store, name, lines[name], incidents, start, now) for name in lines
    }
    status = store.status()
    as_of = status[0] if status else max(one.last for one in lines.values())
    stale = now - as_of > _STALE
    shown, happened = [], []
    for item in settings.show:
        if item.uplink:
            entity, found = f"uplink/{item.uplink}", seen[item.uplink]
        elif item.service:
            entity = f"service/{item.service}"
            found = _service(entity, incidents, list(seen.values()))
        else:
            state = _all_now(lines, incidents, now, stale=stale)
            shown.append(_whole(item.title, list(seen.values()), days, state))
            continue
        here = [each for each in incidents if each.entity == entity]
        shown.append(_shown(item.title, found, here, days, stale=stale))
        happened += [_happened(each, item.title) for each in here]
    happened.sort(key=lambda one: one.onset, reverse=True)
    return StatusPage(
        FORMAT,
        settings.title,
        as_of,
        now,
        stale,
        known_of(store).simulated,
        str(zone),
        settings.url,
        tuple(shown),
        tuple(happened[:_SHOWN]),
    )


def _days(now: int, zone: tzinfo) -> list[tuple[int, int, str]]:
    """Return start, end and date of the last local days, the last one up to *now*."""
    today = datetime.fromtimestamp(now / SECOND, zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    starts = [today - timedelta(ago) for ago in range(DAYS - 1, -1, -1)]
    edges = [round(one.timestamp()) * SECOND for one in starts] + [now]
    return [
        (begin, end, f"{local:%Y-%m-%d}")
        for begin, end, local in zip(edges, edges[1:], starts, strict=False)
    ]


def _line(
    store: Store,
    name: str,
    series: measured.Series,
    incidents: Sequence[Incident],
    start: int,
    now: int,
) -> Seen:
    hours = measured.hours(store, series.nearby, start, now)
    found = troubles(incidents, f"uplink/{name}", now, ())
    dark = measured.unmeasured(store, series, hours, start, now)
    return Seen(start, now, found, dark)


def _service(entity: str, incidents: Sequence[Incident], lines: list[Seen]) -> Seen:
    """Return a service; while every line is down nothing is known of it."""
    first = lines[0]
    _, perhaps = all_down(lines, _PLAIN)
    return replace(
        first, troubles=troubles(incidents, entity, first.stop, ()), unknown=perhaps
    )


def _shown(
    title: str,
    seen: Seen,
    incidents: Sequence[Incident],
    days: Sequence[tuple[int, int, str]],
    *,
    stale: bool,
) -> Shown:
    def of(start: int, stop: int) -> Availability:
        return availability(seen.troubles, seen.unknown, start, stop, _PLAIN)

    told = tuple(_day(of(start, stop), date) for start, stop, date in days)
    begin = next((day[0] for day, one in zip(days, told, strict=True) if one.known), 0)
    whole = of(begin, seen.stop).share if begin else NOTHING
    return Shown(title, _now(incidents, stale=stale), whole, told)


def _all_now(
    lines: Mapping[str, measured.Series],
    incidents: Sequence[Incident],
    now: int,
    *,
    stale: bool,
) -> Now:
    """Return whether any line that is measured these minutes works."""
    if stale:
        return Now.UNKNOWN
    there = {f"uplink/{name}" for name, one in lines.items() if now - one.last < _STALE}
    down = {
        one.entity for one in incidents if one.end is None and one.kind is Kind.OUTAGE
    }
    return Now.DOWN if there and there <= down else Now.UP


def _whole(
    title: str,
    lines: Sequence[Seen],
    days: Sequence[tuple[int, int, str]],
    now: Now,
) -> Shown:
    """Return all lines as one: whether any of them worked."""

    def of(start: int, stop: int) -> Availability:
        cut = [replace(line, start=start, stop=stop) for line in lines]
        return together(cut, _PLAIN)

    told = tuple(_day(of(start, stop), date) for start, stop, date in days)
    begin = next((day[0] for day, one in zip(days, told, strict=True) if one.known), 0)
    whole = of(begin, lines[0].stop).share if begin else NOTHING
    return Shown(title, now, whole, told)


def _day(found: Availability, date: str) -> Day:
    dark = found.unknown_seconds >= found.counted_seconds
    return Day(date, found.share, not dark)


def _now(incidents: Sequence[Incident], *, stale: bool) -> Now:
    if stale:
        return Now.UNKNOWN
    kinds = {one.kind for one in incidents if one.end is None}
    if kinds & {Kind.OUTAGE, Kind.BLOCKING}:
        return Now.DOWN
    return Now.WORSE if kinds else Now.UP


def _happened(one: Incident, title: str) -> Happened:
    cause = ""
    if one.causes and one.causes[0][1] >= _LIKELY and one.cause != "unknown":
        cause = one.cause
    return Happened(f"incident-{one.id}", title, one.kind, one.onset, one.end, cause)
