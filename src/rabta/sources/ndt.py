"""M-Lab NDT: rows of ``ndt.unified_downloads`` and ``unified_uploads``, as exported.

Fields: measurementlab.net/tests/ndt. Per hour the geometric mean, as rates of lines
spread over decades, and the number of tests, which itself falls in an outage.
"""

from collections.abc import Iterator
from math import log

import msgspec
import numpy as np

from rabta.sources.bins import Bins
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.ooni import Seen
from rabta.sources.records import Lines
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "CC0", "Measurement Lab", "https://www.measurementlab.net/terms/", commercial=True
)


class Figures(msgspec.Struct, rename="pascal"):
    """The column ``a``; Mbit/s and milliseconds."""

    test_time: str | None = None
    mean_throughput_mbps: float | None = None
    min_rtt: float | None = msgspec.field(name="MinRTT", default=None)
    uuid: str | None = msgspec.field(name="UUID", default=None)


class Geo(msgspec.Struct, rename="pascal"):
    """Where the client is."""

    country_code: str | None = None


class Network(msgspec.Struct):
    """Whose line it is."""

    asn: int | None = msgspec.field(name="ASNumber", default=None)


class Client(msgspec.Struct, rename="pascal"):
    """Who tested."""

    geo: Geo | None = None
    network: Network | None = None


class Row(msgspec.Struct):
    """One test."""

    a: Figures
    client: Client
    id: str | None = None


_METRICS = {
    "rate": ("throughput_bits_per_second", "bit/s", "lower"),
    "rtt": ("min_rtt_seconds", "s", "higher"),
}


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read rows, JSON Lines."""
    bins, seen = Bins(), Seen()
    for records in Lines(Row).records(stream, tally):
        columns: tuple[list[int], list[int], list[float]] = ([], [], [])
        for offset, one in records:
            time = micros((one.a.test_time or "").removesuffix(" UTC"))
            if time is None or not tally.plausible(time):
                text = one.a.test_time or ""
                tally.put_aside("a time that cannot be", offset, text)
                continue
            code = one.id or one.a.uuid
            if code and seen.again(code):
                tally.records += 1
                tally.duplicates += 1
                continue
            entities = [about] if about else list(_entities(one.client))
            rate, rtt = one.a.mean_throughput_mbps, one.a.min_rtt
            cells = []
            if rate is not None and 0 < rate < 1e6:
                cells.append(("rate", log(rate * 1e6)))
            if rtt is not None and 0 < rtt < 1e5:
                cells.append(("rtt", log(rtt / 1000)))
            if not entities or not cells:
                tally.skip()
                continue
            tally.keep()
            for entity in entities:
                for name, value in cells:
                    columns[0].append(bins.number((name, entity)))
                    columns[1].append(time)
                    columns[2].append(value)
        bins.add(*columns)
    for (name, entity), found in bins.series():
        metric, unit, worse = _METRICS[name]
        values = np.exp(found.sums / found.counts)
        yield piece("ndt", metric, entity, found.times, values, unit=unit, worse=worse)
        if name == "rate":
            yield piece(
                "ndt",
                "tests_per_hour",
                entity,
                found.times,
                found.counts,
                unit="tests",
                worse="lower",
            )


def _entities(client: Client) -> Iterator[str]:
    country = client.geo.country_code if client.geo else None
    if country and len(country) == 2:
        yield f"country/{country.upper()}"
    if client.network and client.network.asn:
        yield f"asn/{client.network.asn}"
