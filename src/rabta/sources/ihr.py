"""Internet Health Report: dependence on other networks, delays, bursts of Disco.

Fields: ihr.iijlab.net/ihr/en-us/api, pages of ``hegemony``, ``network_delay`` and
``disco/events``.
"""

from collections.abc import Iterator

import msgspec

from rabta.model.report import Report
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import convert, decode
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "CC BY-NC-SA 4.0",
    "Internet Health Report, IIJ",
    "https://ihr.iijlab.net",
    commercial=False,
)


class Row(msgspec.Struct):
    """One row of any of them."""

    timebin: str | None = None
    asn: int | None = None
    originasn: int | None = None
    hege: float | None = None
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


Columns = dict[tuple[str, str, str, str], tuple[list[int], list[float]]]
_UNITS = {"as_hegemony": "1", "network_delay_seconds": "s"}


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read one page."""
    columns: Columns = {}
    for raw in decode(stream, Page).results:
        one = convert(raw, Row, tally)
        if one is None:
            continue
        time = micros(one.timebin or one.starttime)
        if time is None or not tally.plausible(time):
            tally.put_aside("a time that cannot be", -1, bytes(raw))
        elif one.starttime:
            yield from _burst(one, time, tally, bytes(raw))
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
    if one.hege is not None and one.originasn and one.asn:
        entity = about or f"asn/{one.originasn}"
        return ("as_hegemony", entity, f"af/{one.af or 4}", f"asn/{one.asn}"), one.hege
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
