"""Addresses and host names, told apart."""

import ipaddress
import re
from functools import lru_cache
from typing import Final


_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")


# RFC 6761, 6762 (and its appendix G), 7686, 8375, and what routers use at home
_LOCAL_SUFFIXES: Final = (
    ".local",
    ".localhost",
    ".internal",
    ".intranet",
    ".private",
    ".home.arpa",
    ".lan",
    ".home",
    ".corp",
    ".test",
    ".invalid",
    ".onion",
)
_OF_A_SITE: Final = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
    )
)
"""RFC 1918, 6598 and 4193."""


def is_public(name: str) -> bool:
    """Tell whether *name* belongs to the public tree and not to a local network."""
    name = name.rstrip(".").lower()
    return "." in name and not name.endswith(_LOCAL_SUFFIXES)


@lru_cache(4096)
def is_of_a_site(address: str) -> bool:
    """Tell whether *address* is one that a site gives to hosts of its own."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in one for one in _OF_A_SITE)


@lru_cache(4096)
def on_link(address: str, source: str) -> bool:
    """Tell whether *address* stands on the link of *source*, by how links are cut."""
    try:
        there, here = ipaddress.ip_address(address), ipaddress.ip_address(source)
    except ValueError:
        return False
    bits = 24 if here.version == 4 else 64
    return there in ipaddress.ip_network(f"{here}/{bits}", strict=False)


def is_host(text: str) -> bool:
    """Tell whether *text* is an IP address or a DNS name (RFC 1123)."""
    if address_family(text):
        return True
    if re.fullmatch(r"[0-9.]+", text):
        return False  # a broken address, not a name: no top-level domain is a number
    return len(text) <= 253 and bool(_HOST_NAME.fullmatch(text))


def address_family(text: str) -> int:
    """Return 4 or 6 for an address literal, 0 for anything else."""
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return 0


def families_of(host: str) -> tuple[int, ...]:
    """Return the family of an address, both for a name."""
    family = address_family(host)
    return (family,) if family else (4, 6)


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to *host*."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
