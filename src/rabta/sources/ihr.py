"""Internet Health Report: dependence on other networks, delays, bursts of Disco.

Paths and fields: www.ihr.live/en/api, pages of ``hegemony``, ``hegemony/countries``,
``hegemony/alarms``, ``network_delay`` and ``disco/events``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from rabta.clock import DAY, SECOND
from rabta.model.report import Report
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import convert, decode
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "CC BY-NC-SA 4.0",
    "Internet Health Report, IIJ",
    "https://www.ihr.live",
    commercial=False,
)
BASE = "https://www.ihr.live/ihr/api"
_WEEK, _MONTH = 7 * DAY, 31 * DAY  # the longest spans one question may have


class Row(msgspec.Struct):
    """One row of any of them."""

    timebin: str | None = None
    asn: int | None = None
    originasn: int | None = None
    hege: float | None = None
    country: str | None = None
    weightscheme: str | None = None
    transitonly: bool | None = None
    deviation: float | None = None
    af: int | None = None
    startpoint_name: str | None = None
    endpoint_name: str | None = None
    median: float | None = None
    streamtype: str | None = None
    streamname: str | None = None
    starttime: str | None = None
    endtime: str | None = None
    avglevel: float | None = None
    nbdiscoprobes: int | None = None
    totalprobes: int | None = None


class Page(msgspec.Struct):
    """One page."""

    results: list[msgspec.Raw]
    next: str | None = None


Columns = dict[tuple[str, str, str, str], tuple[list[int], list[float]]]
_UNITS = {"as_hegemony": "1", "network_delay_seconds": "s"}


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read one page."""
    columns: Columns = {}
    for raw in tally.each("results", decode(stream, Page).results):
        one = convert(raw, Row, tally)
        if one is None:
            continue
        time = micros(one.timebin or one.starttime)
        if time is None or not tally.plausible(time):
            tally.put_aside("a time that cannot be", -1, bytes(raw))
        elif one.starttime:
            yield from _burst(one, time, tally, bytes(raw))
        elif one.deviation is not None:
            yield from _change(one, time, tally)
        elif (cell := _cell(one, about)) is not None:
            key, value = cell
            tally.keep()
            times, values = columns.setdefault(key, ([], []))
            times.append(time)
            values.append(value)
        else:
            tally.skip()
    for (metric, entity, vantage, target), (times, values) in columns.items():
        yield piece(
            "ihr",
            metric,
            entity,
            times,
            values,
            unit=_UNITS[metric],
            worse="higher",
            vantage=vantage,
            target=target,
        )


def _cell(one: Row, about: str) -> tuple[tuple[str, str, str, str], float] | None:
    if one.hege is not None and one.asn and (one.originasn or one.country):
        dependent = f"country/{one.country}" if one.country else f"asn/{one.originasn}"
        scheme = [f"af/{one.af or 4}", one.weightscheme or ""]
        scheme.append("transit" if one.transitonly else "")
        vantage = " ".join(filter(None, scheme))
        entity = about or dependent
        return ("as_hegemony", entity, vantage, f"asn/{one.asn}"), one.hege
    if one.median is not None and one.endpoint_name:
        name = (one.endpoint_name, one.startpoint_name or "")
        key = ("network_delay_seconds", about or f"target/{name[0]}", name[1], "")
        return key, one.median / 1000
    return None


def _burst(one: Row, start: int, tally: Tally, text: bytes) -> Iterator[Item]:
    kinds = {"asn": "asn", "country": "country"}
    kind = kinds.get(one.streamtype or "")
    if kind is None or not one.streamname:
        tally.skip()  # squares of the globe have no name here
        return
    end = micros(one.endtime)
    if end == start:
        end = None  # how the service says that it knows no end
    if end is not None and end < start:
        tally.put_aside("it ends before it begins", -1, text)
        return
    tally.keep()
    yield Report(
        source="ihr",
        id=f"disco:{one.streamname}:{start}",
        entity=f"{kind}/{one.streamname.upper().removeprefix('AS')}",
        start=start,
        end=end,
        kind="alert",
        says=f"{one.nbdiscoprobes or 0} of {one.totalprobes or 0} probes disconnected "
        f"together, level {one.avglevel or 0:.0f}",
        link=LICENCE.link,
    )


def _change(one: Row, time: int, tally: Tally) -> Iterator[Item]:
    if not one.originasn or not one.asn:
        tally.skip()  # alarms of delays between places
        return
    tally.keep()
    yield Report(
        source="ihr",
        id=f"hegemony:{one.originasn}:{one.asn}:{one.af or 4}:{time}",
        entity=f"asn/{one.originasn}",
        start=time,
        end=time,
        kind="alert",
        says=f"paths through AS{one.asn} changed, IPv{one.af or 4}, "
        f"deviation {one.deviation or 0:.0f}",
        link=LICENCE.link,
    )


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the first page of each kind for a country or a network, span by span.

    Raises:
        KeyError: IHR knows no such kind of entity.
    """
    kind, _, code = entity.partition("/")
    burst = {"streamtype": kind, "streamname": code}
    found = [_page(f"{base}/disco/events/", burst, "starttime", start, stop)]
    if kind == "country":
        wanted = {"country": code, "weightscheme": "eyeball", "transitonly": "true"}
        asked = [("hegemony/countries/", wanted, _MONTH)]
    else:
        number = {"asn": code}[kind]
        asked = [
            ("hegemony/", {"originasn": number}, _WEEK),
            ("hegemony/alarms/", {"originasn": number}, _WEEK),
            (
                "network_delay/",
                {"endpoint_name": number, "endpoint_type": "AS"},
                _WEEK,
            ),
        ]
    for path, query, longest in asked:
        for begin in range(start, stop, longest):
            until = min(begin + longest - SECOND, stop)
            found.append(_page(f"{base}/{path}", query, "timebin", begin, until))
    return found


def _page(
    address: str, query: dict[str, str], column: str, start: int, stop: int
) -> str:
    span = {f"{column}__gte": _time(start), f"{column}__lte": _time(stop)}
    return f"{address}?{urlencode({**query, **span})}"


def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def following(url: str, body: bytes) -> list[str]:
    """Return the next page, at the address that was asked.

    The service names itself as it is called behind its proxy, so only the number of
    the page is taken from what it says.
    """
    try:
        after = msgspec.json.decode(body, type=Page).next
        number = dict(parse_qsl(urlsplit(after or "").query)).get("page", "")
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return []
    if not number.isdecimal():
        return []
    address, _, query = url.partition("?")
    return [f"{address}?{urlencode({**dict(parse_qsl(query)), 'page': number})}"]
