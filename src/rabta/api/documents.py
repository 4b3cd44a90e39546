"""What the API answers with beyond the nouns of the model."""

from dataclasses import dataclass

from rabta.api.panels import Merged
from rabta.model import Health, Rung, Status, Verdict


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A step nothing is known of: neither for nor against anything."""

    uplink: str
    family: int
    rung: Rung
    group: str
    """The corridor or the service; else empty."""


@dataclass(frozen=True, slots=True)
class Why:
    """A verdict with its history and what it had to do without."""

    verdict: Verdict
    verdicts: tuple[Verdict, ...]
    """How it changed, oldest first; the last is the newest."""
    not_measured: tuple[Unmeasured, ...] | None
    """None for the past, of which this is not kept."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines of one span in equal buckets."""

    start: int
    stop: int
    """Of the span asked for, microseconds UTC."""
    step_seconds: int
    lines: tuple[Merged, ...]
    """As many as asked for, in the same order."""


@dataclass(frozen=True, slots=True)
class OwnHealth:
    """How Rabta itself is doing, and what it costs this machine."""

    time: int
    version: str
    simulated: bool
    health: Health
    memory_bytes: int | None
    """Resident; None where the system does not tell."""
    processor_seconds: float
    """Used since the start."""


def unmeasured(status: Status) -> tuple[Unmeasured, ...]:
    """List the lights that are grey."""
    rungs = tuple(
        Unmeasured(lane.uplink.name, line.family, rung.rung, rung.group)
        for lane in status.uplinks
        for line in lane.lines
        for rung in line.rungs
        if rung.state == "unknown"
    )
    services = tuple(
        Unmeasured(cell.uplink, cell.family, Rung.SERVICE, service.name)
        for service in status.services
        for cell in service.cells
        if cell.state == "unknown"
    )
    return rungs + services
