"""Whose network an address is of, as name servers tell it; no question is put here.

The form is Team Cymru's IP to ASN mapping: TXT records under reversed addresses and
under ``AS123``.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from rabta.agent.addresses import family_of
from rabta.agent.providers import Network


_HANDLE = re.compile(r"[A-Z0-9_.-]+ - |[A-Z0-9_.]+-[A-Z0-9_.-]+ ")
"""What registries call a network, before its name."""
_ASKED = {4: 24, 6: 48}
"""Bits of an address that are told: no network announces less."""
_NAME = 80  # characters


def network_of(told: Sequence[str], address: str, now: int) -> Network | None:
    """Read ``17557 | 39.32.0.0/11 | PK | apnic | 2010-09-08``.

    The longest prefix counts, and of several origins the first. What does not hold the
    address, or is no sound line, is nothing.
    """
    found: list[tuple[IPv4Network | IPv6Network, Network]] = []
    for line in told:
        parts = [part.strip() for part in line.split("|")]
        try:
            asn, prefix = int(parts[0].split()[0]), ip_network(parts[1])
            if 0 < asn < 1 << 32 and ip_address(address) in prefix:
                country = parts[2] if re.fullmatch("[A-Z]{2}", parts[2]) else ""
                one = Network(str(prefix), asn, "", country, now)
                found.append((prefix, one))
        except (ValueError, IndexError):
            continue
    return max(found, key=lambda pair: pair[0].prefixlen, default=(None, None))[1]


def name_of(told: Sequence[str]) -> str:
    """Read ``17557 | PK | apnic | 2000-12-12 | PKTELECOM-AS-PK PTCL, PK``."""
    for line in told:
        parts = [part.strip() for part in line.split("|")]
        if len(parts) < 5 or not parts[4].isprintable():
            continue
        name = re.sub(r", [A-Z]{2}$", "", parts[4])
        handle = _HANDLE.match(name)
        return name[handle.end() if handle else 0 :][:_NAME]
    return ""


def is_public(address: str, family: int) -> bool:
    """Whether *address* is one of *family* that the Internet knows."""
    if family_of(address) != family:
        return False
    parsed = ip_address(address)
    return parsed.is_global and not parsed.is_multicast


def reversed_name(address: str) -> str:
    """Return the name of the address's first bits, the rest being noughts."""
    family = family_of(address)
    net = ip_network(f"{address}/{_ASKED[family]}", strict=False)
    return net.network_address.reverse_pointer.removesuffix(
        ".in-addr.arpa" if family == 4 else ".ip6.arpa"
    )
