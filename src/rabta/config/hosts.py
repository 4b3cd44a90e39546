"""Addresses and host names, told apart."""

import ipaddress
import re


_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")


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
