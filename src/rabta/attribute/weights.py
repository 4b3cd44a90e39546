"""How much each kind of evidence weighs in a rule: for it, against it, or neither.

Set by hand from what the rules say, in three steps, and not calibrated: they order
what is listed and show on which side it stands. They are no likelihood ratios. (Those
for causes of national events, from labelled cases, belong to another table.)
"""

from typing import Final

from rabta.attribute.line import GroupState, LineState
from rabta.model import Rung, State


STRONG: Final = 4.6
FAIR: Final = 2.3
SLIGHT: Final = 1.0

_DEAD_FROM: Final = {1: 0, 2: 0, 4: 1, 5: 2, 6: 2}
"""By row: from this step on nothing should answer. 0 is the gateway, 1 the first hop
and 2 all that lies beyond."""
WIDE: Final = frozenset(
    {
        "regional-outage",
        "national-gateway-outage",
        "corridor-degradation-national",
        "gateway-degradation",
    }
)
"""What is said of several networks at once."""
_OWN: Final = frozenset(
    {"isp-access", "isp-core", "isp-international", "corridor-degradation-isp"}
)
_LAN: Final = frozenset({"lan-link", "lan-gateway", "lan-wifi", "local-power"})

_OF_SERVICE: Final[dict[str, dict[int, float]]] = {
    "afar-up": {
        **dict.fromkeys((13, 14, 15, 16, 20), STRONG),
        19: -STRONG,
    },
    "afar-down": {
        **dict.fromkeys((13, 14, 15, 16, 20), -STRONG),
        19: STRONG,
    },
    "near-up": {**dict.fromkeys((14, 15, 16, 20), FAIR), 19: -FAIR},
    "near-filtered": {**dict.fromkeys((13, 14, 15, 16), SLIGHT), 19: -SLIGHT},
    "status-page": {19: FAIR, **dict.fromkeys((13, 14, 15, 16), -SLIGHT)},
    "service-works": {14: FAIR, 16: FAIR, 17: FAIR, 19: -FAIR, 20: FAIR},
    "innocuous-up": {15: FAIR, 18: FAIR, 19: -SLIGHT},
    "innocuous-down": {15: -FAIR, 19: SLIGHT},
    "helper-up": {15: -FAIR},
    "helper-down": {15: FAIR, 19: -FAIR, 20: -FAIR},
    "sibling-up": {14: FAIR, 19: -SLIGHT, 20: -FAIR},
    "sibling-down": {14: -FAIR, 19: SLIGHT, 20: FAIR},
    "answer": {13: STRONG, 19: -FAIR},
    "forged": {13: STRONG, 19: -FAIR},
    "quic-fails": {17: FAIR},
}
"""By kind of evidence and row; 0 where nothing stands."""


_OF_NAMES: Final[dict[str, dict[int, float]]] = {
    "plain-dns-up": {11: FAIR, 12: -FAIR},
    "plain-dns-down": {11: -FAIR, 12: FAIR},
    "same-hosts-connect": {12: FAIR},
    "trusted-dns-up": {11: SLIGHT, 12: SLIGHT},
    "trusted-dns-down": {11: -SLIGHT, 12: -SLIGHT},
    "tcp-dns-up": {12: SLIGHT},
    "tcp-dns-down": {11: -SLIGHT},
}


def of_names(kind: str, row: int) -> float:
    """Return the weight of one *kind* of evidence of name queries in *row*."""
    return _OF_NAMES[kind].get(row, 0.0)


def of_service(kind: str, row: int) -> float:
    """Return the weight of one *kind* of evidence of a service in *row*."""
    return _OF_SERVICE[kind].get(row, 0.0)


def of_rung(group: GroupState, row: int, line: LineState) -> float:
    """Return the weight of a rung that *row* does not blame, as it is now."""
    dead_from = _DEAD_FROM.get(row)
    if dead_from is not None:
        expected_down = _step(group, line) >= dead_from
        if group.state is State.DOWN:
            return FAIR if expected_down else -FAIR
        if group.holds:
            return -FAIR if expected_down else FAIR
        return 0.0
    if row in (3, 21):
        beyond = group.rung is not Rung.GATEWAY
        if group.state is State.DEGRADED:
            return FAIR if beyond else 0.0
        return (-SLIGHT if beyond else FAIR) if group.state is State.UP else 0.0
    if row == 9 and group.group:
        return -FAIR if group.state is State.UP else 0.0
    return FAIR if 7 <= row <= 12 and group.state is State.UP else 0.0


def _step(group: GroupState, line: LineState) -> int:
    if group.rung is Rung.RESOLVER:
        return 0 if _is_routers(line) else 2
    return {Rung.GATEWAY: 0, Rung.FIRST_HOP: 1}.get(group.rung, 2)


def _is_routers(line: LineState) -> bool:
    """Whether the only name server is the router itself."""
    here = line.uplink.line(line.family)
    return here is not None and set(here.resolvers) == {here.gateway}


def of_other(code: str, state: str) -> float:
    """Return the weight of how another uplink does: ``up``, ``trouble`` or ``down``."""
    if state == "unknown":
        return 0.0
    if code in WIDE:
        return -FAIR if state == "up" else FAIR
    if code in _OWN:
        return FAIR if state == "up" else -SLIGHT
    return FAIR if state == "up" and code in _LAN else 0.0


def of_peer(code: str, said: str, *, same_lan: bool) -> float:
    """Return the weight of what another agent *said* of its own host."""
    if said == code:
        return SLIGHT
    contradicts = (same_lan and code in _LAN) or (not same_lan and code in WIDE)
    return -SLIGHT if said == "fine" and contradicts else 0.0


def of_traffic(row: int, *, busy: bool) -> float:
    """Return the weight of this machine's moving much, or next to nothing."""
    if row == 21:
        return FAIR if busy else -SLIGHT
    return -SLIGHT if busy else 0.0


def of_battery(row: int) -> float:
    """Return the weight of the mains being lost here."""
    return FAIR if row in (1, 2, 4) else 0.0
