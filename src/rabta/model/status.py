"""What is happening now: one document for the terminal, the API and the pages."""

from dataclasses import dataclass

from rabta.model.message import Message
from rabta.model.uplink import Uplink
from rabta.model.verdict import RungState, State, Verdict


@dataclass(frozen=True, slots=True)
class LineStatus:
    """One address family of one uplink: its lights and its figures."""

    family: int
    state: State
    rungs: tuple[RungState, ...]
    """From the host outwards; one entry per corridor for the international rung."""
    rtt_seconds: float | None
    """Median RTT beyond the first hop over the last minute."""
    loss_ratio: float | None
    """Lost probes beyond the first hop over the last minute, 0 to 1."""
    throughput_bits_per_second: float | None
    """What came down in the last throughput test, else the best of the last timed
    fetches; None when nothing was long enough to tell."""


@dataclass(frozen=True, slots=True)
class UplinkStatus:
    """One lane."""

    uplink: Uplink
    verdict: Verdict
    lines: tuple[LineStatus, ...]
    bound_by: str
    """``device``, ``source`` or ``none``: how probes are tied to the uplink."""
    spent_bytes_today: int
    budget_bytes: int | None
    """Per day; None when unlimited."""


@dataclass(frozen=True, slots=True)
class ServiceCell:
    """A service over one line of one uplink."""

    uplink: str
    family: int
    state: State
    seconds: float | None
    """Duration of the last successful check."""
    failure: str | None


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service, over all lines."""

    name: str
    url: str
    verdict: Verdict
    cells: tuple[ServiceCell, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """How Rabta itself is doing."""

    started: int
    last_sample: int | None
    problems: tuple[Message, ...]
    """What it cannot do at the moment: a full disk, a stepped clock, missing rights."""
    notes: tuple[Message, ...] = ()
    """What is in order and yet worth knowing: when this machine slept."""


@dataclass(frozen=True, slots=True)
class Status:
    """The whole picture at one moment."""

    time: int
    version: str
    simulated: bool
    host: Verdict
    uplinks: tuple[UplinkStatus, ...]
    services: tuple[ServiceStatus, ...]
    health: Health
    country: str = ""
    """Home, ISO 3166-1 alpha-2; ``world`` when unknown."""
