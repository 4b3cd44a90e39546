"""Where there is no netlink: macOS, Windows, and sandboxes that forbid it.

The system picks a source address for a connected UDP socket, for which no packet
leaves. What else it does not tell simply stays unknown.
"""

import asyncio
import re
import socket
import sys

from rabta.model import Line, Uplink


# documentation addresses (RFC 5737, RFC 3849): nothing is ever sent to them
_FAR = {4: (socket.AF_INET, "198.51.100.1"), 6: (socket.AF_INET6, "2001:db8::1")}
_ROUTE_TIMEOUT = 5.0


async def read_uplinks() -> tuple[Uplink, ...]:
    """Return the uplinks as far as they can be told, one per interface."""
    found: dict[str, list[Line]] = {}
    for family in _FAR:
        source = source_address(family)
        if source:
            interface, gateway = await _default_route(family)
            found.setdefault(interface, []).append(Line(family, source, gateway))
    return tuple(
        Uplink(name or "default", name, _index(name), "unknown", None, tuple(lines))
        for name, lines in found.items()
    )


def source_address(family: int) -> str:
    """Return the address we would use towards the Internet; empty without a route."""
    kind, far = _FAR[family]
    try:
        with socket.socket(kind, socket.SOCK_DGRAM) as trial:
            trial.connect((far, 9))
            address = str(trial.getsockname()[0])
    except OSError:
        return ""
    return "" if address.startswith("fe80:") else address


def parse_route_get(text: str) -> tuple[str, str]:
    """Return (interface, gateway) from what BSD's ``route -n get default`` prints."""
    found = dict(
        re.findall(r"^\s*(interface|gateway):\s*(\S+)\s*$", text, re.MULTILINE)
    )
    gateway = found.get("gateway", "")
    literal = re.fullmatch(r"[0-9a-fA-F.:]+(%\w+)?", gateway)
    return found.get("interface", ""), gateway if literal else ""


async def _default_route(family: int) -> tuple[str, str]:
    if sys.platform == "darwin":
        return await _bsd_route(family)
    return "", ""


async def _bsd_route(family: int) -> tuple[str, str]:
    kind = "-inet" if family == 4 else "-inet6"
    try:
        child = await asyncio.create_subprocess_exec(
            "route",
            *("-n", "get", kind, "default"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_ROUTE_TIMEOUT):
            output, _ = await child.communicate()
    except (OSError, TimeoutError):
        return "", ""
    return parse_route_get(output.decode("utf-8", "replace"))


def _index(interface: str) -> int:
    try:
        return socket.if_nametoindex(interface) if interface else 0
    except OSError:
        return 0
