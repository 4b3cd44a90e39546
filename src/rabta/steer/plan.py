"""From a choice to rules, routes and a rule set of the packet filter. Pure.

Nothing that others put there is touched. Our rules stand just before the system's own
and are read in this order:

1. what the main table knows of better than by a default route goes as ever: neighbours,
   private networks, tunnels;
2. marked packets, those of calls and of moved name lookups, go by the uplink of their
   mark;
3. what comes from an uplink's own address leaves by that uplink, so that connections
   stay where they began;
4. everything else follows the choice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from rabta.model import Line, Uplink
from rabta.probes.binding import HOPS


RULES = 32700
"""Priority of the first rule; the main table's is 32766."""
_MARKS, _SOURCES, _CHOICE = RULES + 1, RULES + 2, RULES + 3
RULES_END = _CHOICE
MAIN = 254
TABLE = 4880
"""The table of the choice; those of the uplinks follow it."""
TABLES_END = TABLE + 100
_MARK = 0x7AB00000
FILTER = "rabta_steer"
"""The table of the packet filter that is ours."""

# Ports that calls use: STUN and TURN, WhatsApp, Teams and Skype; Google Meet; Zoom.
_CALLS = "{ 3478-3481, 19302-19309, 8801-8810 }"


Slots = Mapping[str, int]
"""A number from 1 for each uplink, its own while connections may bear its mark."""


@dataclass(frozen=True, slots=True)
class Route:
    """The default route of one of our tables."""

    family: int
    table: int
    index: int = 0
    """The interface; 0 for a route that says "unreachable"."""
    gateway: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; *suppress* leaves out the default routes of its table."""

    family: int
    priority: int
    table: int
    source: str = ""
    """``ADDRESS/LENGTH``; empty for any."""
    mark: int = 0
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All that shall be there; put there in this order, taken away in the other."""

    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    filters: str = ""
    """For ``nft -f``; empty for none."""


@dataclass(frozen=True, slots=True)
class Carriers:
    """Which uplink carries what, of one address family."""

    bulk: str
    calls: str


def plan_for(
    carriers: Mapping[int, Carriers],
    uplinks: Sequence[Uplink],
    slots: Slots,
) -> Plan:
    """Return what makes traffic go as *carriers* say, by address family.

    A family without a carrier is "unreachable": programs take the other one at once.
    """
    routes, rules = [], []
    for family, chosen in carriers.items():
        lines = [
            (uplink, line)
            for uplink in uplinks
            if (line := uplink.line(family)) and line.source and line.has_route
        ]
        if not lines:
            continue
        rules.append(Rule(family, RULES, MAIN, suppress=True))
        for uplink, line in lines:
            table = TABLE + slots[uplink.name]
            routes.append(_by(uplink, line, table))
            rules.append(Rule(family, _MARKS, table, mark=mark_of(slots, uplink.name)))
            rules.append(Rule(family, _SOURCES, table, source=own_addresses(line)))
        by = [_by(u, line, TABLE) for u, line in lines if u.name == chosen.bulk]
        routes.append(by[0] if by else Route(family, TABLE))
        rules.append(Rule(family, _CHOICE, TABLE))
    rules.sort(key=lambda rule: (rule.family, rule.priority))
    return Plan(tuple(routes), tuple(rules), _filters(carriers, uplinks, slots))


def _by(uplink: Uplink, line: Line, table: int) -> Route:
    # a source that the kernel chooses itself may be a temporary address, as is usual
    source = line.source if line.family == 4 else ""
    return Route(line.family, table, uplink.index, line.gateway, source)


def own_addresses(line: Line) -> str:
    """Return the addresses that are this line's: of IPv6 the whole network."""
    if line.family == 4:
        return f"{line.source}/32"
    return str(ip_network(f"{line.source}/64", strict=False))


def mark_of(slots: Slots, uplink: str) -> int:
    """Return what packets bear that are led to *uplink*."""
    return _MARK | slots[uplink]


def _filters(
    carriers: Mapping[int, Carriers],
    uplinks: Sequence[Uplink],
    slots: Slots,
) -> str:
    marking: list[str] = []
    moving: list[str] = []
    for family, chosen in carriers.items():
        marking += _calls(family, chosen, slots)
        for resolver, place, mark in _moved(family, chosen.bulk, uplinks, slots):
            ip = "ip" if family == 4 else "ip6"
            hops = "ttl" if family == 4 else "hoplimit"
            for protocol in ("udp", "tcp"):
                asked = f"{ip} daddr {resolver} {protocol} dport 53"
                others = f"{ip} {hops} != {HOPS}"  # not those of our own probes
                marking.append(f"{asked} {others} {_marked(mark)}")
                moving.append(f"{asked} meta mark {mark:#x} dnat {ip} to {place}")
    low = f"{_MARK:#x}"
    return "\n".join(
        (
            f"table inet {FILTER} {{",
            " chain marking {",
            "  type route hook output priority mangle;",
            f"  ct mark and 0xffffff00 == {low} meta mark set ct mark accept",
            *(f"  ct state new {one}" for one in marking),
            " }",
            " chain moving {",
            "  type nat hook output priority -100;",
            *(f"  {one}" for one in moving),
            " }",
            " chain leaving {",
            "  type nat hook postrouting priority srcnat;",
            f"  meta mark and 0xffffff00 == {low} masquerade",
            " }",
            "}",
            "",
        )
    )


def _calls(family: int, chosen: Carriers, slots: Slots) -> Iterable[str]:
    if chosen.calls in {"", chosen.bulk}:
        return
    of, ip = ("ipv4", "ip") if family == 4 else ("ipv6", "ip6")
    marked = _marked(mark_of(slots, chosen.calls))
    for what in (f"udp dport {_CALLS}", f"{ip} dscp ef"):
        yield f"meta nfproto {of} {what} {marked}"


def _marked(mark: int) -> str:
    return f"ct mark set {mark:#x} meta mark set {mark:#x}"


def _moved(
    family: int, carrier: str, uplinks: Sequence[Uplink], slots: Slots
) -> Iterable[tuple[str, str, int]]:
    """Yield (resolver of another uplink, the carrier's resolver, mark)."""
    own: dict[str, list[str]] = {}
    for uplink in uplinks:
        line = uplink.line(family)
        known = line.resolvers if line else ()
        own[uplink.name] = [one for one in known if ip_address(one).version == family]
    if not own.get(carrier):
        return
    for name, resolvers in own.items():
        for resolver in resolvers:
            if name != carrier and resolver not in own[carrier]:
                yield resolver, own[carrier][0], mark_of(slots, carrier)
