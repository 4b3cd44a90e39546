"""Exports of speed tests: Ookla's CLI, speedtest-cli, the site's own, any CSV alike.

Rates differ by program: speedtest-cli writes bit/s, Ookla's CLI bytes/s, Ookla's app
kbit/s, the site and most home-made tables Mbit/s. Which one it is follows from the
columns; where the octets of a test are told, it must have lasted as long as tests do.
Where it cannot be told, the user is asked.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, tzinfo
from statistics import median

import msgspec

from rabta.errors import DataError
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.records import Lines
from rabta.sources.stream import Stream
from rabta.sources.times import UNZONED, Wall


LICENCE = Licence("your own measurements", "", "", commercial=True)
_TIMES = ("datetimestart", "timestamp", "datetime", "date", "time", "start")
_DELAYS = ("latency", "ping", "lat_ms", "rtt")
UNITS = {"bit/s": 1.0, "kbit/s": 1e3, "Mbit/s": 1e6, "byte/s": 8.0}
"""Bit/s of each unit that rates may be told in."""
_OCTETS = "downloadbytes"
_LASTS = 3.0, 24.0  # seconds of a test in one direction: one unit fits at most
_MAY_LAST = 0.5, 120.0  # where the columns say which program it was
_MEGABITS, _BITS = 1_000.0, 2_000_000.0
"""A median rate up to the first is told in Mbit/s, from the second on in bit/s; what
lies between may be kbit/s as well."""
_COMMA = re.compile(r"\s*-?(\d{1,3}(\.\d{3})+|\d+),\d+\s*")
_METRICS = {
    "download": ("download_bits_per_second", "bit/s", "lower"),
    "upload": ("upload_bits_per_second", "bit/s", "lower"),
    "delay": ("ping_rtt_seconds", "s", "higher"),
    "jitter": ("jitter_seconds", "s", "higher"),
    "loss": ("packet_loss_ratio", "1", "higher"),
}


class Delay(msgspec.Struct):
    """``ping`` of Ookla's CLI, milliseconds."""

    latency: float | None = None
    jitter: float | None = None


class Rate(msgspec.Struct):
    """``download`` and ``upload`` of Ookla's CLI, bytes per second."""

    bandwidth: float | None = None


class Test(msgspec.Struct, rename="camel"):
    """One result of either program, as JSON."""

    timestamp: str
    ping: Delay | float | None = None
    download: Rate | float | None = None
    upload: Rate | float | None = None
    packet_loss: float | None = None


Columns = dict[str, tuple[list[int], list[float]]]


def read(
    stream: Stream,
    tally: Tally,
    about: str,
    unit: str = "",
    zone: tzinfo | None = None,
) -> Iterator[Item]:
    """Read JSON, JSON Lines or CSV; *unit* is that of a table's rates, of ``UNITS``.

    *zone* is that of times without one: where None is named UTC, and that is said.

    Raises:
        DataError: a table does not say in which unit its rates are.
    """
    wall = Wall(zone)
    if stream.head(64).lstrip()[:1] in (b"{", b"["):
        columns = _json(stream, tally, wall)
    else:
        columns = _csv(stream, tally, unit, wall)
    if wall.assumed:
        tally.notes.append(UNZONED)
    for name, (times, values) in columns.items():
        metric, written, worse = _METRICS[name]
        yield piece(
            "speedtest",
            metric,
            about or "target/speedtest",
            times,
            values,
            unit=written,
            worse=worse,
        )


def _json(stream: Stream, tally: Tally, wall: Wall) -> Columns:
    columns: Columns = defaultdict(lambda: ([], []))
    for records in Lines(Test).records(stream, tally):
        for offset, one in records:
            time = wall.micros(one.timestamp)
            if time is None or not tally.plausible(time):
                tally.put_aside("a time that cannot be", offset, one.timestamp)
                continue
            tally.keep()
            cells: dict[str, float | None] = {
                "download": _rate(one.download),
                "upload": _rate(one.upload),
                "loss": None if one.packet_loss is None else one.packet_loss / 100,
            }
            if isinstance(one.ping, Delay):
                cells["delay"], cells["jitter"] = one.ping.latency, one.ping.jitter
            else:
                cells["delay"] = one.ping
            for name in ("delay", "jitter"):
                value = cells.get(name)
                cells[name] = None if value is None else value / 1000
            _put(columns, time, cells)
    return columns


def _rate(value: Rate | float | None) -> float | None:
    if isinstance(value, Rate):
        return None if value.bandwidth is None else value.bandwidth * 8
    return value


def _put(columns: Columns, time: int, cells: dict[str, float | None]) -> None:
    for name, value in cells.items():
        if value is not None and 0 <= value < 1e13:
            times, values = columns[name]
            times.append(time)
            values.append(value)


def column(header: list[str], names: tuple[str, ...]) -> int:
    """Return the place of the first of *names*; -1 where there is none."""
    clean = [name.strip().lower().replace(" ", "").replace("_", "") for name in header]
    return next((clean.index(one) for one in names if one in clean), -1)


def _csv(stream: Stream, tally: Tally, unit: str, wall: Wall) -> Columns:
    header: list[str] = []
    between = ","
    columns: Columns = defaultdict(lambda: ([], []))
    places: dict[str, int] = {}
    when = -1
    for offset, block in stream.lines():
        place = offset
        for line in block.splitlines(keepends=True):
            text = line.decode("utf-8", "replace").lstrip("\ufeff")
            if not header:
                between = max(",;\t|", key=text.count)
            row = next(csv.reader([text.replace("\0", "")], delimiter=between), [])
            if not header:
                header = row
                when, places = _places(header, stream)
            elif row:
                if between != ",":
                    row = [_point(cell) for cell in row]
                _row(row, when, places, columns, tally, place, line, wall)
            place += len(line)
    if columns:
        rates = unit or _unit(header, columns, stream)
        tally.notes.append(f"rates are taken as {rates}")
        _scale(columns, UNITS[rates])
    return columns


def _places(header: list[str], stream: Stream) -> tuple[int, dict[str, int]]:
    when = column(header, _TIMES)
    found = {
        "download": column(header, ("download",)),
        "upload": column(header, ("upload",)),
        "delay": column(header, _DELAYS),
        "jitter": column(header, ("jitter",)),
        "loss": column(header, ("packetloss",)),
        _OCTETS: column(header, (_OCTETS,)),
    }
    places = {name: place for name, place in found.items() if place >= 0}
    if when < 0 or "download" not in places:
        missing = "time" if when < 0 else "download"
        raise DataError(
            f"there is no column of the {missing}",
            file=str(stream.path),
            row=1,
            hint="the program must write one; see its help on headers",
        )
    return when, places


def _row(
    row: list[str],
    when: int,
    places: dict[str, int],
    columns: Columns,
    tally: Tally,
    offset: int,
    line: bytes,
    wall: Wall,
) -> None:
    if len(row) <= max(when, *places.values()):
        tally.put_aside("cells are missing", offset, line)
        return
    time = wall.micros(row[when]) or _american(row[when], wall)
    if time is None or not tally.plausible(time):
        tally.put_aside("a time that cannot be", offset, line)
        return
    cells: dict[str, float | None] = {}
    for name, place in places.items():
        try:
            cells[name] = float(row[place]) if row[place].strip() else None
        except ValueError:
            tally.put_aside(f"{name} is no number", offset, line)
            return
    tally.keep()
    _put(columns, time, cells)


def _point(cell: str) -> str:
    """Write a number with a decimal comma, ``1.013,5``, as others do."""
    return cell.replace(".", "").replace(",", ".") if _COMMA.fullmatch(cell) else cell


def _american(text: str, wall: Wall) -> int | None:
    for form in ("%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%Y"):
        try:
            return wall.instant(datetime.strptime(text.strip(), form))  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _unit(header: list[str], columns: Columns, stream: Stream) -> str:
    """Return in which of ``UNITS`` the rates of a table are.

    Raises:
        DataError: that cannot be told.
    """
    rate = median(columns["download"][1] or columns["upload"][1] or [0.0])
    octets = columns[_OCTETS][1] if _OCTETS in columns else []
    said = ""
    if column(header, ("conntype",)) >= 0:  # Ookla's app
        said = "kbit/s"
    elif column(header, ("sponsor",)) >= 0:  # speedtest-cli
        said = "bit/s"
    elif column(header, ("idlelatency", "resulturl", "shareurl")) >= 0:  # Ookla's CLI
        said = "byte/s"
    elif not octets and rate <= _MEGABITS:
        said = "Mbit/s"
    elif not octets and rate >= _BITS:
        said = "bit/s"
    if octets and rate:
        seconds = median(octets) * 8 / rate
        least, most = _MAY_LAST if said else _LASTS
        fit = [one for one, bits in UNITS.items() if least <= seconds / bits <= most]
        if said not in fit:
            said = fit[0] if len(fit) == 1 and not said else ""
    if not said:
        raise DataError(
            "the columns do not say in which unit the rates are",
            file=str(stream.path),
            row=1,
            column=next(one for one in header if one.strip().lower() == "download"),
            hint="say it: --unit " + ", ".join(UNITS),
        )
    return said


def _scale(columns: Columns, bits: float) -> None:
    """Bring rates to bit/s, delays to seconds and loss to a share."""
    columns.pop(_OCTETS, None)
    for name, (times, values) in columns.items():
        factor = bits if name in ("download", "upload") else 0.001
        factor = 0.01 if name == "loss" else factor
        columns[name] = times, [value * factor for value in values]
