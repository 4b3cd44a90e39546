"""Logs of ping: ``ping -D``, ``fping -D -l``, lines of time, name and delay.

Also what other pings print, in other languages too, where a time stands before each
line. Most print nothing for what is lost: that is told by the numbers that are left
out between two answers.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, tzinfo

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Tally, piece
from rabta.sources.stream import Stream
from rabta.sources.times import UNZONED, Wall


_STAMP = re.compile(
    rb"(?:\[(\d{9,11}(?:\.\d+)?)\]"
    rb"|(\d{4}-\d\d-\d\d[ T][\d:]+(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?))[ \t]+"
)
# 64 bytes from dns (8.8.8.8): icmp_seq=1 ttl=57 time=12.9 ms
# 64 Bytes von 8.8.8.8: icmp_seq=1 TTL=57 Zeit=12.9 ms
_ANSWER = re.compile(
    rb"\d+ \S+ \S+ (\S+?) ?:?(?: \(\S*\) ?:?)? [^\n]{0,80}?[=<]([\d.]+) ?ms"
)
# Reply from 8.8.8.8: bytes=32 time=12ms TTL=57
_WINDOWS = re.compile(rb"\S+ \S+ (\S+?): [^\n]{0,80}?[=<](\d+) ?ms")
_LOST = re.compile(
    rb"no answer yet|From [^\n]*nreachable|Reply [^\n]*nreachable"
    rb"|Request time(?:d )?out"
)
# 8.8.8.8 : [0], 84 bytes, 12.9 ms (12.9 avg, 0% loss)
_FPING = re.compile(rb"(\S+)\s+: \[\d+\], (?:\d+ bytes, ([\d.]+) ms|timed out)")
# 2015-09-26 11:43:10.819319,bbc,12.981 ms; the second is a name, and no number
_ROW = re.compile(
    rb"(\d{4}-\d\d-\d\d[ T][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)[,;\t] ?"
    rb"(?!-?\d*[.,]?\d*[,;\t])([^,;\t\"]+)[,;\t] ?"
    rb"(?:([\d.]+) ?ms|(?:[A-Za-z*-][^\n,;\t]*)?)\s*$"
)
_NUMBER = re.compile(rb"seq[= ](\d{1,5})\b")
_BEGINS = re.compile(rb"PING ([^\s(]+)")
_NOISE = re.compile(rb"PING |---|\d+ packets|(?:rtt|round-trip) min|\s*$|#|time,|date")
UNTIMED = re.compile(
    rb"^(?:[\d:.]{8,15} )?\d+ \S{1,30} \S{1,30} \S{1,255} ?:"
    rb"[^\n]{0,80}seq=\d+[^\n]{0,80}[=<][\d.]+ ?ms"
    rb"|^\S{1,30} \S{1,30} \S{1,255}: \S{1,30}=\d+ \S{1,30}[=<]\d+ ?ms TTL=",
    re.MULTILINE,
)
CURE = (
    "log with times: ping -D HOST (Linux); where ping knows none, put one before each"
    ' line: ping HOST | while read l; do echo "$(date -u +%FT%TZ) $l"; done, or in'
    ' PowerShell: ping -t HOST | % { "$(Get-Date -Format o) $_" }'
)

_AROUND = 1 << 16
"""The numbers of ping begin anew after so many."""
_AGAIN = 1000
"""An answer whose number is so much lower is of another run, not late."""
_MOST = 200_000
"""Lost pings that are told by what is left out, of one part of a file."""

Columns = dict[str, tuple[list[int], list[float]]]
Line = tuple[int, bytes, float | None]
"""Time, name (empty of what was lost) and delay in seconds."""


class _Runs:
    """What was asked of whom, as far as a log says it line by line."""

    def __init__(self) -> None:
        self.delays: Columns = {}
        self.losses: Columns = {}
        self.kept = 0
        self._name = b""
        self._begun = b""
        self._early: list[int] = []  # lost before the first answer said whose it is
        self._last: tuple[int, int] | None = None  # number and time
        self._late: dict[int, tuple[list[float], int]] = {}
        self._room = 0
        self.part()

    def part(self) -> None:
        """Begin another part of the file."""
        self.delays = defaultdict(lambda: ([], []))
        self.losses = defaultdict(lambda: ([], []))
        self._late.clear()
        self._room = _MOST

    def begin(self, name: bytes) -> None:
        """Begin another run."""
        self.settle()
        self._begun, self._name, self._last = name, b"", None

    def settle(self) -> None:
        """Tell what was lost and never answered by the name that was asked."""
        for time in self._early if self._begun else ():
            _put(self.losses, self._begun, time, 1.0)
        self._early.clear()

    def take(self, one: Line, number: int | None) -> bool:
        """Take one line in; return whether it is known whom it is about."""
        time, name, delay = one
        if not (name or self._name or self._begun):
            return False
        self.kept += 1
        if name and not self._name:
            self._begun = name
            self.settle()
        if name and name != self._name:
            self._name, self._last = name, None
        if number is not None:
            self._between(number, time)
        if not self._name:
            self._early.append(time)
            return True
        if delay is None:
            _put(self.losses, self._name, time, 1.0)
            if number is not None:
                values = self.losses[_text(self._name)][1]
                self._late[number] = values, len(values) - 1
            return True
        if number in self._late:  # it was only late
            values, at = self._late.pop(number)
            values[at] = float("nan")
        _put(self.losses, self._name, time, 0.0)
        _put(self.delays, self._name, time, delay)
        return True

    def _between(self, number: int, time: int) -> None:
        """Tell of what was asked between the last line and this, and never came."""
        if self._last is None:
            self._last = number, time
            return
        last, before = self._last
        if number < last and last - number < _AGAIN:
            return
        if number < last and last - number < _AROUND - _AGAIN:
            self._last = number, time
            return
        missing = (number - last - 1) % _AROUND if number != last else 0
        self._last = number, time
        step = (time - before) // (missing + 1)
        if not missing or missing > self._room or step <= 0:
            return
        self._room -= missing
        for one in range(1, missing + 1):
            at = before + one * step
            if self._name:
                _put(self.losses, self._name, at, 1.0)
            else:
                self._early.append(at)


def read(
    stream: Stream, tally: Tally, about: str, zone: tzinfo | None = None
) -> Iterator[Item]:
    """Read a log as delay (and loss) of each name in it.

    *zone* is that of times without one: where None is named UTC, and that is said.

    Raises:
        DataError: no line has a time.
    """
    wall, runs = Wall(zone), _Runs()
    for offset, block in stream.lines():
        place = offset
        for line in block.splitlines(keepends=True):
            found = _parse(line, wall)
            if found is None:
                bare = _STAMP.sub(b"", line, count=1)
                if begins := _BEGINS.match(bare):
                    runs.begin(begins[1])
                elif not _NOISE.match(bare):
                    tally.put_aside("not a line of ping", place, line.strip())
            elif not tally.plausible(found[0]):
                tally.put_aside("a time that cannot be", place, line.strip())
            elif runs.take(found, _number(line)):
                tally.keep()
            else:
                tally.put_aside("not a line of ping", place, line.strip())
            place += len(line)
        yield from _pieces(runs, about)
        runs.part()
    runs.settle()
    yield from _pieces(runs, about)
    if wall.assumed:
        tally.notes.append(UNZONED)
    if not runs.kept:
        raise DataError("no line has a time", file=str(stream.path), hint=CURE)


def _put(columns: Columns, name: bytes, time: int, value: float) -> None:
    times, values = columns[_text(name)]
    times.append(time)
    values.append(value)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace").strip()[:200]


def _number(line: bytes) -> int | None:
    found = _NUMBER.search(line)
    return int(found[1]) if found else None


def _parse(line: bytes, wall: Wall) -> Line | None:
    """Return what a line says; None for another line."""
    try:
        if stamp := _STAMP.match(line):
            rest = line[stamp.end() :]
            time = (
                round(float(stamp[1]) * SECOND)
                if stamp[1]
                else wall.micros(stamp[2].decode().replace(",", "."))
            )
            if time is None:
                return None
            if found := (
                _FPING.match(rest) or _ANSWER.match(rest) or _WINDOWS.match(rest)
            ):
                name, delay = found.groups()
                return time, name, None if delay is None else float(delay) / 1000
            return (time, b"", None) if _LOST.match(rest) else None
        if row := _ROW.match(line):
            time = wall.micros(row[1].decode())
            delay = None if row[3] is None else float(row[3]) / 1000
            return None if time is None else (time, row[2], delay)
    except (ValueError, OverflowError):
        return None
    return None


def _pieces(runs: _Runs, about: str) -> Iterator[Item]:
    for columns, metric, unit in (
        (runs.delays, "ping_rtt_seconds", "s"),
        (runs.losses, "ping_loss_ratio", "1"),
    ):
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
    """Whether most of the first lines that say anything are of such a log.

    Rows of time, name and something else are only where one has a delay.
    """
    wall = Wall(UTC)
    lines = [
        one
        for one in text.splitlines()[:40]
        if not _NOISE.match(_STAMP.sub(b"", one, count=1))
    ]
    told = [(one, _parse(one, wall)) for one in lines]
    good = [(one, found) for one, found in told if found is not None]
    sure = any(found[2] is not None or not _ROW.match(one) for one, found in good)
    return sure and 2 * len(good) > len(lines)
