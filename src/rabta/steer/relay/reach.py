"""Which addresses the relay may connect to. Pure.

A relay for this machine's programs reaches what they reach, but no name of the
Internet may lead to this machine, as in DNS rebinding. A relay that others use reaches
the open Internet and what the configuration allows, nothing of this machine or of the
network around it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from rabta.steer.ways import is_here


Network = IPv4Network | IPv6Network
_Parsed = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ip_network("::/96")
_GLOBAL_UNICAST = ip_network("2000::/3")
_THIS_HOST = ip_network("0.0.0.0/8")
_METADATA = (ip_network("168.63.129.16/32"), ip_network("192.0.0.0/24"))
"""Look public, and are what Azure's and Oracle's machines are told about themselves."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a relay may connect to."""

    shared: bool
    """Whether others than this machine's programs use it."""
    port: int
    """The relay's own, which it never connects to."""
    allowed: tuple[Network, ...] = ()
    """Networks that are not the open Internet and may be reached by others, too."""
    is_own: Callable[[str], bool] = lambda _: False
    """Whether an address is one of this machine's."""

    def objection(self, host: str, address: str, port: int) -> str:
        """Return why *address*, which *host* stands for, is not for us.

        One of ``own-port``, ``this-machine``, ``rebinding``, ``private``,
        ``no-host``; empty where nothing speaks against it.
        """
        parsed = bare(address)
        here = parsed.is_loopback or parsed.is_unspecified or parsed in _here(parsed)
        own = here or self.is_own(str(parsed))
        if own and port == self.port:
            return "own-port"
        if parsed.is_multicast or str(parsed) == "255.255.255.255":
            return "no-host"
        if self.shared:
            named = [one for one in self.allowed if parsed in one]
            if own:  # said of this machine alone, not of the network it is in
                alone = any(one.num_addresses == 1 for one in named)
                return "" if alone else "this-machine"
            return "" if named or _is_open(parsed) else "private"
        asked = here and (is_here(host) or host == address)
        return "rebinding" if here and not asked else ""


def bare(address: str) -> _Parsed:
    """Return the address that is meant: the IPv4 one inside those that carry one."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv4Address):
        return parsed
    if parsed in _NAT64:
        return IPv4Address(int(parsed) & 0xFFFFFFFF)
    if parsed in _IPV4_COMPATIBLE and int(parsed) > 1:
        return IPv4Address(int(parsed))
    return parsed.ipv4_mapped or parsed.sixtofour or parsed


def is_local(address: str) -> bool:
    """Whether the system's routes decide about *address*, not the uplinks."""
    return not _is_open(bare(address))


def _is_open(parsed: _Parsed) -> bool:
    """Whether *parsed* is of the open Internet."""
    if not parsed.is_global or any(parsed in one for one in _METADATA):
        return False
    return parsed.version == 4 or parsed in _GLOBAL_UNICAST


def _here(parsed: _Parsed) -> Network:
    return _THIS_HOST if parsed.version == 4 else ip_network("::/127")
