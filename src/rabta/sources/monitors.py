"""Other monitors: Gatus, Uptime Kuma, and SmokePing by ``rrdtool fetch``."""

import re
from collections.abc import Iterator

import msgspec

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Tally, piece
from rabta.sources.records import Lines
from rabta.sources.stream import Stream
from rabta.sources.times import micros


class Result(msgspec.Struct):
    """One check of Gatus; nanoseconds."""

    timestamp: str
    success: bool
    duration: float | None = None


class Endpoint(msgspec.Struct):
    """One row of ``/api/v1/endpoints/statuses``."""

    name: str
    results: list[Result]
    group: str = ""


class Beat(msgspec.Struct):
    """One heartbeat of Uptime Kuma; milliseconds; 0 down, 1 up, 2 pending, 3 idle."""

    status: int
    time: str
    monitorID: int | None = None  # noqa: N815 - as Uptime Kuma writes it
    monitor_id: int | None = None
    ping: float | None = None


class Cells:
    """Delay and failure of one thing that is checked."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.failed: list[float] = []
        self.delay_times: list[int] = []
        self.delays: list[float] = []

    def add(self, time: int, failed: float, delay: float | None) -> None:
        """Add one check; *delay* in seconds."""
        self.times.append(time)
        self.failed.append(failed)
        if delay is not None and not failed and delay >= 0:
            self.delay_times.append(time)
            self.delays.append(delay)

    def pieces(self, source: str, entity: str, target: str) -> Iterator[Item]:
        """Yield both series."""
        for metric, times, values, unit in (
            ("check_failed_ratio", self.times, self.failed, "1"),
            ("check_seconds", self.delay_times, self.delays, "s"),
        ):
            if times:
                yield piece(
                    source,
                    metric,
                    entity,
                    times,
                    values,
                    unit=unit,
                    worse="higher",
                    target=target,
                )


def gatus(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read the statuses of all endpoints."""
    for records in Lines(Endpoint).records(stream, tally):
        for offset, one in records:
            cells = Cells()
            for result in one.results:
                time = micros(result.timestamp)
                if time is None or not tally.plausible(time):
                    tally.put_aside("a time that cannot be", offset, result.timestamp)
                    continue
                tally.keep()
                delay = None if result.duration is None else result.duration / 1e9
                cells.add(time, float(not result.success), delay)
            name = f"{one.group}_{one.name}" if one.group else one.name
            yield from cells.pieces(
                "gatus", about or f"target/{name}", name if about else ""
            )


def kuma(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read heartbeats, an array or JSON Lines."""
    for records in Lines(Beat).records(stream, tally):
        found: dict[str, Cells] = {}
        for offset, one in records:
            time = micros(one.time)
            if time is None or not tally.plausible(time):
                tally.put_aside("a time that cannot be", offset, one.time)
                continue
            if one.status not in (0, 1):
                tally.skip()  # not decided yet, or maintenance
                continue
            number = one.monitorID if one.monitorID is not None else one.monitor_id
            tally.keep()
            delay = None if one.ping is None else one.ping / 1000
            cells = found.setdefault(f"monitor-{number or 0}", Cells())
            cells.add(time, float(one.status == 0), delay)
        for name, cells in found.items():
            yield from cells.pieces(
                "uptime-kuma", about or f"target/{name}", name if about else ""
            )


_RRD = re.compile(rb"(\d{9,11}):((?:\s+[-+.,\deEnNaA]+)+)\s*$")
_HEADER = re.compile(rb"\s*(uptime\s+)?loss\s+median\b")


def is_smokeping(text: bytes) -> bool:
    """Whether this is ``rrdtool fetch`` of a file of SmokePing."""
    return _HEADER.match(text) is not None


def smokeping(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read what ``rrdtool fetch FILE.rrd AVERAGE`` prints; loss is of 20 pings."""
    names: list[bytes] = []
    cells = Cells()
    pings = 20
    for offset, block in stream.lines():
        place = offset
        for line in block.split(b"\n"):
            if not names and line.strip():
                names = line.split()
                if b"loss" not in names or b"median" not in names:
                    raise DataError(
                        "there is no header of SmokePing", file=str(stream.path)
                    )
                pings = sum(one.startswith(b"ping") for one in names) or 20
            elif found := _RRD.match(line):
                _sample(found, names, pings, cells, tally, place)
            elif line.strip():
                tally.put_aside("not a line of rrdtool fetch", place, line)
            place += len(line) + 1
    name = stream.path.name.partition(".")[0]
    yield from cells.pieces("smokeping", about or f"target/{name}", "")


def _sample(
    found: re.Match[bytes],
    names: list[bytes],
    pings: int,
    cells: Cells,
    tally: Tally,
    offset: int,
) -> None:
    values = found[2].replace(b",", b".").split()  # as it is written in some locales
    time = int(found[1]) * SECOND
    if len(values) != len(names) or not tally.plausible(time):
        tally.put_aside("a time that cannot be, or cells missing", offset, found[0])
        return
    try:
        loss = float(values[names.index(b"loss")])
        median = float(values[names.index(b"median")])
    except ValueError:
        tally.put_aside("a value is no number", offset, found[0])
        return
    if loss != loss:  # noqa: PLR0124 - not a number: nothing was measured
        tally.skip()
        return
    tally.keep()
    lost = min(1.0, max(0.0, loss / pings))
    cells.add(time, lost, None)
    if median == median:  # noqa: PLR0124 - as above
        cells.delay_times.append(time)
        cells.delays.append(median)
