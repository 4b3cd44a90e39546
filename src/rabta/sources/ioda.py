"""IODA, API version 2: signals, events and alerts of countries, regions and ASes.

Paths and fields: api.ioda.inetintel.cc.gatech.edu/v2. A series keeps IODA's own name
of its data source as metric (``bgp``, ``ping-slash24``, ``merit-nt``); a sub-series
adds its own (``gtr.WEB_SEARCH``).
"""

from collections.abc import Collection, Iterator
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

import msgspec
import numpy as np
from numpy.typing import NDArray

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.model.report import Report
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import convert, decode
from rabta.sources.stream import Stream


LICENCE = Licence(
    "use with attribution; see the terms",
    "IODA, Georgia Institute of Technology",
    "https://ioda.inetintel.cc.gatech.edu",
)
BASE = "https://api.ioda.inetintel.cc.gatech.edu/v2"
_UNITS = {
    "bgp": "/24",
    "ping-slash24": "/24",
    "merit-nt": "addresses",
    "ping-slash24-loss": "%",
    "ping-slash24-latency": "ms",
}
_WORSE_HIGHER = ("loss", "latency", "delay")
_TYPES = ("country", "region", "asn", "continent", "county", "geoasn")
_EXPORTED = frozenset({"bgp", "ping-slash24", "merit-nt", "gtr", "ucsd-nt"})
_LIMIT = 2000  # events or alerts of one page
_LONGEST = 3_000_000  # values of one answer; a year of five minutes is 105,120

Step = Annotated[int, msgspec.Meta(ge=0, le=31 * 86400)]
Time = Annotated[int, msgspec.Meta(ge=0, le=10**10)]


class Signal(msgspec.Struct, rename="camel"):
    """One series of ``signals/raw``; times in seconds."""

    entity_type: str
    entity_code: str
    datasource: str
    from_: Time = msgspec.field(name="from")
    step: Step = 0
    values: msgspec.Raw = msgspec.Raw(b"[]")
    subtype: str | None = None
    native_step: int = 0


class Event(msgspec.Struct):
    """One event of ``outages/events``."""

    location: str
    start: Time
    duration: Annotated[int, msgspec.Meta(le=10**10)]
    datasource: str = ""
    score: float | None = None
    method: str = ""
    location_name: str = ""


class Place(msgspec.Struct):
    """One entity, as ``entities/query`` and alerts name it."""

    code: str
    type: str
    name: str = ""


class Alert(msgspec.Struct, rename="camel"):
    """One change of state of ``outages/alerts``."""

    datasource: str
    entity: Place
    time: Time
    level: str
    condition: str = ""
    value: float | None = None
    history_value: float | None = None


class Envelope(msgspec.Struct):
    """What every answer comes in."""

    data: msgspec.Raw
    type: str = ""
    error: object = None


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read an answer of the API: signals, events, alerts or entities."""
    del about
    envelope = decode(stream, Envelope)
    if envelope.error:
        said = str(envelope.error)[:120]
        raise DataError(f"IODA answered with an error: {said}", file=str(stream.path))
    for path, parts in _parts(envelope.data, stream):
        for part in tally.each(path, parts):
            yield from _item(part, tally)


def _parts(data: msgspec.Raw, stream: Stream) -> list[tuple[str, list[msgspec.Raw]]]:
    """Return the records, and the path of the list they are in; signals nest once."""
    try:
        outer = msgspec.json.decode(data, type=list[msgspec.Raw])
        if all(bytes(one)[:1] == b"[" for one in outer):
            return [
                (f"data[{n}]", msgspec.json.decode(one, type=list[msgspec.Raw]))
                for n, one in enumerate(outer)
            ]
    except (msgspec.MsgspecError, RecursionError):
        raise DataError(
            "another schema: 'data' is no list", file=str(stream.path)
        ) from None
    return [("data", outer)]


def _item(part: msgspec.Raw, tally: Tally) -> Iterator[Item]:
    text = bytes(part)
    if b'"values"' in text:
        signal = convert(part, Signal, tally)
        if signal is not None:
            yield from _series(signal, tally, text)
    elif b'"duration"' in text:
        event = convert(part, Event, tally)
        if event is not None:
            yield from _event(event, tally, text)
    elif b'"level"' in text:
        alert = convert(part, Alert, tally)
        if alert is not None:
            yield from _alert(alert, tally, text)
    elif convert(part, Place, tally) is not None:
        tally.skip()


def _known(kind: str, code: str, tally: Tally, text: bytes) -> bool:
    """Tell whether an entity is of a known type; else put the record aside."""
    if kind in _TYPES and code:
        return True
    tally.put_aside("an unknown type of entity", -1, text)
    return False


def _series(signal: Signal, tally: Tally, text: bytes) -> Iterator[Item]:
    if not _known(signal.entity_type, signal.entity_code, tally, text):
        return
    if not signal.step:
        tally.put_aside("another schema: there is no step", -1, text)
        return
    try:
        found = msgspec.json.decode(signal.values, type=list[float | None])
    except (msgspec.MsgspecError, RecursionError):
        if b"{" in bytes(signal.values)[:80]:
            tally.skip()  # lists of single probes, for the loss and latency pages
        else:
            tally.put_aside("another schema: values are no numbers", -1, text)
        return
    if len(found) > _LONGEST:
        tally.put_aside("more values than any answer has", -1, text)
        return
    values = np.array(found, dtype=np.float64)  # None becomes NaN
    times = (signal.from_ + signal.step * np.arange(len(values))) * SECOND
    name = signal.datasource
    tally.keep()
    yield piece(
        "ioda",
        f"{name}.{signal.subtype}" if signal.subtype else name,
        f"{signal.entity_type}/{signal.entity_code}",
        times,
        values,
        unit=_UNITS.get(name, ""),
        worse="higher" if any(one in name for one in _WORSE_HIGHER) else "lower",
    )


def _event(event: Event, tally: Tally, text: bytes) -> Iterator[Item]:
    kind, _, code = event.location.partition("/")
    if not _known(kind, code, tally, text):
        return
    start = event.start * SECOND
    if not tally.plausible(start) or event.duration < 0:
        tally.put_aside("a time that cannot be", -1, text)
        return
    tally.keep()
    yield Report(
        source="ioda",
        id=f"{event.location}:{event.datasource}:{event.start}",
        entity=event.location,
        start=start,
        end=start + event.duration * SECOND,
        says=f"{event.datasource} below its history, score {event.score or 0:.0f}",
        link=f"{LICENCE.link}/{event.location}",
    )


def _alert(alert: Alert, tally: Tally, text: bytes) -> Iterator[Item]:
    if not _known(alert.entity.type, alert.entity.code, tally, text):
        return
    time = alert.time * SECOND
    if not tally.plausible(time):
        tally.put_aside("a time that cannot be", -1, text)
        return
    tally.keep()
    entity = f"{alert.entity.type}/{alert.entity.code}"
    usual, value = alert.history_value, alert.value
    seen = "" if value is None or usual is None else f": {value:g}, usually {usual:g}"
    yield Report(
        source="ioda",
        id=f"alert:{entity}:{alert.datasource}:{alert.time}",
        entity=entity,
        start=time,
        end=time,
        kind="alert",
        says=f"{alert.datasource} {alert.level}{seen}",
        link=f"{LICENCE.link}/{entity}",
    )


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the addresses of signals, events and alerts of *entity*, microseconds.

    One month each at most: IODA gives coarser values for longer spans. Of ``world``,
    the events of all countries.
    """
    found = []
    month = 28 * 86400
    for begin in range(start // SECOND, stop // SECOND, month):
        until = min(begin + month, stop // SECOND)
        query = urlencode({"from": begin, "until": until})
        if entity == "world":
            about = urlencode({"entityType": "country"})
            found.append(f"{base}/outages/events?{about}&{query}&limit={_LIMIT}")
            continue
        found.append(f"{base}/signals/raw/{entity}?{query}&maxPoints=100000")
        kind, _, code = entity.partition("/")
        about = urlencode({"entityType": kind, "entityCode": code})
        found += [
            f"{base}/outages/{what}?{about}&{query}&limit={_LIMIT}"
            for what in ("events", "alerts")
        ]
    return found


PAGED = "/outages/"
"""What is in the path of answers that come in pages."""


def following(url: str, body: bytes) -> list[str]:
    """Return the next page of events or alerts where this one is full."""
    address, _, query = url.partition("?")
    if PAGED not in address:
        return []
    try:
        data = msgspec.json.decode(body, type=Envelope).data
        count = len(msgspec.json.decode(data, type=list[msgspec.Raw]))
    except (msgspec.MsgspecError, RecursionError):
        return []
    if count < _LIMIT:
        return []
    asked = dict(parse_qsl(query))
    asked["page"] = str(int(asked.get("page", "0")) + 1)
    return [f"{address}?{urlencode(asked)}"]


EXPORT = "dashboard"
"""Where the values of exports are from: they may be scaled to their own maximum, so
that they are no continuation of what the API tells."""


SCALED = "dashboard-scaled"
"""Where those are from that are shares of the export's own maximum, beyond doubt."""


def scale(values: NDArray[np.float64]) -> str:
    """Tell how a column of an export was written: ``shares``, ``counts`` or ``""``.

    The dashboard may show each signal as a share of its largest value, 1 or 100. Whole
    numbers that end elsewhere are counts; means of counts could be either, as a piece
    that was cut out of shares does not reach their end.
    """
    known = values[np.isfinite(values)]
    whole = bool((known == np.round(known)).all())
    most = float(known.max(initial=0.0))
    if abs(most - 100) < 1e-6 or (most <= 1 and not whole):
        return "shares"
    return "counts" if whole or most > 100 else ""


def is_export(columns: Collection[str]) -> bool:
    """Whether a table is an export of IODA's dashboard, by its columns."""
    return "timestamp" in columns and len(_EXPORTED & set(columns)) > 1
