"""Lists of outages that people made: Access Now's STOP, IODA's investigated outages.

Dates are days or clock times as somebody typed them. What ends before it begins is put
aside; what has no end is kept without one, which does not say that it lasts still.
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

from rabta.model.report import Report
from rabta.sources import countries
from rabta.sources.imported import Item, Licence, Tally
from rabta.sources.stream import Stream
from rabta.sources.times import micros, of


LICENCE = Licence(
    "terms not stated; cite the list",
    "Access Now (STOP) or IODA, Georgia Institute of Technology",
    "https://www.accessnow.org/campaign/keepiton/",
)
_FORMS = (
    "%A, %B %d, %Y, %I:%M:%S %p",
    "%A, %B %d, %Y, %I:%M %p",
    "%A, %B %d, %Y, %I:%M: %p",
    "%m/%d/%Y %H:%M:%S %p",
    "%m/%d/%Y %I:%M:%S %p",
)
_SPAN = 50  # lines that one row may run over
_ASN = re.compile(r"\((?:AS)?(\d+)\)|^(?:AS)?(\d+)$")


def moment(text: str) -> int | None:
    """Read a time as these lists write it, UTC; None where it cannot be read."""
    clean = re.sub(r"\s+", " ", text.strip())
    for form in _FORMS:
        try:
            return of(datetime.strptime(clean, form).replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            continue
    return micros(clean)


def ioda(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read the investigated outages of IODA, a CSV; times are UTC."""
    del about
    for row in _rows(stream, tally):
        text = ",".join(row.values())[:300]
        start = moment(row.get("Begin time", ""))
        end = moment(row.get("End time", ""))
        country = countries.code(row.get("Country", ""))
        scope = next((v for k, v in row.items() if k.startswith("Scope")), "")
        entity = _place(scope, row.get("AS", ""), country)
        why = _wrong(tally, start, end, entity)
        if why or start is None:
            tally.put_aside(why, -1, text)
            continue
        tally.keep()
        yield Report(
            source="ioda-outages",
            id=row.get("ID") or sha256(text.encode()).hexdigest()[:16],
            entity=entity,
            start=start,
            end=end,
            cause=row.get("Cause", "").strip().lower().replace("unknown", ""),
            says=scope.strip(),
        )


def _place(scope: str, asn: str, country: str) -> str:
    if scope.strip().upper().startswith("AS"):
        found = _ASN.search(scope) or _ASN.search(asn.strip())
        if found:
            return f"asn/{found[1] or found[2]}"
    return f"country/{country}" if country else ""


def _wrong(tally: Tally, start: int | None, end: int | None, entity: str) -> str:
    if start is None or not tally.plausible(start):
        return "a time that cannot be"
    if end is not None and end < start:
        return "it ends before it begins"
    return "" if entity else "an unknown country"


def _rows(stream: Stream, tally: Tally) -> Iterator[dict[str, str]]:
    text = stream.document().decode("utf-8-sig", "replace").replace("\0", "")
    lines = text.splitlines(keepends=True)
    names: list[str] = []
    at = 0
    while at < len(lines):
        some = lines[at : at + _SPAN]
        reader = csv.reader(some)
        tally.place = f"row {at + 1}"
        try:
            cells = next(reader, [])
        except csv.Error as error:
            tally.put_aside(f"no row of a table ({error})"[:80], -1, some[0])
            at += 1
            continue
        used = reader.line_num
        if used > 1 and "".join(some[:used]).count('"') % 2:
            tally.put_aside("a quote is never closed", -1, some[0])
            at += 1
            continue
        at += used
        tally.place = f"row {at}"
        if not names:
            names = cells
        elif cells:
            yield dict(zip(names, cells, strict=False))
    tally.place = ""


_STOP = (
    "country",
    "start_date",
    "end_date",
    "shutdown_type",
    "area_name",
    "actual_cause",
    "affected_network",
    "info_source_link",
)


def access_now(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read STOP, Parquet or CSV; a day counts as its midnight in UTC."""
    del about
    told: set[str] = set()
    for row in _stop_rows(stream, tally):
        text = ",".join(row.values())[:300]
        start, end = micros(row["start_date"]), micros(row["end_date"])
        country = countries.code(row["country"])
        why = _wrong(tally, start, end, f"country/{country}" if country else "")
        if why or start is None:
            tally.put_aside(why, -1, text)
            continue
        # what goes on over New Year is told again every year
        key = "|".join(row[one] for one in _STOP if one != "info_source_link")
        code = sha256(key.encode()).hexdigest()[:16]
        if code in told:
            tally.records += 1
            tally.duplicates += 1
            continue
        told.add(code)
        tally.keep()
        blocking = "throttl" in row["shutdown_type"].lower()
        yield Report(
            source="access-now",
            id=code,
            entity=f"country/{country}",
            start=start,
            end=end,
            kind="throttling" if blocking else "outage",
            cause=row["actual_cause"].lower(),
            says=f"{row['shutdown_type']}, {row['affected_network']}: "
            f"{row['area_name']}"[:400],
            link=row["info_source_link"].split(";")[0][:400],
        )


def _stop_rows(stream: Stream, tally: Tally) -> Iterator[dict[str, str]]:
    if stream.head(4) != b"PAR1":
        for row in _rows(stream, tally):
            yield {name: row.get(name, "") for name in _STOP}
        return
    from rabta.sources.tables.engine import engine

    with engine(parquet=True) as connection:
        names = ", ".join(f"CAST({name} AS VARCHAR)" for name in _STOP)
        sql = f"SELECT {names} FROM read_parquet($1)"  # noqa: S608 - names are ours
        rows = connection.execute(sql, [str(stream.path)]).fetchall()
        for cells in tally.each("row", rows):
            yield dict(zip(_STOP, (one or "" for one in cells), strict=True))
