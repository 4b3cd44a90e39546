"""Cloudflare Radar: outages annotated by its people, anomalies, and traffic.

Fields: developers.cloudflare.com/api/resources/radar. Needs a token, which the
configuration names by its file; it is sent to Radar's own host alone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import msgspec
import numpy as np

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.model.report import Report
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import convert, decode
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "CC BY-NC 4.0",
    "Cloudflare Radar",
    "https://radar.cloudflare.com/about",
    commercial=False,
)
BASE = "https://api.cloudflare.com/client/v4"
PAGED = "/radar/"
_OF_MAXIMUM = "MIN0_MAX"
"""How Radar tells traffic: as shares of the largest value of the answer, so that two
answers can only be compared where they overlap."""
_LIMIT = 500  # outages or anomalies of one page


class Outage(msgspec.Struct, rename="camel"):
    """What caused an annotated outage, in Radar's words."""

    outage_cause: str | None = None
    outage_type: str | None = None


class Annotation(msgspec.Struct, rename="camel"):
    """One row of ``annotations/outages``."""

    start_date: str
    id: str = ""
    end_date: str | None = None
    description: str | None = None
    scope: str | None = None
    locations: list[str] = []
    asns: list[int] = []
    linked_url: str | None = None
    outage: Outage | None = None


class Place(msgspec.Struct):
    """A country, ``code``, or a network, ``asn``."""

    code: str = ""
    asn: object = None


class Anomaly(msgspec.Struct, rename="camel"):
    """One row of ``traffic_anomalies``."""

    start_date: str
    uuid: str = ""
    end_date: str | None = None
    type: str = ""
    status: str = ""
    location_details: Place | None = None
    asn_details: Place | None = None


class Serie(msgspec.Struct):
    """Values of ``netflows/timeseries`` or ``http/timeseries``, as text."""

    timestamps: list[str]
    values: list[str | float | None]


class Meta(msgspec.Struct, frozen=True):
    """What was done to the values."""

    normalization: str = _OF_MAXIMUM


class Result(msgspec.Struct, rename="camel"):
    """What the answer holds of all this."""

    annotations: list[msgspec.Raw] = []
    traffic_anomalies: list[msgspec.Raw] = []
    meta: Meta = Meta()
    serie_0: Serie | None = msgspec.field(name="serie_0", default=None)


class Answer(msgspec.Struct):
    """The envelope."""

    success: bool
    result: Result | None = None
    errors: list[object] = []


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read one answer."""
    answer = decode(stream, Answer)
    if not answer.success or answer.result is None:
        said = str(answer.errors)[:120]
        raise DataError(f"Radar answered with an error: {said}", file=str(stream.path))
    for raw in tally.each("result.annotations", answer.result.annotations):
        one = convert(raw, Annotation, tally)
        if one is not None:
            yield from _annotation(one, tally, bytes(raw))
    anomalies = answer.result.traffic_anomalies
    for raw in tally.each("result.trafficAnomalies", anomalies):
        two = convert(raw, Anomaly, tally)
        if two is not None:
            yield from _anomaly(two, tally, bytes(raw))
    if answer.result.serie_0 is not None:
        yield from _traffic(answer.result, answer.result.serie_0, tally, about, stream)


def _span(start: str, end: str | None, tally: Tally) -> tuple[int, int | None] | None:
    begin, until = micros(start), micros(end)
    if begin is None or not tally.plausible(begin) or (until or begin) < begin:
        return None
    return begin, until


def _annotation(one: Annotation, tally: Tally, text: bytes) -> Iterator[Item]:
    span = _span(one.start_date, one.end_date, tally)
    entities = [f"country/{code}" for code in one.locations]
    entities += [f"asn/{number}" for number in one.asns]
    if span is None or not entities:
        tally.put_aside("a time or place that cannot be", -1, text)
        return
    tally.keep()
    scope = f" ({one.scope})" if one.scope else ""
    for entity in entities:
        yield Report(
            source="radar",
            id=one.id or f"{one.start_date}:{entity}",
            entity=entity,
            start=span[0],
            end=span[1],
            cause=(one.outage and one.outage.outage_cause) or "",
            says=f"{one.description or ''}{scope}".strip(),
            link=one.linked_url or "",
        )


def _anomaly(one: Anomaly, tally: Tally, text: bytes) -> Iterator[Item]:
    span = _span(one.start_date, one.end_date, tally)
    network = one.asn_details and one.asn_details.asn
    country = one.location_details.code if one.location_details else ""
    entity = f"asn/{network}" if network else f"country/{country}" if country else ""
    if span is None or not entity:
        tally.put_aside("a time or place that cannot be", -1, text)
        return
    tally.keep()
    yield Report(
        source="radar",
        id=one.uuid or f"{one.start_date}:{entity}",
        entity=entity,
        start=span[0],
        end=span[1],
        kind="alert",
        says=f"traffic anomaly, {one.status.lower() or 'unverified'}",
    )


def _traffic(
    result: Result, serie: Serie, tally: Tally, about: str, stream: Stream
) -> Iterator[Item]:
    if not about:
        raise DataError(
            "a series of traffic does not say where",
            file=str(stream.path),
            hint="say it: --entity country/PK",
        )
    if (how := result.meta.normalization) != _OF_MAXIMUM:
        where = "result.meta.normalization"
        tally.put_aside(f"values of another kind: {how[:40]!r}", -1, where=where)
        return
    times = [micros(text) for text in serie.timestamps]
    try:
        values = np.array([float("nan" if v is None else v) for v in serie.values])
    except ValueError:
        values = np.empty(0)
    if None in times or len(times) != len(values):
        where = "result.serie_0"
        tally.put_aside("times and values do not match", -1, where=where)
        return
    tally.keep()
    yield piece(
        "radar",
        "traffic_normalised",
        about,
        [time for time in times if time is not None],
        values,
        unit="1",
        worse="lower",
        relative=True,
    )


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the addresses of outages, anomalies and traffic.

    Raises:
        KeyError: Radar knows no such kind of entity.
    """
    kind, _, code = entity.partition("/")
    query = urlencode(
        {
            {"country": "location", "asn": "asn"}[kind]: code,
            "dateStart": _time(start),
            "dateEnd": _time(stop),
            "format": "json",
        }
    )
    return [
        f"{base}/radar/annotations/outages?{query}&limit={_LIMIT}",
        f"{base}/radar/traffic_anomalies?{query}&limit={_LIMIT}",
        f"{base}/radar/netflows/timeseries?{query}&aggInterval=15m",
    ]


def following(url: str, body: bytes) -> list[str]:
    """Return the next page of outages or anomalies where this one is full."""
    address, _, query = url.partition("?")
    try:
        result = msgspec.json.decode(body, type=Answer).result
    except (msgspec.MsgspecError, RecursionError):
        return []
    count = len(result.annotations) + len(result.traffic_anomalies) if result else 0
    if count < _LIMIT:
        return []
    asked = dict(parse_qsl(query))
    asked["offset"] = str(int(asked.get("offset", "0")) + _LIMIT)
    return [f"{address}?{urlencode(asked)}"]


def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
