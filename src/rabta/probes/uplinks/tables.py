"""The system's network tables, as far as the way out is concerned."""

from dataclasses import dataclass
from typing import Final


MAIN: Final = 254
DEFAULT: Final = 253
OURS: Final = 142
"""The protocol number of routes and rules that Rabta's steering adds, which nobody has
registered in rt_protos; they are choices between uplinks and make none."""


@dataclass(frozen=True, slots=True)
class Link:
    """One network interface."""

    index: int
    name: str
    carrier: bool
    """Whether it is up, has a carrier and may pass traffic (RFC 2863 operStatus)."""
    kind: str = ""
    """The kernel's name of a virtual interface's driver, such as ``wireguard``."""
    hardware: int = 1
    """ARPHRD number of ``linux/if_arp.h``; 1 is Ethernet."""
    mac: str = ""
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """One address of an interface."""

    index: int
    family: int
    """4 or 6."""
    address: str
    prefix: int
    global_scope: bool = True
    secondary: bool = False
    """A further IPv4 address of the same network, or a temporary IPv6 address."""
    usable: bool = True
    """False while deprecated, tentative or found to be a duplicate."""
    duplicate: bool = False
    """Duplicate address detection failed (RFC 4862, section 5.4)."""


@dataclass(frozen=True, slots=True)
class Route:
    """One next hop of a unicast route."""

    index: int
    family: int
    destination: str
    """``ADDRESS/LENGTH``."""
    gateway: str = ""
    source: str = ""
    """The preferred source address, where the route names one."""
    metric: int = 0
    table: int = MAIN


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that sends our own traffic to a table."""

    family: int
    priority: int
    table: int
    conditional: bool = False
    """Whether only some traffic follows it."""


@dataclass(frozen=True, slots=True)
class Tables:
    """All of it, read at one moment."""

    links: tuple[Link, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
