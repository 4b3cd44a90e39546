"""Linux: the tables and their changes, by rtnetlink(7) and pyroute2."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from typing import Any

from rabta.probes.uplinks.tables import MAIN, OURS, Address, Link, Route, Rule, Tables


_FAMILY = {int(socket.AF_INET): 4, int(socket.AF_INET6): 6}

# linux/if.h, if_addr.h, rtnetlink.h and fib_rules.h
_IFF_UP, _IFF_LOOPBACK = 0x1, 0x8
_IFA_SECONDARY, _IFA_DUPLICATE, _IFA_UNUSABLE = 0x01, 0x08, 0x08 | 0x20 | 0x40
_RTN_UNICAST, _RTM_F_CLONED = 1, 0x200
_FR_ACT_TO_TBL, _FIB_RULE_INVERT = 1, 0x2
_CONDITIONS = (
    "FRA_FWMARK",
    "FRA_OIFNAME",
    "FRA_UID_RANGE",
    "FRA_IP_PROTO",
    "FRA_SPORT_RANGE",
    "FRA_DPORT_RANGE",
    "FRA_TUN_ID",
)
_ANY_PREFIX = 0xFFFFFFFF
_GROUPS = (
    0x1  # RTMGRP_LINK
    | 0x10  # IPV4_IFADDR
    | 0x40  # IPV4_ROUTE
    | 0x80  # IPV4_RULE
    | 0x100  # IPV6_IFADDR
    | 0x400  # IPV6_ROUTE
    | 0x40000  # IPV6_RULE
)
_AGAIN = 0.05


async def read_tables() -> Tables:
    """Read links, addresses, unicast routes and rules.

    Raises:
        OSError: netlink is not permitted here.
    """
    from pyroute2 import AsyncIPRoute
    from pyroute2.netlink.exceptions import NetlinkDumpInterrupted, NetlinkError

    async with AsyncIPRoute() as netlink:
        while True:
            try:
                return await _dump(netlink)
            except NetlinkDumpInterrupted:  # they changed while they were read
                await asyncio.sleep(_AGAIN)
            except NetlinkError as error:
                raise OSError(error.code, str(error)) from error


async def follow(wake: asyncio.Event) -> None:
    """Set *wake* when listening has begun and at every change that may matter.

    When changes were lost, listening begins anew, so that *wake* is set again.

    Raises:
        OSError: netlink is not permitted here.
    """
    while True:
        try:
            async for _ in _changes():
                wake.set()
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise


async def _changes() -> AsyncIterator[None]:
    from pyroute2 import AsyncIPRoute

    async with AsyncIPRoute() as netlink:
        await netlink.bind(groups=_GROUPS)
        yield
        while True:
            async for message in netlink.get():
                if _matters(message):
                    yield


def _matters(message: Any) -> bool:
    """Tell a default route from the many others; all but routes matter."""
    if message["event"] not in {"RTM_NEWROUTE", "RTM_DELROUTE"}:
        return True
    return bool(message["dst_len"] <= 3 and not message["flags"] & _RTM_F_CLONED)


async def _dump(netlink: Any) -> Tables:
    links = [_link(one) async for one in await netlink.get_links()]
    addresses = [_address(one) async for one in await netlink.get_addr()]
    routes: list[Route] = []
    rules: list[Rule] = []
    for family in _FAMILY:
        async for one in await netlink.get_routes(family=family):
            routes += _routes(one)
        async for one in await netlink.get_rules(family=family):
            rules += _rules(one)
    return Tables(
        tuple(links), tuple(a for a in addresses if a), tuple(routes), tuple(rules)
    )


def _link(one: Any) -> Link:
    state = one.get_attr("IFLA_OPERSTATE") or "UNKNOWN"
    carrier = one.get_attr("IFLA_CARRIER")
    info = one.get_attr("IFLA_LINKINFO")
    return Link(
        index=one["index"],
        name=one.get_attr("IFLA_IFNAME") or "",
        carrier=bool(one["flags"] & _IFF_UP)
        and carrier != 0
        and state in {"UP", "UNKNOWN"},
        kind=(info.get_attr("IFLA_INFO_KIND") if info else "") or "",
        hardware=one["ifi_type"],
        mac=one.get_attr("IFLA_ADDRESS") or "",
        loopback=bool(one["flags"] & _IFF_LOOPBACK),
    )


def _address(one: Any) -> Address | None:
    family = _FAMILY.get(one["family"])
    # on a point-to-point link IFA_ADDRESS is the peer's
    address = one.get_attr("IFA_LOCAL") or one.get_attr("IFA_ADDRESS")
    if family is None or not address:
        return None
    flags = one.get_attr("IFA_FLAGS")
    flags = one["flags"] if flags is None else flags
    return Address(
        index=one["index"],
        family=family,
        address=address,
        prefix=one["prefixlen"],
        global_scope=one["scope"] == 0,
        secondary=bool(flags & _IFA_SECONDARY),
        usable=not flags & _IFA_UNUSABLE,
        duplicate=bool(flags & _IFA_DUPLICATE),
    )


def _routes(one: Any) -> list[Route]:
    family = _FAMILY.get(one["family"])
    if family is None or one["type"] != _RTN_UNICAST or one["flags"] & _RTM_F_CLONED:
        return []
    if one["proto"] == OURS:
        return []
    zero = "0.0.0.0" if family == 4 else "::"
    hops = one.get_attr("RTA_MULTIPATH") or [one]
    return [
        Route(
            index=hop["oif"] if hop is not one else one.get_attr("RTA_OIF") or 0,
            family=family,
            destination=f"{one.get_attr('RTA_DST') or zero}/{one['dst_len']}",
            gateway=_gateway(hop),
            source=one.get_attr("RTA_PREFSRC") or "",
            metric=one.get_attr("RTA_PRIORITY") or 0,
            table=one.get_attr("RTA_TABLE") or one["table"] or MAIN,
        )
        for hop in hops
    ]


def _gateway(one: Any) -> str:
    via = one.get_attr("RTA_VIA")  # an IPv4 route over an IPv6 next hop (RFC 5549)
    return str(one.get_attr("RTA_GATEWAY") or (via or {}).get("addr") or "")


def _rules(one: Any) -> list[Rule]:
    family = _FAMILY.get(one["family"])
    suppressed = one.get_attr("FRA_SUPPRESS_PREFIXLEN")
    if (
        family is None
        or one.get_attr("FRA_PROTOCOL") == OURS
        or one["action"] != _FR_ACT_TO_TBL
        or one.get_attr("FRA_IIFNAME") not in {None, "lo"}  # others' traffic
        or suppressed not in {None, _ANY_PREFIX}  # ignores default routes
    ):
        return []
    conditional = one["src_len"] or one["dst_len"] or one["tos"]
    conditional = conditional or any(one.get_attr(name) for name in _CONDITIONS)
    inverted = one["flags"] & _FIB_RULE_INVERT  # all traffic but some, as WireGuard's
    table = one.get_attr("FRA_TABLE") or one["table"]
    priority = one.get_attr("FRA_PRIORITY") or 0
    return [Rule(family, priority, table, bool(conditional and not inverted))]
