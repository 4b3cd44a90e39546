"""RIPEstat: how much of a country or an AS the Internet's routers see.

Fields: stat.ripe.net/docs/02.data-api, calls ``country-resource-stats`` and
``prefix-count``; the answer as it comes, or its ``data`` alone.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import convert, decode
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "RIPEstat service terms; attribution",
    "RIPE NCC",
    "https://www.ripe.net/about-us/legal/ripestat-service-terms-and-conditions/",
)
BASE = "https://stat.ripe.net/data"
_FIGURES = {
    "asns_ris": ("visible_asns", "ASes"),
    "v4_prefixes_ris": ("visible_prefixes_v4", "prefixes"),
    "v6_prefixes_ris": ("visible_prefixes_v6", "prefixes"),
}


class Span(msgspec.Struct):
    """When a row holds."""

    starttime: str


class Row(msgspec.Struct):
    """One row of ``country-resource-stats``; -1 where RIPE does not know."""

    timeline: list[Span] = []
    stats_date: str | None = None
    asns_ris: float | None = None
    v4_prefixes_ris: float | None = None
    v6_prefixes_ris: float | None = None


class Count(msgspec.Struct, rename={"space": "address-space"}):
    """One row of ``prefix-count``."""

    timestamp: str
    prefixes: float
    space: float | None = None


class Data(msgspec.Struct):
    """Of either call."""

    stats: list[msgspec.Raw] | None = None
    ipv4: list[msgspec.Raw] | None = None
    ipv6: list[msgspec.Raw] | None = None
    resource: object = None


class Answer(Data):
    """The envelope around it."""

    data: Data | None = None
    status: str = "ok"


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read one answer."""
    answer = decode(stream, Answer)
    if answer.status != "ok":
        raise DataError(f"RIPEstat answers {answer.status!r}", file=str(stream.path))
    data = answer.data or answer
    entity = about or _entity(data.resource)
    if not entity:
        raise DataError(
            "the answer does not say which country or AS it is about",
            file=str(stream.path),
            hint="say it: --entity country/PK",
        )
    if data.stats is not None:
        yield from _country(data.stats, entity, tally)
    for family, rows in (("v4", data.ipv4), ("v6", data.ipv6)):
        if rows:
            yield from _network(rows, entity, family, tally)


def _entity(resource: object) -> str:
    text = str(resource or "").upper().removeprefix("AS")
    if text.isdecimal():
        return f"asn/{text}"
    return f"country/{text}" if len(text) == 2 and text.isalpha() else ""


def _country(rows: list[msgspec.Raw], entity: str, tally: Tally) -> Iterator[Item]:
    cells: dict[str, tuple[list[int], list[float]]] = {}
    for raw in tally.each("data.stats", rows):
        row = convert(raw, Row, tally)
        if row is None:
            continue
        spans = row.timeline or [Span(row.stats_date or "")]
        moments = [micros(span.starttime) for span in spans]
        sound = [one for one in moments if one is not None and tally.plausible(one)]
        if not sound:
            tally.put_aside("a time that cannot be", -1, bytes(raw))
            continue
        tally.keep()
        for name in _FIGURES:
            value = getattr(row, name)
            if value is not None and value >= 0:
                times, values = cells.setdefault(name, ([], []))
                times += sound
                values += [value] * len(sound)
    for name, (times, values) in cells.items():
        metric, unit = _FIGURES[name]
        yield piece("ripestat", metric, entity, times, values, unit=unit, worse="lower")


def _network(
    rows: list[msgspec.Raw], entity: str, family: str, tally: Tally
) -> Iterator[Item]:
    times: list[int] = []
    values: list[float] = []
    path = f"data.ip{family}"
    for raw in tally.each(path, rows):
        row = convert(raw, Count, tally)
        if row is None:
            continue
        time = micros(row.timestamp)
        if time is None or not tally.plausible(time) or row.prefixes < 0:
            tally.put_aside("a time or number that cannot be", -1, bytes(raw))
            continue
        tally.keep()
        times.append(time)
        values.append(row.prefixes)
    yield piece(
        "ripestat",
        f"visible_prefixes_{family}",
        entity,
        times,
        values,
        unit="prefixes",
        worse="lower",
    )


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the one address that tells of a country or an AS.

    Raises:
        KeyError: RIPEstat knows no such kind of entity.
    """
    kind, _, code = entity.partition("/")
    call = {"country": "country-resource-stats", "asn": "prefix-count"}[kind]
    query = {
        "resource": code,
        "starttime": _time(start),
        "endtime": _time(stop),
        "sourceapp": "rabta",
    }
    if kind == "country":
        query["resolution"] = "5m" if stop - start < 7 * 86400 * SECOND else "1d"
    return [f"{base}/{call}/data.json?{urlencode(query)}"]


def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M")
