"""Does another host claim our IPv4 address?

Address conflict detection after RFC 5227; the kernel does so for IPv6 alone. This
listens to ARP and now and then sends an ARP probe for our own address. Only the second
claim of one host counts, so that a stray packet accuses nobody, and our own other
interfaces are no strangers.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final


PROBE_INTERVAL: Final = 30.0
MEMORY: Final = 3 * PROBE_INTERVAL
"""Seconds a claim is remembered."""

_ETH_P_ARP = 0x0806
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET = struct.Struct("!6s6sH")
_HEAD = (1, 0x0800, 6, 4)  # Ethernet, IPv4
_REQUEST = 1
_BROADCAST = b"\xff" * 6
_PACKET_OUTGOING = 4


@dataclass(frozen=True, slots=True)
class Claim:
    """Our claim to an address on one interface."""

    interface: str
    address: str
    mac: str


class ArpWatch:
    """Watches over our addresses; *wake* is called when a finding changes."""

    def __init__(self, wake: Callable[[], object]) -> None:
        """Open the socket.

        Raises:
            OSError: packet sockets are not permitted here.
        """
        self._wake = wake
        self._claims: dict[str, Claim] = {}
        self._macs: frozenset[bytes] = frozenset()
        self._rivals: dict[tuple[str, str, bytes], list[float]] = {}
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._socket = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ARP)
        )
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._readable)
        self._ask()

    def close(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def follow(self, claims: Iterable[Claim], macs: Iterable[str]) -> None:
        """Watch over *claims*; *macs* are the hardware addresses of this machine."""
        self._macs = frozenset(_raw(mac) for mac in macs)
        before, self._claims = self._claims, {c.interface: c for c in claims}
        for interface, claim in self._claims.items():
            if before.get(interface) != claim:
                self._probe(claim)

    def disputed(self) -> Mapping[str, str]:
        """Return the addresses another host claims, by interface."""
        since = self._loop.time() - MEMORY
        return {
            interface: address
            for (interface, address, _), times in self._rivals.items()
            if len(times) > 1 and times[-1] >= since
        }

    def _ask(self) -> None:
        before = len(self._rivals)
        since = self._loop.time() - MEMORY
        self._rivals = {k: t for k, t in self._rivals.items() if t[-1] >= since}
        if len(self._rivals) < before:
            self._wake()
        for claim in self._claims.values():
            self._probe(claim)
        self._timer = self._loop.call_later(PROBE_INTERVAL, self._ask)

    def _probe(self, claim: Claim) -> None:
        mac, target = _raw(claim.mac), socket.inet_aton(claim.address)
        frame = _ETHERNET.pack(_BROADCAST, mac, _ETH_P_ARP) + _ARP.pack(
            *_HEAD, _REQUEST, mac, b"\0" * 4, b"\0" * 6, target
        )
        # the interface may be down or gone by now: no answer then either
        with contextlib.suppress(OSError):
            self._socket.sendto(frame, (claim.interface, _ETH_P_ARP))

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                frame, where = self._socket.recvfrom(256)
                if where[2] != _PACKET_OUTGOING:
                    self._heard(frame, where[0])

    def _heard(self, frame: bytes, interface: str) -> None:
        claim = self._claims.get(interface)
        if claim is None or len(frame) < _ETHERNET.size + _ARP.size:
            return
        *head, _, mac, sender, _, _ = _ARP.unpack_from(frame, _ETHERNET.size)
        if (
            tuple(head) != _HEAD
            or mac in self._macs
            or sender != socket.inet_aton(claim.address)
        ):
            return
        times = self._rivals.setdefault((interface, claim.address, mac), [])
        times.append(self._loop.time())
        del times[:-2]
        if len(times) == 1:
            self._probe(claim)  # the rival must say it again
        else:
            self._wake()


def _raw(mac: str) -> bytes:
    try:
        return bytes.fromhex(mac.replace(":", ""))[:6].ljust(6, b"\0")
    except ValueError:
        return b"\0" * 6
