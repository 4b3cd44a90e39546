"""M-Lab NDT: rows of ``ndt.unified_downloads`` and ``unified_uploads``, as exported.

As JSON Lines, or as a table with a column for each field: BigQuery's CSV has no
columns within columns, so that queries name them ``a_MinRTT``, or ``MinRTT`` alone.
Fields: measurementlab.net/tests/ndt. Per hour the geometric mean, as rates of lines
spread over decades, and the number of tests, which itself falls in an outage.
"""

import csv
from collections.abc import Collection, Iterator
from math import log
from typing import Any

import msgspec
import numpy as np

from rabta.errors import DataError
from rabta.sources.bins import Bins
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.ooni import Seen
from rabta.sources.records import BROKEN, Lines, why
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


_ROWS = 20_000  # of a Parquet file at once
_FIELDS = {
    "TestTime": ("testtime", "atesttime"),
    "MeanThroughputMbps": ("meanthroughputmbps", "ameanthroughputmbps"),
    "MinRTT": ("minrtt", "aminrtt"),
    "UUID": ("uuid", "auuid"),
    "id": ("id",),
    "CountryCode": ("countrycode", "geocountrycode", "clientgeocountrycode"),
    "ASNumber": ("asnumber", "networkasnumber", "clientnetworkasnumber"),
}
"""How tables call each field, without what stands between its parts; that of a server
is another one."""


def is_table(columns: Collection[str]) -> bool:
    """Whether *columns* are those of such rows."""
    found = _places(list(columns))
    return "TestTime" in found and bool({"MeanThroughputMbps", "MinRTT"} & set(found))


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read rows, JSON Lines or a table.

    Raises:
        DataError: neither the columns of a table nor *about* say where it was.
    """
    bins, seen = Bins(), Seen()
    if stream.head(4) == b"PAR1":
        rows = _of_parquet(stream, tally, about)
    elif stream.head(4096).lstrip(b" \t\r\n\xef\xbb\xbf")[:1] in (b"{", b"["):
        rows = Lines(Row).records(stream, tally)
    else:
        rows = _of_table(stream, tally, about)
    for records in rows:
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


def _places(header: list[str]) -> dict[str, int]:
    """Return where each field stands in a table.

    BigQuery numbers a name that comes twice: which of the two is the client's place
    and which the server's is then not known, and neither is taken.
    """
    plain = [
        "".join(letter for letter in name.lower() if letter.isalnum())
        for name in header
    ]
    return {
        field: plain.index(name)
        for field, names in _FIELDS.items()
        for name in names
        if name in plain and f"{name}1" not in plain
    }


def _of_table(
    stream: Stream, tally: Tally, about: str
) -> Iterator[list[tuple[int, Row]]]:
    places: dict[str, int] = {}
    between = ","
    for offset, block in stream.lines():
        found: list[tuple[int, Row]] = []
        place = offset
        for line in block.splitlines(keepends=True):
            text = line.decode("utf-8", "replace").lstrip("\ufeff").replace("\0", "")
            if not places:
                between = max(",;\t", key=text.count)
            try:
                cells = next(csv.reader([text], delimiter=between), [])
                if not places:
                    places = _said(cells, stream, about)
                elif cells:
                    found.append((place, _row(cells, places)))
            except IndexError:
                tally.put_aside("cells are missing", place, line)
            except csv.Error:
                tally.put_aside("no row of a table", place, line)
            except BROKEN as error:
                tally.put_aside(why(error), place, line)
            place += len(line)
        yield found


def _of_parquet(
    stream: Stream, tally: Tally, about: str
) -> Iterator[list[tuple[int, Row]]]:
    import duckdb

    from rabta.sources.tables import look
    from rabta.sources.tables.engine import engine, identifier

    columns = list(look(stream.path).columns)
    places = _said(columns, stream, about)
    fields = dict(zip(places, range(len(places)), strict=True))
    texts = ", ".join(
        f"coalesce(CAST({identifier(columns[place])} AS VARCHAR), '')"
        for place in places.values()
    )
    sql = f"SELECT {texts} FROM read_parquet($1)"  # noqa: S608 - names are quoted
    count = 0
    try:
        with engine(parquet=True) as connection:
            asked = connection.execute(sql, [str(stream.path)])
            while some := asked.fetchmany(_ROWS):
                found: list[tuple[int, Row]] = []
                for cells in some:
                    count += 1
                    try:
                        found.append((-1, _row(list(cells), fields)))
                    except BROKEN as error:
                        text = ",".join(map(str, cells))
                        tally.put_aside(why(error), -1, text, where=f"row {count}")
                yield found
    except duckdb.Error as error:
        tally.partial = f"damaged after row {count} ({str(error).splitlines()[0][:80]})"


def _said(header: list[str], stream: Stream, about: str) -> dict[str, int]:
    places = _places(header)
    if not (about or {"CountryCode", "ASNumber"} & set(places)):
        raise DataError(
            "no column says of which country or network a test was",
            file=str(stream.path),
            row=1,
            hint="select client.Geo.CountryCode or client.Network.ASNumber too, or say"
            " it: --entity country/PK",
        )
    return places


def _row(cells: list[str], places: dict[str, int]) -> Row:
    told: dict[str, Any] = {
        field: cells[place].strip() or None for field, place in places.items()
    }
    client = {"Geo": told, "Network": told}
    row = {"a": told, "client": client, "id": told.get("id")}
    return msgspec.convert(row, Row, strict=False)


def _entities(client: Client) -> Iterator[str]:
    country = client.geo.country_code if client.geo else None
    if country and len(country) == 2:
        yield f"country/{country.upper()}"
    if client.network and client.network.asn:
        yield f"asn/{client.network.asn}"
