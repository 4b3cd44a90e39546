"""What is usual on a line, kept so that a fault older than a start is seen."""

from dataclasses import dataclass
from typing import NamedTuple

from rabta.model.target import Probe


class Attachment(NamedTuple):
    """One address family of an uplink, and where it leads: elsewhere, other delays."""

    uplink: str
    family: int
    gateway: str
    """Address; empty where there is none, as on a point-to-point link."""
    asn: int
    """The network it leaves by; 0 when unknown."""


@dataclass(frozen=True, slots=True)
class UsualDelay:
    """How long answers of one target usually take over one attachment."""

    target: str
    host: str
    probe: Probe
    seconds: float
    spread: float
    """Mean distance from it, of the natural logarithm of seconds."""
    time: int
    """When that was last so, microseconds UTC."""
