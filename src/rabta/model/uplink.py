"""Uplinks: the ways out of this machine."""

from dataclasses import dataclass


LineKey = tuple[str, int]
"""A line: the name of its uplink, and 4 or 6."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What DHCP said, where it can be read."""

    server: str
    expires: int | None
    """Microseconds UTC."""
    resolvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One address family of an uplink; judged by itself."""

    family: int
    """4 or 6."""
    source: str
    """Our address; empty when there is none."""
    gateway: str
    """Next hop of the default route; empty on point-to-point links or when unknown."""
    has_route: bool = True
    """False once the default route is gone."""
    resolvers: tuple[str, ...] = ()
    conflict: bool = False
    """Another host on the link claims *source*."""


@dataclass(frozen=True, slots=True)
class Uplink:
    """One interface with a default route, or one that had it a moment ago."""

    name: str
    """Stable and short: from the configuration, else the interface."""
    interface: str
    index: int
    """The system's interface number; 0 when unknown."""
    medium: str
    """``wired``, ``wifi``, ``cellular``, ``ppp``, ``tunnel`` or ``unknown``."""
    carrier: bool | None
    """None where the platform does not tell."""
    lines: tuple[Line, ...]
    lease: Lease | None = None
    metered: bool = False
    beneath: str = ""
    """The interface a dialled line runs over, where that can be seen."""
    beneath_carrier: bool | None = None
    """Its carrier; None where it cannot be seen."""
    isp: str = ""
    """How people call it, from the configuration."""
    asn: int = 0
    """From the configuration, else as learnt; 0 when unknown."""
    provider: str = ""
    """Name of that network, as learnt."""

    @property
    def entity(self) -> str:
        """Return the entity name used in series, verdicts and disruptions."""
        return f"uplink/{self.name}"

    @property
    def tunnelled(self) -> bool:
        """Whether it rides on another uplink, as a VPN does.

        It is no network of its own, and its trouble says nothing of any provider's.
        """
        return self.medium == "tunnel"

    def apart_from(self, other: "Uplink") -> bool:
        """Tell whether both are known to be of different networks: AS, else ISP."""
        if self.asn and other.asn:
            return self.asn != other.asn
        return bool(self.isp and other.isp) and self.isp != other.isp

    def line(self, family: int) -> Line | None:
        """Return the line of *family*, if there is one."""
        return next((line for line in self.lines if line.family == family), None)
