"""One socket for all echo probes of a line: raw where permitted, else a ping socket.

Ping sockets (``SOCK_DGRAM`` with an ICMP protocol) need no rights but the group range
in ``net.ipv4.ping_group_range``; the kernel picks their identifier and hands over
errors only through the error queue.
"""

import errno
import random
import socket
import struct
import sys
from contextlib import suppress
from typing import Final, Literal, NamedTuple

from rabta.probes.binding import Address, Binding, open_socket
from rabta.probes.bpf import attach, echo_filter
from rabta.probes.icmp_errors import listen_for_errors, next_error
from rabta.probes.icmp_packet import Answer, failure_of, parse


Kind = Literal["raw", "ping"]

_SO_TIMESTAMPNS: Final = 35  # asm-generic/socket.h; struct timespec of native longs
_TIMESPEC: Final = struct.Struct("@ll")
_SO_RCVBUFFORCE: Final = 33
_RECEIVE_BUFFER: Final = 1 << 20  # a thousand replies at once, with room
_DEFAULT_TTL: Final = 64
_IPV6_RECVHOPLIMIT: Final = getattr(socket, "IPV6_RECVHOPLIMIT", 51)
_IP_RECVTTL: Final = getattr(socket, "IP_RECVTTL", 12)


class Received(NamedTuple):
    """One answer as the kernel handed it over."""

    answer: Answer
    responder: str
    ttl: int | None
    """What was left of the answer's TTL."""
    stamp: float | None
    """Wall clock seconds when the kernel saw it; None where it does not say."""


class EchoSocket:
    """Send echo requests, receive what answers them; never blocks."""

    def __init__(self, binding: Binding) -> None:
        """Open the best socket permitted.

        Raises:
            OSError: ``EPERM`` or ``EACCES`` without rights for either kind,
                ``ENODEV`` when the interface is gone.
        """
        self.family = binding.family
        self.ident = random.randrange(1, 0xFFFF)
        self.kind: Kind
        protocol = socket.IPPROTO_ICMP if binding.family == 4 else socket.IPPROTO_ICMPV6
        try:
            self._socket = open_socket(binding, socket.SOCK_RAW, protocol)
            self.kind = "raw"
        except PermissionError:
            self._socket = open_socket(binding, socket.SOCK_DGRAM, protocol)
            self.kind = "ping"
        self._set_options()

    def fileno(self) -> int:
        """Return the descriptor, for the event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, packet: bytes, to: Address, ttl: int | None = None) -> None:
        """Send one request, with a TTL of its own if given.

        Raises:
            OSError: it did not leave this host.
        """
        if ttl is not None:
            self._set_ttl(ttl)
        try:
            try:
                self._socket.sendto(packet, to)
            except OSError as error:
                # a ping socket reports an earlier packet's ICMP error here, once
                if self.kind == "raw" or error.errno in _NOT_LEFT_OVER:
                    raise
                self._socket.sendto(packet, to)
        finally:
            if ttl is not None:
                self._set_ttl(_DEFAULT_TTL)

    def receive(self) -> Received | None:
        """Take the next packet off the queue; answers that are none are skipped.

        Raises:
            BlockingIOError: the queue is empty.
            OSError: the socket reports trouble; it is usable still.
        """
        data, ancillary, _, source = self._socket.recvmsg(1500, 256)
        ttl = None
        if self.family == 4 and data[:1] >= b"\x40":  # comes with its IP header
            ttl = data[8]
            data = data[4 * (data[0] & 15) :]
        answer = parse(self.family, data)
        if answer is None:
            return None
        stamp, left = _read(ancillary)
        return Received(answer, source[0], left if ttl is None else ttl, stamp)

    def receive_error(self) -> Received | None:
        """Take the next ICMP error off a ping socket's queue; None once empty."""
        while self.kind == "ping" and (error := next_error(self._socket)):
            named = failure_of(self.family, error.kind, error.code)
            if named is None or len(error.packet) < 8:
                continue
            sequence = int.from_bytes(error.packet[6:8], "big")
            stamp, ttl = _read(error.ancillary)
            answer = Answer(sequence, error.packet[8:], named)
            return Received(answer, error.offender, ttl, stamp)
        return None

    def _set_options(self) -> None:
        opened = self._socket
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if self.family == 6:
            opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVHOPLIMIT, 1)
        if sys.platform != "linux":
            return
        opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        with suppress(OSError):  # beyond net.core.rmem_max, where permitted
            opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
        if self.kind == "raw":
            with suppress(OSError):  # only saves wake-ups
                attach(opened, echo_filter(self.family, self.ident))
        else:
            listen_for_errors(opened)
            if self.family == 4:
                opened.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)

    def _set_ttl(self, ttl: int) -> None:
        if self.family == 4:
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        else:
            option = socket.IPV6_UNICAST_HOPS
            self._socket.setsockopt(socket.IPPROTO_IPV6, option, ttl)


_NOT_LEFT_OVER: Final = {errno.EAGAIN, errno.ENOBUFS, errno.ENODEV, errno.EPERM}


def _read(ancillary: list[tuple[int, int, bytes]]) -> tuple[float | None, int | None]:
    stamp = ttl = None
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            stamp = seconds + nanoseconds / 1e9
        elif (level, kind) in _TTL:
            ttl = int.from_bytes(data[:4], sys.byteorder)
    return stamp, ttl


_TTL: Final = {
    (socket.IPPROTO_IP, socket.IP_TTL),
    (socket.IPPROTO_IPV6, getattr(socket, "IPV6_HOPLIMIT", 52)),
}
