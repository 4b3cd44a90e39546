"""Calendars of maintenance (iCalendar, RFC 5545): every window of it, a report each.

What recurs is told until a year from now. A cancelled event is none; an event that was
moved out of its series counts as it was moved.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.model.report import Report
from rabta.sources.imported import Item, Tally
from rabta.sources.records import CUT
from rabta.sources.recurring import UnreadRuleError, occurrences, rule
from rabta.sources.status_pages import service
from rabta.sources.stream import Stream
from rabta.sources.times import of


_LONGEST = 20_000  # characters of one event that are looked at
_AHEAD = 366 * DAY
_TIME = re.compile(r"\d{8}(T\d{6}Z?)?")
_SPAN = re.compile(
    r"[+]?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?"
)
_UNITS = (7 * DAY, DAY, HOUR, MINUTE, SECOND)


@dataclass(frozen=True, slots=True)
class _When:
    """A time as written: by the wall clock of a zone."""

    wall: datetime
    zone: tzinfo
    is_day: bool = False

    @property
    def time(self) -> int:
        """Return it in microseconds UTC."""
        return of(self.wall.replace(tzinfo=self.zone))


class _Event:
    """The lines of one VEVENT."""

    def __init__(self, text: str, zones: Mapping[str, tzinfo]) -> None:
        self.text = text.partition("END:VEVENT")[0][:_LONGEST]
        self.is_whole = "END:VEVENT" in text
        self._zones = zones

    def value(self, name: str) -> str:
        """Return what a property says; "" without it."""
        return next((value for _, value in self._all(name)), "")

    def times(self, name: str) -> list[_When]:
        """Return the times of a property.

        Raises:
            ValueError: one is none, or of a zone that is not known.
        """
        found = []
        for options, value in self._all(name):
            zone = re.search(r";TZID=\"?([^\";:]+)", options)
            name_of = zone[1] if zone else ""
            found += [self._when(one.strip(), name_of) for one in value.split(",")]
        return found

    def _all(self, name: str) -> Iterator[tuple[str, str]]:
        for one in re.finditer(
            rf"^{name}((?:;(?:\"[^\"\n]*\"|[^:\"\n])*)?):(.*)$", self.text, re.MULTILINE
        ):
            yield one[1], one[2].strip()

    def _when(self, text: str, name: str) -> _When:
        if not _TIME.fullmatch(text):
            raise ValueError("a time that cannot be")
        form = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
        try:
            wall = datetime.strptime(text.rstrip("Z"), form)  # noqa: DTZ007 - zone below
        except ValueError:
            raise ValueError("a time that cannot be") from None
        zone = UTC if text.endswith("Z") or not name else self._zone(name)
        return _When(wall, zone, is_day="T" not in text)

    def _zone(self, name: str) -> tzinfo:
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # no such zone, or no name of one
            if name in self._zones:
                return self._zones[name]
        raise ValueError("a time zone that is not known")


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read a calendar."""
    text = stream.document().decode("utf-8", "replace")
    text = re.sub(r"\r?\n[ \t]", "", text).replace("\r", "")  # long lines are folded
    head, *parts = text.split("BEGIN:VEVENT")
    name = re.search(r"^X-WR-CALNAME:(.*)$", head[:_LONGEST], re.MULTILINE)
    entity = about or service(name[1] if name else "")
    zones = _zones(head)
    events = [_Event(one, zones) for one in parts]
    moved = _moved(events)
    for event in tally.each("VEVENT", events):
        if not event.is_whole:
            tally.put_aside(CUT, -1, event.text.strip())
            tally.partial = tally.partial or "cut off in an event"
            continue
        if event.value("STATUS").upper() == "CANCELLED":
            tally.skip()
            continue
        try:
            starts, span, unread = _windows(event, moved, tally.now + _AHEAD)
        except (ValueError, OverflowError) as error:
            tally.put_aside(_reason(error), -1, event.text.strip())
            continue
        if unread:
            reason = (
                f"it recurs by {unread}, which is not read: its first time is taken"
            )
            tally.put_aside(reason, -1, event.text.strip())
        else:
            tally.keep()
        yield from _reports(event, entity, starts, span)


def _reason(error: Exception) -> str:
    text = str(error)
    known = text.startswith(("a time", "it ends"))
    return text if known else "a time that cannot be"


def _zones(head: str) -> dict[str, tzinfo]:
    """Return the zones that a calendar defines itself and whose clocks never change."""
    found: dict[str, tzinfo] = {}
    for one in head.split("BEGIN:VTIMEZONE")[1:]:
        name = re.search(r"^TZID:(.*)$", one, re.MULTILINE)
        offsets = set(re.findall(r"^TZOFFSETTO:([+-])(\d\d)(\d\d)", one, re.MULTILINE))
        if name and len(offsets) == 1:
            ((sign, hours, minutes),) = offsets
            ahead = timedelta(hours=int(hours), minutes=int(minutes))
            if ahead < timedelta(days=1):
                ahead = ahead if sign == "+" else -ahead
                found[name[1].strip()] = timezone(ahead)
    return found


def _moved(events: list[_Event]) -> set[tuple[str, int]]:
    """Return (series, time) of all occurrences that have an event of their own."""
    found = set()
    for one in events:
        try:
            instead = one.times("RECURRENCE-ID")
        except ValueError:
            continue  # told of the event itself
        found |= {(one.value("UID"), when.time) for when in instead}
    return found


def _windows(
    event: _Event, moved: set[tuple[str, int]], last: int
) -> tuple[list[int], int | None, str]:
    """Return when it begins, how long it is, and by what it recurs that is not read.

    Raises:
        ValueError: it has no sound start, or ends before it.
    """
    told = event.times("DTSTART")
    if not told:
        raise ValueError("a time that cannot be")
    start = told[0]
    span = _span(event, start)
    own = event.value("RECURRENCE-ID")
    if own:
        return [start.time], span, ""
    starts, unread = [start], ""
    if text := event.value("RRULE"):
        try:
            starts = _recurring(text, start, last)
        except UnreadRuleError as error:
            unread = str(error)
    starts += event.times("RDATE") if event.value("RDATE") else []
    gone = {one.time for one in event.times("EXDATE")}
    gone |= {time for series, time in moved if series == event.value("UID")}
    return sorted({one.time for one in starts} - gone), span, unread


def _recurring(text: str, start: _When, last: int) -> list[_When]:
    found = rule(text)
    stop = datetime.fromtimestamp(last / SECOND, start.zone).replace(tzinfo=None)
    if found.until:
        if not _TIME.fullmatch(found.until):
            raise UnreadRuleError(f"UNTIL={found.until[:20]}")
        day = found.until[:8]
        clock = found.until[9:15] or "235959"
        try:
            until = datetime.strptime(day + clock, "%Y%m%d%H%M%S")  # noqa: DTZ007
        except ValueError:
            raise UnreadRuleError(f"UNTIL={found.until[:20]}") from None
        if found.until.endswith("Z"):
            until = until.replace(tzinfo=UTC).astimezone(start.zone)
        stop = min(stop, until.replace(tzinfo=None))
    return [_When(one, start.zone) for one in occurrences(found, start.wall, stop)]


def _span(event: _Event, start: _When) -> int | None:
    """Return how long it lasts, microseconds; None where that is not told."""
    if ends := event.times("DTEND"):
        if ends[0].time < start.time:
            raise ValueError("it ends before it begins")
        return ends[0].time - start.time
    if found := _SPAN.fullmatch(event.value("DURATION").upper()):
        units = zip(found.groups(), _UNITS, strict=True)
        return sum(int(number) * unit for number, unit in units if number)
    return DAY if start.is_day else None


def _reports(
    event: _Event, entity: str, starts: list[int], span: int | None
) -> Iterator[Report]:
    name = event.value("UID")
    recurs = len(starts) > 1 or bool(
        event.value("RRULE") or event.value("RECURRENCE-ID")
    )
    for start in starts:
        one = f"{name}/{start // SECOND}" if name and recurs else name
        yield Report(
            source="status-page",
            id=one or str(start),
            entity=entity,
            start=start,
            end=None if span is None else start + span,
            kind="maintenance",
            says=event.value("SUMMARY").replace("\\,", ",")[:300],
            link=event.value("URL")[:400],
        )
