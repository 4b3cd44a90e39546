"""From the store to the status page's facts. Reads only."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from rabta.clock import SECOND
from rabta.config import StatusPageSettings
from rabta.cost.service.availability import Availability, Counting, availability
from rabta.cost.service.bounds import NOTHING
from rabta.cost.service.spans import common, joined
from rabta.cost.service.terms import Seen
from rabta.cost.service.together import together
from rabta.errors import UsageError
from rabta.report import measured
from rabta.report.facts import Incident
from rabta.report.measured import Rungs
from rabta.report.select import known_of
from rabta.report.services import service
from rabta.report.status.facts import Day, Happened, Now, Shown, StatusPage
from rabta.report.status.present import STALE, Present
from rabta.report.troubles import incident, of_all, troubles
from rabta.store import Store


FORMAT = "rabta-status/1"
DAYS = 90
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
    known, asked = known_of(store), measured.services(store)
    _refuse_unknown(settings, lines, {*asked, *known.services})
    days = _days(now, zone)
    start = days[0][0]
    told = store.disruptions(start=start, stop=now, own_only=True, limit=_LIMIT)
    incidents = [incident(one, start, now) for one in told]
    seen = {
        name: _line(store, name, lines[name], incidents, start, now) for name in lines
    }
    status = store.status()
    as_of = status[0] if status else max(one.last for one in lines.values())
    stale = now - as_of > STALE
    present = Present(now, lines, asked, incidents, stale=stale)
    shown, happened = [], []
    for item in settings.show:
        if item.uplink:
            entity, state = f"uplink/{item.uplink}", present.line(item.uplink)
            found = seen[item.uplink]
        elif item.service:
            entity, state = f"service/{item.service}", present.service(item.service)
            some = asked.get(item.service)
            found = service(store, item.service, some, incidents, list(seen.values()))
        else:
            state = present.any_line()
            shown.append(_whole(item.title, list(seen.values()), days, state))
            continue
        here = [each for each in incidents if each.entity == entity]
        if item.uplink:
            here += _only_of_all(incidents, here, now)
        shown.append(_shown(item.title, found, days, state))
        happened += [_happened(each, item.title) for each in here]
    happened.sort(key=lambda one: one.onset, reverse=True)
    return StatusPage(
        FORMAT,
        settings.title,
        as_of,
        now,
        stale,
        known.simulated,
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


def _refuse_unknown(
    settings: StatusPageSettings, lines: Collection[str], services: Collection[str]
) -> None:
    for one in settings.show:
        for kind, name, known in (
            ("uplink", one.uplink, lines),
            ("service", one.service, services),
        ):
            if name and name not in known:
                hint = f"measured: {', '.join(sorted(known)) or 'none'}"
                hint += f"; change {kind} of {one.title!r} in [[status_page.show]]"
                raise UsageError(f"no {kind} {name!r} was measured", hint=hint)


def _only_of_all(
    incidents: Sequence[Incident], own: Sequence[Incident], now: int
) -> list[Incident]:
    """Return what took every line and is not told of this one by itself."""
    told = joined((one.onset, one.end or now) for one in own)
    return [
        one
        for one in incidents
        if of_all(one) and not common(told, ((one.onset, one.end or now),))
    ]


def _shown(
    title: str, seen: Seen, days: Sequence[tuple[int, int, str]], now: Now
) -> Shown:
    def of(start: int, stop: int) -> Availability:
        return availability(seen.troubles, seen.unknown, start, stop, _PLAIN)

    told = tuple(_day(of(start, stop), date) for start, stop, date in days)
    begin = next((day[0] for day, one in zip(days, told, strict=True) if one.known), 0)
    whole = of(begin, seen.stop).share if begin else NOTHING
    return Shown(title, now, whole, told)


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


def _happened(one: Incident, title: str) -> Happened:
    cause = ""
    if one.causes and one.causes[0][1] >= _LIKELY and one.cause != "unknown":
        cause = one.cause
    return Happened(f"incident-{one.id}", title, one.kind, one.onset, one.end, cause)
