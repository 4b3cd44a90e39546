"""What the daemon believes of the lines, read from its status document."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from rabta.clock import SECOND, Clock
from rabta.errors import StoreError
from rabta.model import Rung, State
from rabta.store import Store


STALE = 20 * SECOND
"""A status that old says nothing about now; the daemon writes every five seconds."""


@dataclass(frozen=True, slots=True)
class _Rung:
    rung: str
    state: State
    group: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    family: int
    state: State
    rungs: tuple[_Rung, ...] = ()
    rtt_seconds: float | None = None
    loss_ratio: float | None = None
    throughput_bits_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    name: str


@dataclass(frozen=True, slots=True)
class _Judged:
    state: State


@dataclass(frozen=True, slots=True)
class _Uplink:
    uplink: _Named
    verdict: _Judged
    lines: tuple[_Line, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cell:
    uplink: str
    family: int
    state: State


@dataclass(frozen=True, slots=True)
class _Service:
    name: str
    url: str
    cells: tuple[_Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class _Status:
    uplinks: tuple[_Uplink, ...] = ()
    services: tuple[_Service, ...] = ()


@dataclass(frozen=True, slots=True)
class Beliefs:
    """States by line, and by line and corridor or service; missing is unknown."""

    lines: dict[tuple[str, int], State] = field(default_factory=dict)
    corridors: dict[tuple[str, int, str], State] = field(default_factory=dict)
    services: dict[tuple[str, int, str], State] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    """Bits per second by uplink, the last that was measured."""
    delays: dict[tuple[str, int], float] = field(default_factory=dict)
    """Seconds there and back, by line, over the last minute."""
    losses: dict[tuple[str, int], float] = field(default_factory=dict)
    """Share of probes lost, by line, over the last minute."""
    hosts: dict[str, str] = field(default_factory=dict)
    """Which service a host belongs to."""

    def line(self, uplink: str, family: int) -> State:
        """Return what is believed of a line."""
        return self.lines.get((uplink, family), State.UNKNOWN)


_decode = msgspec.json.Decoder(_Status).decode


def beliefs_of(document: bytes) -> Beliefs:
    """Take from a status document what decides where work goes."""
    status = _decode(document)
    found = Beliefs()
    for lane in status.uplinks:
        name = lane.uplink.name
        for line in lane.lines:
            key = name, line.family
            found.lines[key] = line.state
            if line.rtt_seconds is not None:
                found.delays[key] = line.rtt_seconds
            if line.loss_ratio is not None:
                found.losses[key] = line.loss_ratio
            if rate := line.throughput_bits_per_second:
                found.rates[name] = max(rate, found.rates.get(name, 0.0))
            for rung in line.rungs:
                if rung.rung == Rung.INTERNATIONAL and rung.group:
                    found.corridors[name, line.family, rung.group] = rung.state
    for service in status.services:
        if host := urlsplit(service.url).hostname:
            found.hosts[host] = service.name
        for cell in service.cells:
            found.services[cell.uplink, cell.family, service.name] = cell.state
    return found


class Reader:
    """The newest beliefs in the store at *path*; cheap enough to ask often."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._store: Store | None = None
        self._written = -1
        self._beliefs: Beliefs | None = None

    def read(self) -> Beliefs | None:
        """Return what is believed now; None when nobody measures."""
        try:
            if self._store is None:
                self._store = Store.open(self._path, clock=self._clock, read_only=True)
            found = self._store.status()
        except StoreError:
            self.close()
            return None
        if found is None:
            return None
        written, document = found
        if abs(self._clock.now() - written) > STALE:
            return None
        if written != self._written:
            try:
                self._beliefs = beliefs_of(document)
            except msgspec.DecodeError:  # of another version of Rabta
                self._beliefs = None
            self._written = written
        return self._beliefs

    def close(self) -> None:
        """Let go of the store."""
        if self._store is not None:
            self._store.close()
            self._store = None
