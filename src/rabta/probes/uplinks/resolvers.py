"""Which resolvers belong to which uplink.

A resolver is asked over its own uplink only: an ISP's resolver that does not answer
strangers is no fault of the other uplink. Where the system does not say whose a
resolver is, it goes to the uplink whose network it is in, else to the first one.
A stub on this machine forwards over whatever uplink works, so it says nothing of one
and is left out.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

from rabta.model import Line, Uplink
from rabta.probes.uplinks.leases import only_addresses, pairs, read_matching
from rabta.probes.uplinks.tables import Address


# with a port and a TLS name, as systemd-resolved writes them
_DECORATED = re.compile(r"^(?:\[([^\]]+)\]|([^#\]]*?))(?::\d+)?(?:#.*)?$")


def with_resolvers(
    uplinks: Sequence[Uplink], addresses: Sequence[Address], root: Path = Path("/")
) -> tuple[Uplink, ...]:
    """Return *uplinks* with the resolvers of each line filled in."""
    own = [interface_resolvers(root, u) for u in uplinks]
    for resolver in [] if all(own) else system_resolvers(root):
        if not any(resolver in resolvers for resolvers in own):
            owner = _owner(resolver, uplinks, addresses)
            if owner is not None:
                own[owner] = (*own[owner], resolver)
    return tuple(_put(u, resolvers) for u, resolvers in zip(uplinks, own, strict=True))


def interface_resolvers(root: Path, uplink: Uplink) -> tuple[str, ...]:
    """Return what the system keeps of this interface's resolvers; may be empty."""
    run, name, index = root / "run", uplink.interface, str(uplink.index)
    found: list[str] = []
    for folder, key in (("resolve/netif", "SERVERS"), ("netif/links", "DNS")):
        for _, data in read_matching(run / "systemd" / folder, index):
            found += map(_bare, pairs(data).get(key, "").split())
    for folder, pattern in (
        ("resolvconf/interface", f"{name}.*"),
        ("resolvconf/interfaces", f"{name}.*"),
        ("dhcpcd/hook-state/resolv.conf", f"{name}.*"),
    ):
        for _, data in read_matching(run / folder, pattern):
            found += name_servers(data)
    if uplink.medium == "ppp":
        for _, data in read_matching(root / "etc/ppp", "resolv.conf"):
            found += name_servers(data)
    if uplink.lease is not None:
        found += uplink.lease.resolvers
    return _remote(found)


def system_resolvers(root: Path) -> tuple[str, ...]:
    """Return the resolvers of the whole system, from the first file that names any."""
    for folder, name in (
        ("etc", "resolv.conf"),
        ("run/systemd/resolve", "resolv.conf"),
        ("run/NetworkManager", "no-stub-resolv.conf"),
    ):
        for _, data in read_matching(root / folder, name):
            if found := _remote(name_servers(data)):
                return found
    return ()


def name_servers(data: bytes) -> tuple[str, ...]:
    """Read the ``nameserver`` lines of a resolv.conf(5)."""
    lines = (line.split() for line in data.decode("utf-8", "replace").splitlines())
    return only_addresses(
        words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"
    )


def _remote(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(r for r in only_addresses(words) if not ip_address(r).is_loopback)


def _bare(word: str) -> str:
    if word.count(":") > 1 and not word.startswith("["):
        return word.partition("#")[0]
    match = _DECORATED.match(word)
    return (match.group(1) or match.group(2)) if match else ""


def _owner(
    resolver: str, uplinks: Sequence[Uplink], addresses: Sequence[Address]
) -> int | None:
    literal, _, zone = resolver.partition("%")
    target = ip_address(literal)
    mine = [
        (at, uplink)
        for at, uplink in enumerate(uplinks)
        if uplink.line(target.version) is not None
    ]
    for at, uplink in mine:
        gateways = {line.gateway for line in uplink.lines}
        if zone == uplink.interface or resolver in gateways:
            return at
    for address in addresses:
        network = ip_network(f"{address.address}/{address.prefix}", strict=False)
        if target in network:
            for at, uplink in mine:
                if uplink.index == address.index:
                    return at
    return mine[0][0] if mine else None


def _put(uplink: Uplink, resolvers: tuple[str, ...]) -> Uplink:
    lines: list[Line] = []
    for line in uplink.lines:
        mine = tuple(r for r in resolvers if ip_address(r).version == line.family)
        # a line that lost its route keeps the resolvers it had
        lines.append(replace(line, resolvers=mine or line.resolvers))
    return replace(uplink, lines=tuple(lines))
