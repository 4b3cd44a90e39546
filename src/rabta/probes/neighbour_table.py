"""The kernel's neighbour table, asked for one entry by netlink (Linux, no rights)."""

import os
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from enum import IntFlag
from typing import Final


class Nud(IntFlag):
    """Neighbour states, ``linux/neighbour.h``."""

    NONE = 0x00
    INCOMPLETE = 0x01
    REACHABLE = 0x02
    STALE = 0x04
    DELAY = 0x08
    PROBE = 0x10
    FAILED = 0x20
    NOARP = 0x40
    PERMANENT = 0x80


@dataclass(frozen=True, slots=True)
class Entry:
    """What the kernel knows of one neighbour."""

    state: Nud
    mac: bytes
    """Empty when unknown."""
    confirmed_ago: float
    """Seconds since the neighbour last proved that it is there."""

    @property
    def is_unanswered(self) -> bool:
        """Whether the kernel has asked and waits, or has given up."""
        return bool(self.state & (Nud.INCOMPLETE | Nud.PROBE | Nud.FAILED))


_HEADER: Final = struct.Struct("=IHHII")  # struct nlmsghdr
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")  # struct ndmsg
_ATTRIBUTE: Final = struct.Struct("=HH")
_NETLINK_ROUTE: Final = 0
_RTM_NEWNEIGH: Final = 28
_RTM_GETNEIGH: Final = 30
_NLM_F_REQUEST: Final = 1
_DESTINATION, _MAC, _CACHE = 1, 2, 3


def look_up(interface: str, address: str) -> Entry | None:
    """Return the entry of *address* on *interface*; None when there is none.

    Raises:
        OSError: no such interface, or no netlink on this system.
    """
    index = socket.if_nametoindex(interface)
    bare = address.partition("%")[0]
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    wanted = _attribute(_DESTINATION, socket.inet_pton(family, bare))
    body = _NEIGHBOUR.pack(family, index, 0, 0, 0) + wanted
    size = _HEADER.size + len(body)
    head = _HEADER.pack(size, _RTM_GETNEIGH, _NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as asked:
        asked.setblocking(False)  # the answer is there when send returns
        asked.bind((0, 0))
        asked.send(head + body)
        return _parse(asked.recv(4096))


def _attribute(kind: int, value: bytes) -> bytes:
    padding = -len(value) % 4
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(padding)


def _parse(message: bytes) -> Entry | None:
    _, kind, *_ = _HEADER.unpack_from(message)
    if kind != _RTM_NEWNEIGH:  # an error: there is no such entry
        return None
    _, _, state, _, _ = _NEIGHBOUR.unpack_from(message, _HEADER.size)
    mac, ago = b"", float("inf")
    at = _HEADER.size + _NEIGHBOUR.size
    with suppress(struct.error):
        while at < len(message):
            length, attribute = _ATTRIBUTE.unpack_from(message, at)
            value = message[at + _ATTRIBUTE.size : at + length]
            if attribute == _MAC:
                mac = value
            elif attribute == _CACHE:
                ago = struct.unpack_from("=I", value)[0] / os.sysconf("SC_CLK_TCK")
            at += max(length + -length % 4, _ATTRIBUTE.size)
    return Entry(Nud(state), mac, ago)
