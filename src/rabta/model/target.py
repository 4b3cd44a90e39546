"""What is probed, and on which rung of the ladder it stands."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Rung(StrEnum):
    """A step of the local triage ladder, from the host outwards."""

    CARRIER = "carrier"
    ADDRESS = "address"
    GATEWAY = "gateway"
    FIRST_HOP = "first-hop"
    RESOLVER = "resolver"
    ANYCAST = "anycast"
    DOMESTIC = "domestic"
    INTERNATIONAL = "international"
    SERVICE = "service"
    CONTROL = "control"
    """Measured only to judge a service by; never shown as a rung of its own."""


class Probe(StrEnum):
    """The kinds of active measurement, one file each in ``rabta.probes``."""

    LINK = "link"
    """Carrier, addresses and default route, as the system reports them."""
    NEIGHBOUR = "neighbour"
    """ARP or NDP: does the gateway answer on the local link?"""
    ICMP = "icmp"
    TCP = "tcp"
    DNS = "dns"
    DNS_TCP = "dns-tcp"
    DOT = "dot"
    DOH = "doh"
    TLS = "tls"
    HTTP = "http"
    QUIC = "quic"
    """UDP/443 reachability by version negotiation (RFC 9000, section 6)."""
    QUIC_HELLO = "quic-hello"
    """QUIC's handshake with a name; of the blocking test."""
    HELLO = "hello"
    """A TLS hello without the handshake it begins; of the blocking test."""
    ECH = "ech"
    """The same with a GREASE encrypted client hello (RFC 9849, section 6.2)."""
    PATH = "path"
    CAPTIVE = "captive"
    FETCH = "fetch"
    THROUGHPUT = "throughput"


DOWNLOAD: Final = "throughput-download"
UPLOAD: Final = "throughput-upload"
"""Names of the two targets of the throughput test. What a line carries is what comes
down: the other way is a series of its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is probed.

    *host* is an address literal or a DNS name; the agent resolves names apart and
    remembers the answers, so that a dead resolver does not take the other rungs down.
    """

    name: str
    rung: Rung
    host: str
    probes: tuple[Probe, ...]
    interval: float = 10.0
    """Seconds between probes of one kind in steady state; never below 1."""
    families: tuple[int, ...] = (4, 6)
    port: int = 443
    url: str = ""
    """What HTTP, FETCH and CAPTIVE ask for."""
    query: str = ""
    """The name a DNS target is asked for; ``{label}`` becomes a random label."""
    expect: str = ""
    """CAPTIVE: the body that proves the answer genuine."""
    operator: str = ""
    asn: int = 0
    country: str = ""
    """ISO 3166-1 alpha-2, where the target stands; empty when anycast."""
    corridor: str = ""
    """For international targets: which way out of the country (west, gulf, east…)."""
    control_for: str = ""
    """For controls: the name of the service they are compared with."""
    role: str = ""
    """What a RESOLVER or CONTROL target is for:

    ``canary``        a random label: any authoritative answer proves recursion works
    ``fixed-name``    a well-known name that must resolve to public addresses
    ``trusted-dns``   the service's name asked of a public resolver over DoH or DoT
    ``public-dns``    the service's name asked of a public resolver over plain UDP
    ``non-resolver``  the service's name asked of an address that runs no resolver
    ``innocuous-sni`` the service's own address, with a name nobody filters
    ``neutral-helper`` an address of somebody else, with the service's name
    ``helper-name``   the same address of somebody else, with its own name
    ``sibling``       another address of the service's operator
    """
    sni: str = ""
    """TLS and HTTP: the name shown in the handshake, when it is not the host's."""
