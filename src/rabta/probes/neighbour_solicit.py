"""Ask a neighbour on the link itself: ARP (RFC 826) and NDP (RFC 4861).

Needs the right to open packet and raw sockets. The asked-for host must answer even
when it filters everything else.
"""

import asyncio
import fcntl
import socket
import struct
from contextlib import suppress
from typing import Final

from rabta.clock import Clock
from rabta.probes.binding import Binding, open_socket
from rabta.probes.neighbour_table import look_up


_ETHERNET: Final = 1  # ARPHRD_ETHER
_SIOCGIFHWADDR: Final = 0x8927
_ETH_P_ARP: Final = 0x0806
_ARP: Final = struct.Struct("!HHBBH6s4s6s4s")
_ARP_REQUEST, _ARP_REPLY = 1, 2
_BROADCAST: Final = b"\xff" * 6
_NS: Final = struct.Struct("!BBHI16sBB6s")  # with the source link-layer option
_SOLICITATION, _ADVERTISEMENT = 135, 136
_ICMP6_FILTER: Final = 1


def hardware_address(interface: str) -> bytes | None:
    """Return the MAC address of *interface*; None where nobody resolves addresses.

    Raises:
        OSError: no such interface.
    """
    request = struct.pack("16s24x", interface.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, _SIOCGIFHWADDR, request)
    kind, mac = struct.unpack_from("=H6s", answer, 16)
    return mac if kind == _ETHERNET else None


async def solicit(
    binding: Binding, address: str, mac: bytes, patience: float, clock: Clock
) -> float:
    """Return the seconds until *address* answered; *mac* is our own.

    Asks the host we know first, so as to bother nobody else, and the whole link when
    half of *patience*, in seconds, is over.

    Raises:
        PermissionError: without the rights.
        TimeoutError: no answer.
        OSError: what else stands in the way.
    """
    loop = asyncio.get_running_loop()
    asker = (_Arp if binding.family == 4 else _Ndp)(binding, address, mac)
    try:
        for everyone in (False, True):
            started = clock.monotonic()
            asker.ask(everyone=everyone)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience / 2):
                    while not asker.is_answer(await loop.sock_recv(asker.socket, 256)):
                        pass
                    return clock.monotonic() - started
    finally:
        # closing a packet socket waits for the kernel's grace period, 20 ms or so
        loop.run_in_executor(None, asker.socket.close)
    raise TimeoutError


class _Arp:
    def __init__(self, binding: Binding, address: str, mac: bytes) -> None:
        self._interface = binding.interface
        self._source = socket.inet_aton(binding.source or "0.0.0.0")
        self._target = socket.inet_aton(address)
        self._mac = mac
        known = look_up(binding.interface, address)
        self._known = known.mac if known and len(known.mac) == 6 else _BROADCAST
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        try:
            self.socket.setblocking(False)
            self.socket.bind((self._interface, _ETH_P_ARP))
        except OSError:
            self.socket.close()
            raise

    def ask(self, *, everyone: bool) -> None:
        head = (_ETHERNET, 0x0800, 6, 4, _ARP_REQUEST)
        packet = _ARP.pack(*head, self._mac, self._source, bytes(6), self._target)
        to = _BROADCAST if everyone else self._known
        self.socket.sendto(packet, (self._interface, _ETH_P_ARP, 0, 0, to))

    def is_answer(self, packet: bytes) -> bool:
        if len(packet) < _ARP.size:
            return False
        _, _, _, _, operation, _, sender, asked, _ = _ARP.unpack_from(packet)
        return bool(
            operation == _ARP_REPLY and sender == self._target and asked == self._mac
        )


class _Ndp:
    def __init__(self, binding: Binding, address: str, mac: bytes) -> None:
        self._binding = binding
        self._address = address
        self._target = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
        self._mac = mac
        self.socket = open_socket(binding, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        index = socket.if_nametoindex(binding.interface)
        for option, value in (
            (socket.IPV6_MULTICAST_IF, index),
            (socket.IPV6_MULTICAST_HOPS, 255),  # a neighbour's packet never travelled
            (socket.IPV6_UNICAST_HOPS, 255),
        ):
            self.socket.setsockopt(socket.IPPROTO_IPV6, option, value)
        only = bytearray(b"\xff" * 32)  # struct icmp6_filter: a set bit blocks
        only[_ADVERTISEMENT // 8] ^= 1 << _ADVERTISEMENT % 8
        self.socket.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, bytes(only))

    def ask(self, *, everyone: bool) -> None:
        packet = _NS.pack(_SOLICITATION, 0, 0, 0, self._target, 1, 1, self._mac)
        node = socket.inet_pton(socket.AF_INET6, "ff02::1:ff00:0")
        group = socket.inet_ntop(socket.AF_INET6, node[:13] + self._target[13:])
        index = socket.if_nametoindex(self._binding.interface)
        to = (group, 0, 0, index) if everyone else self._binding.sockaddr(self._address)
        self.socket.sendto(packet, to)

    def is_answer(self, packet: bytes) -> bool:
        return packet[:1] == bytes([_ADVERTISEMENT]) and packet[8:24] == self._target
