"""From the tables to uplinks as people know them: medium, lease, resolvers, names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rabta.model import Line, Uplink
from rabta.probes.uplinks.conflict import ArpWatch, Claim
from rabta.probes.uplinks.leases import find_lease
from rabta.probes.uplinks.medium import dialled_over, medium_of
from rabta.probes.uplinks.memory import Memory
from rabta.probes.uplinks.names import Names
from rabta.probes.uplinks.resolvers import with_resolvers
from rabta.probes.uplinks.routes import bare_uplink, uplinks_of
from rabta.probes.uplinks.tables import Link, Tables


_LAN = {"wired", "wifi"}


def describe(
    tables: Tables, memory: Memory, names: Mapping[str, Names], root: Path, now: float
) -> tuple[Uplink, ...]:
    """Return the uplinks in *tables* and those remembered; *now* is monotonic."""
    links = {link.name: link for link in tables.links if not link.loopback}
    found = [
        replace(
            uplink,
            medium=medium_of(links[uplink.interface], root),
            lease=find_lease(root, uplink.interface, uplink.index),
        )
        for uplink in uplinks_of(tables)
    ]
    found = [
        replace(uplink, beneath=dialled_over(root))
        if uplink.medium == "ppp"
        else uplink
        for uplink in found
    ]
    known = _named(with_resolvers(found, tables.addresses, root), names)
    bare = {
        name: replace(bare_uplink(link, tables.addresses), medium=medium_of(link, root))
        for name, link in links.items()
        if name in names or name in memory.interfaces
    }
    there = _with_absent(memory.update(known, bare, now), bare, names)
    return tuple(_with_beneath(uplink, links) for uplink in there)


def _with_beneath(uplink: Uplink, links: Mapping[str, Link]) -> Uplink:
    if not uplink.beneath:
        return uplink
    link = links.get(uplink.beneath)
    return replace(uplink, beneath_carrier=link is not None and link.carrier)


def describe_portable(
    found: Sequence[Uplink],
    memory: Memory,
    names: Mapping[str, Names],
    root: Path,
    now: float,
) -> tuple[Uplink, ...]:
    """Return *found* and those remembered, where the system tells little."""
    known = _named(with_resolvers(found, (), root), names)
    nothing = {
        name: Uplink(name, name, 0, "unknown", None, ()) for name in memory.interfaces
    }
    return memory.update(known, nothing, now)


def with_disputes(
    uplinks: Sequence[Uplink], tables: Tables, arp: ArpWatch
) -> tuple[Uplink, ...]:
    """Have *arp* follow the IPv4 addresses, and mark those another host claims."""
    macs = {link.index: link.mac for link in tables.links if link.mac}
    arp.follow(_claims(uplinks, macs), macs.values())
    disputed = arp.disputed()
    return tuple(
        replace(
            uplink,
            lines=tuple(
                replace(line, conflict=True)
                if line.source and line.source == disputed.get(uplink.interface)
                else line
                for line in uplink.lines
            ),
        )
        for uplink in uplinks
    )


def _claims(uplinks: Iterable[Uplink], macs: Mapping[int, str]) -> list[Claim]:
    found = []
    for uplink in uplinks:
        line = uplink.line(4)
        if uplink.medium in _LAN and line and line.source and uplink.index in macs:
            found.append(Claim(uplink.interface, line.source, macs[uplink.index]))
    return found


def _named(uplinks: Iterable[Uplink], names: Mapping[str, Names]) -> list[Uplink]:
    return [names.get(uplink.interface, Names()).put_on(uplink) for uplink in uplinks]


def _with_absent(
    uplinks: Sequence[Uplink], bare: Mapping[str, Uplink], names: Mapping[str, Names]
) -> tuple[Uplink, ...]:
    """Add the interfaces the user named that never had a default route so far."""
    there = {uplink.interface for uplink in uplinks}
    nothing = (Line(4, "", "", has_route=False),)
    absent = [
        bare.get(name) or Uplink(name, name, 0, "unknown", carrier=False, lines=nothing)
        for name in names
        if name not in there
    ]
    return (*uplinks, *_named(absent, names))
