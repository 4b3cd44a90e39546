"""RIPE Atlas: how many probes of a network are connected, and bursts of leaving.

Measurement 7000 tells when each probe's connection began and ended. Bursts of
disconnections are found by Kleinberg's automaton (KDD 2002) with the figures of Disco
(Shah et al., TMA 2017): base 2, gamma 0.5, groups of 8 probes or more, level 7.
"""

from array import array
from collections import Counter
from collections.abc import Iterator
from math import log
from urllib.parse import urlencode

import msgspec
import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, MINUTE, SECOND
from rabta.errors import DataError
from rabta.model.report import Report
from rabta.sources.atlas import BASE, LICENCE
from rabta.sources.imported import Item, Tally, piece
from rabta.sources.records import Lines, decode
from rabta.sources.stream import Stream
from rabta.sources.times import micros, whole_days


__all__ = [
    "BASE",
    "LICENCE",
    "History",
    "bursts",
    "following",
    "pages",
    "probes",
    "read",
]

_STEP = 5 * MINUTE
_AT_ONCE = 100_000  # steps made at once
_BEGAN = 14_914 * DAY  # November 2010: no probe of RIPE Atlas was connected before
_FEWEST = 8
_LEVEL = 7
_LEVELS = 14
_PERIOD = 8_640_000.0  # seconds in which each probe leaves about once
_MOST = 2_000_000  # events of one file: about 300 MB of lines
_ASKED = 6000  # characters of probes' numbers: servers take addresses of 8 kB

Columns = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]
"""When, which probe, and whether it came; in the order of time."""


class Event(msgspec.Struct):
    """One connection that began or ended."""

    prb_id: int
    timestamp: float
    event: str
    asn: object = None


class Status(msgspec.Struct):
    """Whether a probe is connected now."""

    name: str | None = None
    since: str | None = None


class Probe(msgspec.Struct):
    """One row of the list of probes."""

    id: int
    country_code: str | None = None
    asn_v4: int | None = None
    status: Status | None = None


class Probes(msgspec.Struct):
    """One page of it."""

    results: list[Probe]
    next: str | None = None


class Held:
    """Events as columns, 17 octets each."""

    def __init__(self) -> None:
        self.times = array("q")
        self.probes = array("i")
        self.networks = array("i")
        """Positions in ``names``; -1 where it is not told."""
        self.came = array("b")
        self.names: dict[str, int] = {}

    def add(self, time: int, probe: int, network: str, *, came: bool) -> None:
        """Add one event."""
        self.times.append(time)
        self.probes.append(probe)
        number = self.names.setdefault(network, len(self.names)) if network else -1
        self.networks.append(number)
        self.came.append(came)

    def columns(self) -> tuple[Columns, NDArray[np.int32]]:
        """Return the events in order, each once, and their networks."""
        times = np.frombuffer(self.times, dtype=np.int64)
        probes = np.frombuffer(self.probes, dtype=np.int32)
        came = np.frombuffer(self.came, dtype=np.int8)
        alike = np.lexsort((came, probes, times))  # those of before stay before
        again = np.ones(len(times), dtype=bool)
        again[:1] = False
        for column in (times, probes, came):
            again[1:] &= column[alike[1:]] == column[alike[:-1]]
        first = np.sort(alike[~again])
        order = first[np.argsort(times[first], kind="stable")]
        networks = np.frombuffer(self.networks, dtype=np.int32)
        return (times[order], probes[order], came[order].astype(bool)), networks[order]

    def __len__(self) -> int:
        return len(self.times)


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read the history: one series per network, and one of what the user names.

    Raises:
        DataError: it holds more events than are kept at once.
    """
    history = History()
    yield from history.read(stream, tally, about)
    yield from history.rest(tally, about, whole=True)


class History:
    """The history in several answers or files, each of some of the probes."""

    def __init__(self) -> None:
        self._held = Held()
        self._there: dict[int, tuple[int, str]] = {}
        """Since when each probe is connected that is so now, and its network."""

    def read(self, stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
        """Take in what one tells; probes that leave together may be in different ones.

        Raises:
            DataError: there are more events than are kept at once.
        """
        for records in Lines(Event).records(stream, tally):
            for offset, one in records:
                self._take(offset, one, tally, about)
            if len(self._held) > _MOST:
                raise DataError(  # those that had yet to come would look gone
                    f"more than {_MOST} connections that began or ended",
                    file=str(stream.path),
                    hint="ask for or export shorter periods, one after another",
                )
        yield from ()

    def _take(self, offset: int, one: Event, tally: Tally, about: str) -> None:
        time = round(one.timestamp * SECOND) if abs(one.timestamp) < 1e11 else -1
        known = one.event in ("connect", "disconnect") and time >= _BEGAN
        if not known or not tally.plausible(time) or not 0 <= one.prb_id < 2**31:
            text = f"{one.event} of {one.prb_id} at {one.timestamp}"
            tally.put_aside("an event or time that cannot be", offset, text)
            return
        network = _network(one.asn)
        if not network and not about:
            tally.skip()
            return
        tally.keep()
        self._held.add(time, one.prb_id, network, came=one.event == "connect")

    def probes(self, stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
        """Take in a list of probes, which the histories are asked by."""
        del about
        rows = decode(stream, Probes).results
        for one in rows:
            since = micros(one.status.since) if one.status else None
            if one.status and one.status.name == "Connected" and since is not None:
                self._there[one.id] = since, _network(one.asn_v4)
        tally.skip(len(rows))
        yield from ()

    def rest(self, tally: Tally, about: str, *, whole: bool) -> Iterator[Item]:
        """Yield the series; of some of the probes only, the others would look gone."""
        if len(self._held) and whole:
            yield from _series(self._held, self._there, tally, about)


def _series(
    held: Held, there: dict[int, tuple[int, str]], tally: Tally, about: str
) -> Iterator[Item]:
    events, networks = held.columns()
    times, who, _ = events
    told = set(who.tolist())
    still = Counter(  # no event of theirs since before: connected all the while
        network
        for probe, (since, network) in there.items()
        if probe not in told and since <= times[-1]
    )
    again = min(len(held) - len(networks), tally.kept)  # told in two, of the later one
    tally.kept -= again
    tally.duplicates += again
    if about and about not in held.names:
        yield from _group(about, events, still.total())
    by = np.argsort(networks, kind="stable")
    edges = np.searchsorted(networks[by], np.arange(len(held.names) + 1))
    for name, number in sorted(held.names.items()):
        mine = by[edges[number] : edges[number + 1]]
        whole = name == about
        if whole:
            yield from _group(name, events, still.total())
        else:
            yield from _group(name, _some(events, mine), still[name])


def _some(events: Columns, rows: NDArray[np.int64]) -> Columns:
    """Return some of the events."""
    times, probes, came = events
    return times[rows], probes[rows], came[rows]


def _network(asn: object) -> str:
    text = str(asn or "").upper().removeprefix("AS")
    return f"asn/{text}" if text.isdecimal() and text != "0" else ""


def _group(name: str, events: Columns, still: int) -> Iterator[Item]:
    times, who, came = events
    by = np.argsort(who, kind="stable")  # each probe's events, in order
    first = np.ones(len(by), dtype=bool)
    first[1:] = who[by][1:] != who[by][:-1]
    then = came[by]
    changed = first.copy()
    changed[1:] |= then[1:] != then[:-1]
    change = np.zeros(len(times), dtype=np.int8)
    change[by] = np.where(changed, np.where(then, 1, -1), 0)
    # one that leaves first was there
    before = float(np.count_nonzero(first & ~then)) + still
    probes = int(np.count_nonzero(first)) + still
    if probes < _FEWEST:
        return
    places = times // _STEP
    stop_at = int(places[-1]) + 1
    for begin in range(int(places[0]), stop_at, _AT_ONCE):
        grid = np.arange(begin, min(begin + _AT_ONCE, stop_at), dtype=np.int64)
        here = slice(*np.searchsorted(places, [grid[0], grid[-1] + 1]))
        steps = np.bincount(places[here] - begin, change[here], minlength=len(grid))
        connected = before + np.cumsum(steps)
        before = float(connected[-1])
        yield piece(
            "atlas",
            "connected_probes",
            name,
            grid * _STEP,
            connected,
            unit="probes",
            worse="lower",
        )
    left = times[change < 0]
    probes_left = who[change < 0]
    for start, stop, level in bursts(left / SECOND, probes):
        inside = (left >= start * SECOND) & (left <= stop * SECOND)
        count = len(set(probes_left[inside].tolist()))
        yield Report(
            source="atlas",
            id=f"burst:{round(start)}",
            entity=name,
            start=round(start * SECOND),
            end=round(stop * SECOND),
            kind="alert",
            says=f"{count} of {probes} probes disconnected together, level {level}",
            link="https://atlas.ripe.net",
        )


def bursts(times: NDArray[np.float64], probes: int) -> list[tuple[float, float, int]]:
    """Return (start, stop, level) of bursts; *times* in seconds, in order."""
    if len(times) < 10 or probes < _FEWEST:
        return []
    rates = probes / _PERIOD * 2.0 ** np.arange(_LEVELS)
    gaps = np.maximum(np.diff(times), 0.01)
    steps = np.arange(_LEVELS)
    climb = 0.5 * log(probes) * np.maximum(steps[None, :] - steps[:, None], 0)
    cost = np.where(steps == 0, 0.0, np.inf)
    came_from = np.zeros((len(gaps), _LEVELS), dtype=np.int8)
    for place, gap in enumerate(gaps):
        paths = cost[:, None] + climb
        best = paths.argmin(axis=0)
        came_from[place] = best
        cost = paths[best, steps] - np.log(rates) + rates * gap
    levels = np.zeros(len(gaps), dtype=np.int64)
    level = int(cost.argmin())
    for place in range(len(gaps) - 1, -1, -1):
        levels[place] = level
        level = int(came_from[place, level])
    high = np.concatenate(([False], levels >= _LEVEL, [False]))
    edges = np.flatnonzero(np.diff(high.astype(np.int8)))
    return [
        (float(times[a]), float(times[b]), int(levels[a:b].max()))
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]


def probes(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read a list of probes alone: there is no series in it."""
    yield from History().probes(stream, tally, about)


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the first addresses: of a measurement, or of the probes of an entity.

    Raises:
        KeyError: there are no probes of such a kind of entity.
    """
    kind, _, code = entity.partition("/")
    if kind == "measurement":
        results = f"{base}/measurements/{code}/results/?"
        return [
            # both ends are included
            f"{results}start={begin // SECOND}&stop={end // SECOND - 1}&format=txt"
            for begin, end in whole_days(start, stop)
        ]
    span = {"start": start // SECOND, "stop": stop // SECOND}
    name = {"country": "country_code", "asn": "asn_v4"}[kind]
    # the span rides along in the fragment, which is never sent
    query = urlencode({name: code, "page_size": 500, "is_public": "true"})
    return [f"{base}/probes/?{query}#{urlencode(span)}"]


PAGED = "/probes/"
"""What is in the path of answers that come in pages."""


def following(url: str, body: bytes) -> list[str]:
    """Return the next page of probes, or the histories of all of them, some in each."""
    address, _, ride = url.partition("#")
    if PAGED not in address:
        return []
    try:
        page = msgspec.json.decode(body, type=Probes)
    except (msgspec.MsgspecError, RecursionError):
        return []
    span, _, before = ride.partition("&ids=")
    ids = [*before.split(","), *(str(one.id) for one in page.results)]
    known = [one for one in ids if one]
    if page.next:
        return [f"{page.next}#{span}&ids={','.join(known)}"]
    base = address.partition("/probes/")[0]
    history = f"{base}/measurements/7000/results/?{span}&format=txt"
    return [f"{history}&probe_ids={some}" for some in _in_parts(known)]


def _in_parts(ids: list[str]) -> Iterator[str]:
    """Yield them joined, as many at a time as an address may hold."""
    part = ""
    for one in ids:
        if part and len(part) + len(one) >= _ASKED:
            yield part
            part = ""
        part = f"{part},{one}" if part else one
    if part:
        yield part
