"""What ``rrdtool fetch`` prints of any database: a series for each data source."""

import re
from array import array
from collections.abc import Iterator
from math import isfinite

import numpy as np

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Tally, piece
from rabta.sources.stream import Stream


_NAMES = re.compile(rb"[ \t]*([A-Za-z0-9_-]{1,19}([ \t]+[A-Za-z0-9_-]{1,19})*)[ \t]*")
_ROW = re.compile(rb"(\d{9,11}):((?:\s+[-+.,\deEnNaAiIfF]+)+)\s*$")
_WORSE_HIGH = re.compile(r"loss|lost|rtt|ping|delay|latenc|median|jitter|err|fail|drop")


def looks(text: bytes) -> bool:
    """Whether *text* begins with names, an empty line, and a row of seconds."""
    lines = [one.strip() for one in text[:4096].lstrip(b"\r\n").split(b"\n")]
    return (
        len(lines) > 2
        and _NAMES.fullmatch(lines[0]) is not None
        and not lines[1]
        and _ROW.match(lines[2]) is not None
    )


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read all rows; ``nan`` is a gap.

    Raises:
        DataError: there is no header.
    """
    names: list[str] = []
    times = array("q")
    values: list[array[float]] = []
    for offset, block in stream.lines():
        place = offset
        for line in block.split(b"\n"):
            if not names and line.strip():
                if not _NAMES.fullmatch(line.strip()):
                    raise DataError("there is no header", file=str(stream.path), row=1)
                names = line.decode().split()
                values = [array("d") for _ in names]
            elif line.strip():
                _take(line, place, times, values, tally)
            place += len(line) + 1
    name = stream.path.name.partition(".")[0]
    for metric, column in zip(names, values, strict=True):
        found = np.frombuffer(column) if column else np.zeros(0)
        when = np.frombuffer(times, np.int64) if times else np.zeros(0, np.int64)
        told = np.isfinite(found)
        if told.any():
            yield piece(
                "rrdtool",
                metric,
                about or f"target/{name}",
                when[told],
                found[told],
                unit="",
                worse="higher" if _WORSE_HIGH.search(metric.lower()) else "lower",
            )


def _take(
    line: bytes,
    offset: int,
    times: "array[int]",
    values: "list[array[float]]",
    tally: Tally,
) -> None:
    found = _ROW.match(line)
    # some locales write a comma
    cells = found[2].replace(b",", b".").split() if found else []
    if found is None or len(cells) != len(values):
        tally.put_aside("not a line of rrdtool fetch", offset, line)
        return
    time = int(found[1]) * SECOND
    try:
        numbers = [float(one) for one in cells]
    except ValueError:
        tally.put_aside("a value is no number", offset, line)
        return
    if not tally.plausible(time):
        tally.put_aside("a time that cannot be", offset, line)
    elif not any(map(isfinite, numbers)):
        tally.skip()
    else:
        tally.keep()
        times.append(time)
        for column, number in zip(values, numbers, strict=True):
            column.append(number)
