"""From the system's tables to uplinks: which interfaces lead out, by which next hop."""

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import ip_address, ip_interface

from rabta.model import Line, Uplink
from rabta.probes.uplinks.tables import DEFAULT, MAIN, Address, Link, Route, Tables


# what OpenVPN's "def1" and IPv6 tunnels put in place of a default route
_WHOLE = {
    4: ({"0.0.0.0/0"}, {"0.0.0.0/1", "128.0.0.0/1"}),
    6: ({"::/0"}, {"2000::/3"}, {"::/1", "8000::/1"}),
}
_UNIQUE_LOCAL = ip_interface("fc00::/7").network


def uplinks_of(tables: Tables) -> tuple[Uplink, ...]:
    """Return every interface a default route leaves by, the system's choice first.

    Default routes count in every table a rule sends our traffic to, each next hop of
    a multipath route for itself. Where an interface has several of one family, the
    one the system prefers stands for it.
    """
    links = {link.index: link for link in tables.links if not link.loopback}
    best: dict[tuple[int, int], tuple[tuple[int, int], Route]] = {}
    for family in (4, 6):
        ranks = _ranks(tables, family)
        for route in _defaults(tables.routes, family):
            if route.index not in links or route.table not in ranks:
                continue
            order = (ranks[route.table], route.metric)
            key = (route.index, family)
            if key not in best or order < best[key][0]:
                best[key] = (order, route)
    found: defaultdict[int, list[tuple[tuple[int, int], Route]]] = defaultdict(list)
    for (index, _), choice in best.items():
        found[index].append(choice)
    # metrics of IPv4 and IPv6 cannot be compared: what carries both comes first
    ordered = sorted(
        found.items(), key=lambda item: (item[1][0][1].family, item[1][0][0], item[0])
    )
    return tuple(
        _uplink(links[index], [route for _, route in choices], tables.addresses)
        for index, choices in ordered
    )


def bare_uplink(link: Link, addresses: Iterable[Address]) -> Uplink:
    """Return the uplink of an interface that has no default route."""
    own = [a for a in addresses if a.index == link.index]
    families = sorted({a.family for a in own if a.global_scope}) or [4]
    lines = []
    for family in families:
        source, conflict = choose_source(own, family)
        lines.append(Line(family, source, "", has_route=False, conflict=conflict))
    return _named(link, tuple(lines))


def choose_source(
    addresses: Iterable[Address], family: int, gateway: str = ""
) -> tuple[str, bool]:
    """Return our address of *family* and whether another host claims it.

    Preferred are usable addresses in the gateway's network, global before unique
    local (RFC 6724), lasting before temporary ones, so that it changes seldom.
    """
    own = [a for a in addresses if a.family == family]
    usable = [a for a in own if a.usable and (a.global_scope or family == 4)]
    if usable:
        return min(usable, key=lambda a: _merit(a, gateway)).address, False
    claimed = [a for a in own if a.duplicate]
    if claimed:
        return min(claimed, key=lambda a: not a.global_scope).address, True
    return "", False


def _merit(address: Address, gateway: str) -> tuple[bool, ...]:
    interface = ip_interface(f"{address.address}/{address.prefix}")
    near = bool(gateway) and "%" not in gateway
    near = near and ip_address(gateway) in interface.network
    unique_local = interface.version == 6 and interface.ip in _UNIQUE_LOCAL
    return not address.global_scope, unique_local, not near, address.secondary


def _uplink(link: Link, routes: list[Route], addresses: Iterable[Address]) -> Uplink:
    own = [a for a in addresses if a.index == link.index]
    lines = []
    for route in routes:
        source, conflict = choose_source(own, route.family, route.gateway)
        lines.append(
            Line(
                route.family,
                route.source or source,
                route.gateway,
                conflict=conflict and not route.source,
            )
        )
    return _named(link, tuple(lines))


def _named(link: Link, lines: tuple[Line, ...]) -> Uplink:
    return Uplink(link.name, link.name, link.index, "unknown", link.carrier, lines)


def _ranks(tables: Tables, family: int) -> dict[int, int]:
    """Return each table in use with its rank; lower is asked earlier.

    Tables for only some of our traffic come after those for all of it.
    """
    rules = [rule for rule in tables.rules if rule.family == family]
    if not rules:  # a kernel without policy routing
        return {MAIN: 0, DEFAULT: 1}
    ranks: dict[int, int] = {}
    for rule in sorted(rules, key=lambda r: (r.conditional, r.priority)):
        ranks.setdefault(rule.table, len(ranks))
    return ranks


def _defaults(routes: Iterable[Route], family: int) -> list[Route]:
    groups: defaultdict[tuple[int, int], list[Route]] = defaultdict(list)
    for route in routes:
        if route.family == family:
            groups[route.index, route.table].append(route)
    found = []
    for group in groups.values():
        there = {route.destination for route in group}
        for whole in _WHOLE[family]:
            if whole <= there:
                found += [route for route in group if route.destination in whole]
    return found
