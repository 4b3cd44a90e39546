"""Ask a neighbour on the link itself: ARP (RFC 826) and NDP (RFC 4861).

Needs the right to open packet and raw sockets. The asked-for host must answer even
when it filters everything else.
"""

import asyncio
import fcntl
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from errno import ENODEV
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
_ROOM: Final = 8192
"""Bytes of what the link says unasked that are kept between two questions."""
_READS: Final = 64
"""Packets read at once; a flood must not keep the loop to itself."""


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


class Solicitor:
    """Asks the neighbours of one line over one socket, however many at a time.

    The socket is opened by the first question and read only while one waits: what the
    link says otherwise wakes nobody.
    """

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._asker: _Arp | _Ndp | None = None
        self._waiting: set[_Question] = set()

    async def ask(self, address: str, patience: float, clock: Clock) -> float | None:
        """Return the seconds until *address* answered; None where nobody resolves.

        Asks the host we know first, so as to bother nobody else, and the whole link
        when half of *patience*, in seconds, is over.

        Raises:
            PermissionError: without the rights.
            TimeoutError: no answer.
            OSError: what else stands in the way.
        """
        try:
            return await self._ask(address, patience, clock)
        except TimeoutError:
            self._forget()  # either side may have another hardware address by now
            raise
        except OSError:
            self.close()
            raise

    async def _ask(self, address: str, patience: float, clock: Clock) -> float | None:
        asker = self._asker or self._open()
        if asker is None:
            return None
        for everyone in (False, True):
            question = _Question(address, clock)
            self._wait_for(question, asker)
            try:
                asker.ask(address, everyone=everyone)
                async with asyncio.timeout(patience / 2):
                    return await question.answer
            except TimeoutError:
                if everyone:
                    raise
            finally:
                self._done(question, asker)
        raise TimeoutError

    def _open(self) -> "_Arp | _Ndp | None":
        mac = hardware_address(self._binding.interface)
        if mac is None:  # a point-to-point link or a tunnel
            return None
        self._asker = (_Arp if self._binding.family == 4 else _Ndp)(self._binding, mac)
        return self._asker

    def _wait_for(self, question: "_Question", asker: "_Arp | _Ndp") -> None:
        if not self._waiting:
            with suppress(BlockingIOError):  # what came before it was asked
                while asker.socket.recv(256):
                    pass
            loop = asyncio.get_running_loop()
            loop.add_reader(asker.socket, self._readable, asker)
        self._waiting.add(question)

    def _done(self, question: "_Question", asker: "_Arp | _Ndp") -> None:
        self._waiting.discard(question)
        if not self._waiting and self._asker is asker:
            asyncio.get_running_loop().remove_reader(asker.socket)

    def _readable(self, asker: "_Arp | _Ndp") -> None:
        try:
            for _ in range(_READS):
                answered = asker.answer(asker.socket.recv(256))
                for question in self._waiting:
                    question.hear(answered)
        except BlockingIOError:
            pass
        except OSError as error:
            for question in self._waiting:
                question.fail(error)

    def _forget(self) -> None:
        if not self._waiting:
            self.close()

    def close(self) -> None:
        """Give the socket back; the next question opens another."""
        asker, self._asker = self._asker, None
        if asker is None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asker.socket.close()
            return
        loop.remove_reader(asker.socket)
        waiting, self._waiting = self._waiting, set()
        for question in waiting:
            question.fail(OSError(ENODEV, "the line is gone"))
        # closing a packet socket waits for the kernel's grace period, 20 ms or so
        loop.run_in_executor(None, asker.socket.close)


@dataclass(slots=True, eq=False)
class _Question:
    address: str
    clock: Clock
    asked: float = field(init=False)
    answer: asyncio.Future[float] = field(init=False)

    def __post_init__(self) -> None:
        self.asked = self.clock.monotonic()
        self.answer = asyncio.get_running_loop().create_future()

    def hear(self, address: str) -> None:
        if address == self.address.partition("%")[0] and not self.answer.done():
            self.answer.set_result(self.clock.monotonic() - self.asked)

    def fail(self, error: OSError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class _Arp:
    def __init__(self, binding: Binding, mac: bytes) -> None:
        self._interface = binding.interface
        self._source = socket.inet_aton(binding.source or "0.0.0.0")
        self._mac = mac
        self._known: dict[str, bytes] = {}
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
            self.socket.bind((self._interface, _ETH_P_ARP))
        except OSError:
            self.socket.close()
            raise

    def ask(self, address: str, *, everyone: bool) -> None:
        target = socket.inet_aton(address)
        head = (_ETHERNET, 0x0800, 6, 4, _ARP_REQUEST)
        packet = _ARP.pack(*head, self._mac, self._source, bytes(6), target)
        to = _BROADCAST if everyone else self._known_as(address)
        self.socket.sendto(packet, (self._interface, _ETH_P_ARP, 0, 0, to))

    def _known_as(self, address: str) -> bytes:
        if address in self._known:
            return self._known[address]
        known = look_up(self._interface, address)
        return known.mac if known and len(known.mac) == 6 else _BROADCAST

    def answer(self, packet: bytes) -> str:
        """Return whose answer to us *packet* is; empty for anything else."""
        if len(packet) < _ARP.size:
            return ""
        _, _, _, _, operation, mac, sender, asked, _ = _ARP.unpack_from(packet)
        if operation != _ARP_REPLY or asked != self._mac:
            return ""
        address = socket.inet_ntoa(sender)
        self._known[address] = mac
        return address


class _Ndp:
    def __init__(self, binding: Binding, mac: bytes) -> None:
        self._binding = binding
        self._mac = mac
        self.socket = open_socket(binding, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        try:
            self._prepare(socket.if_nametoindex(binding.interface))
        except OSError:
            self.socket.close()
            raise

    def _prepare(self, index: int) -> None:
        for option, value in (
            (socket.IPV6_MULTICAST_IF, index),
            (socket.IPV6_MULTICAST_HOPS, 255),  # a neighbour's packet never travelled
            (socket.IPV6_UNICAST_HOPS, 255),
        ):
            self.socket.setsockopt(socket.IPPROTO_IPV6, option, value)
        only = bytearray(b"\xff" * 32)  # struct icmp6_filter: a set bit blocks
        only[_ADVERTISEMENT // 8] ^= 1 << _ADVERTISEMENT % 8
        self.socket.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, bytes(only))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)

    def ask(self, address: str, *, everyone: bool) -> None:
        target = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
        packet = _NS.pack(_SOLICITATION, 0, 0, 0, target, 1, 1, self._mac)
        node = socket.inet_pton(socket.AF_INET6, "ff02::1:ff00:0")
        group = socket.inet_ntop(socket.AF_INET6, node[:13] + target[13:])
        index = socket.if_nametoindex(self._binding.interface)
        to = (group, 0, 0, index) if everyone else self._binding.sockaddr(address)
        self.socket.sendto(packet, to)

    def answer(self, packet: bytes) -> str:
        """Return whose answer *packet* is; empty for anything else."""
        if len(packet) < 24 or packet[0] != _ADVERTISEMENT:
            return ""
        return socket.inet_ntop(socket.AF_INET6, packet[8:24])
