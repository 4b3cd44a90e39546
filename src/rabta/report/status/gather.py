"""From the store to the status page's facts. Reads only."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import partial

from rabta.clock import SECOND
from rabta.config import StatusPageSettings
from rabta.cost.firm.calendar import midnight
from rabta.cost.service.availability import Availability
from rabta.cost.service.bounds import NOTHING
from rabta.cost.service.spans import Span, common, joined
from rabta.cost.service.terms import Seen
from rabta.cost.service.together import together
from rabta.errors import UsageError
from rabta.report import measured
from rabta.report.counted import PLAIN
from rabta.report.facts import Incident
from rabta.report.measured import Rungs
from rabta.report.period import local_days
from rabta.report.select import known_of
from rabta.report.services import service
from rabta.report.status.facts import Day, Happened, Now, Shown, StatusPage
from rabta.report.status.present import STALE, Present
from rabta.report.troubles import incident, of_all, troubles
from rabta.store import Store


FORMAT = "rabta-status/1"
DAYS = 90
_LIKELY = 0.5
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
    today = datetime.fromtimestamp(now / SECOND, zone).date()
    start = midnight(today - timedelta(DAYS - 1), zone)
    whole = local_days(start, midnight(today + timedelta(1), zone), zone)
    days = [(begin, min(end, now)) for begin, end in whole]
    told = store.disruptions(start=start, stop=now, own_only=True, limit=_LIMIT)
    incidents = [incident(one, start, now) for one in told]
    seen = {
        name: _line(store, name, series, incidents, start, now, zone)
        for name, series in lines.items()
    }
    every = list(seen.values())
    status = store.status()
    as_of = status[0] if status else max(one.last for one in lines.values())
    stale = now - as_of > STALE
    present = Present(now, lines, asked, incidents, stale=stale)
    shown, happened = [], []
    for item in settings.show:
        if item.uplink:
            entity, state = f"uplink/{item.uplink}", present.line(item.uplink)
            over = partial(seen[item.uplink].availability, PLAIN)
        elif item.service:
            entity, state = f"service/{item.service}", present.service(item.service)
            some = asked.get(item.service)
            one = service(store, item.service, some, incidents, every)
            over = partial(one.availability, PLAIN)
        else:
            entity, state = "", present.any_line()
            over = partial(_of_any, every)
        here = [each for each in incidents if each.entity == entity]
        if item.uplink:
            here += _only_of_all(incidents, here, now)
        shown.append(_shown(item.title, state, over, days, zone))
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


def _line(
    store: Store,
    name: str,
    series: measured.Series,
    incidents: Sequence[Incident],
    start: int,
    now: int,
    zone: tzinfo,
) -> Seen:
    hours = measured.hours(store, series.nearby, start, now)
    found = troubles(incidents, f"uplink/{name}", now, ())
    dark = measured.unmeasured(store, series, hours, start, now)
    return Seen(start, now, found, dark, zone=zone)


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
    told = joined((one.onset, one.until(now)) for one in own)
    return [
        one
        for one in incidents
        if of_all(one) and not common(told, ((one.onset, one.until(now)),))
    ]


def _of_any(lines: Sequence[Seen], day: Span) -> Availability:
    """Return the availability on *day* of all lines as one."""
    start, stop = day
    return together([replace(one, start=start, stop=stop) for one in lines], PLAIN)


def _shown(
    title: str,
    now: Now,
    over: Callable[[Span], Availability],
    days: Sequence[Span],
    zone: tzinfo,
) -> Shown:
    """Show what was *over* each of *days*, and all of them from the first known."""
    told = tuple(_day(over(day), day[0], zone) for day in days)
    first = next((day for day, one in zip(days, told, strict=True) if one.known), None)
    whole = NOTHING if first is None else over((first[0], days[-1][1])).share
    return Shown(title, now, whole, told)


def _day(found: Availability, start: int, zone: tzinfo) -> Day:
    date = datetime.fromtimestamp(start / SECOND, zone).date().isoformat()
    return Day(date, found.share, found.unknown_seconds < found.counted_seconds)


def _happened(one: Incident, title: str) -> Happened:
    cause = ""
    if one.causes and one.causes[0][1] >= _LIKELY and one.cause != "unknown":
        cause = one.cause
    return Happened(f"incident-{one.id}", title, one.kind, one.onset, one.end, cause)
