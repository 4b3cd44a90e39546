"""Logs of ping: ``ping -D``, ``fping -D -l``, and lines of time, name and delay."""

import re
from collections import defaultdict
from collections.abc import Iterator

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Tally, piece
from rabta.sources.stream import Stream
from rabta.sources.times import micros


# [1443267790.819] 64 bytes from dns (8.8.8.8): icmp_seq=1 ttl=57 time=12.9 ms
_PING = re.compile(
    rb"\[(\d{9,11}(?:\.\d+)?)\] \d+ bytes from ([^\s:]+)[^\n]*?time[=<]([\d.]+) ?ms"
)
_LOST = re.compile(rb"\[(\d{9,11}(?:\.\d+)?)\] (?:no answer yet|From [^\n]*nreachable)")
# [1443267790.81987] 8.8.8.8 : [0], 84 bytes, 12.9 ms (12.9 avg, 0% loss)
_FPING = re.compile(
    rb"\[(\d{9,11}(?:\.\d+)?)\] (\S+)\s+: \[\d+\], "
    rb"(?:\d+ bytes, ([\d.]+) ms|timed out)"
)
# 2015-09-26 11:43:10.819319,bbc,12.981 ms
_ROW = re.compile(
    rb"(\d{4}-\d\d-\d\d[ T][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)[,;\t] ?([^,;\t]+)[,;\t] ?"
    rb"(?:([\d.]+) ?ms|([A-Za-z*-][^\n]*)?)"
)
UNTIMED = re.compile(rb"bytes from [^\n]*time[=<][\d.]+ ?ms|Reply from [\d.]+: bytes=")
_NOISE = re.compile(rb"PING |---|\d+ packets|rtt min|\s*$|#|time,|date")

Columns = dict[str, tuple[list[int], list[float]]]


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read a log as delay (and loss) of each name in it."""
    last = b""
    kept = 0
    for offset, block in stream.lines():
        delays: Columns = defaultdict(lambda: ([], []))
        losses: Columns = defaultdict(lambda: ([], []))
        place = offset
        for line in block.splitlines(keepends=True):
            found = _parse(line, last)
            if found is None:
                if not _NOISE.match(line):
                    tally.put_aside("not a line of ping", place, line.strip())
            elif not tally.plausible(found[0]):
                tally.put_aside("a time that cannot be", place, line.strip())
            else:
                time, last, delay = found
                name = last.decode("utf-8", "replace").strip()[:200]
                tally.keep()
                kept += 1
                _put(losses, name, time, float(delay is None))
                if delay is not None:
                    _put(delays, name, time, delay)
            place += len(line)
        yield from _pieces(delays, "ping_rtt_seconds", "s", about)
        yield from _pieces(losses, "ping_loss_ratio", "1", about)
    if not kept:
        raise DataError(
            "no line has both a time and a delay",
            file=str(stream.path),
            hint="log with: ping -D HOST, or fping -D -l HOST",
        )


def _put(columns: Columns, name: str, time: int, value: float) -> None:
    times, values = columns[name]
    times.append(time)
    values.append(value)


def _parse(line: bytes, last: bytes) -> tuple[int, bytes, float | None] | None:
    """Return the time, the name and the delay in seconds; None for another line."""
    try:
        if found := _PING.match(line) or _FPING.match(line):
            time, name, delay = found.groups()
            return (
                round(float(time) * SECOND),
                name,
                None if delay is None else float(delay) / 1000,
            )
        if (found := _LOST.match(line)) and last:
            return round(float(found[1]) * SECOND), last, None
        if found := _ROW.match(line):
            stamp = micros(found[1].decode())
            if stamp is None:
                return None
            delay = None if found[3] is None else float(found[3]) / 1000
            return stamp, found[2], delay
    except (ValueError, OverflowError):
        return None
    return None


def _pieces(columns: Columns, metric: str, unit: str, about: str) -> Iterator[Item]:
    for name, (times, values) in columns.items():
        yield piece(
            "ping",
            metric,
            about or f"target/{name}",
            times,
            values,
            unit=unit,
            worse="higher",
            target=name if about else "",
        )


def looks(text: bytes) -> bool:
    """Whether most of the first lines that say anything are of such a log."""
    lines = [one for one in text.splitlines()[:40] if not _NOISE.match(one)]
    good = sum(_parse(one, b"?") is not None for one in lines)
    return 2 * good > len(lines)
