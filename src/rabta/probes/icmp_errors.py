"""The error queue of a socket: ICMP errors for those without raw sockets (Linux)."""

import socket
import struct
import sys
from typing import Final, NamedTuple


_IP_RECVERR: Final = 11  # linux/in.h
_IPV6_RECVERR: Final = 25  # linux/in6.h
_MSG_ERRQUEUE: Final = 0x2000
_FROM_ICMP: Final = {2, 3}  # SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6
_RECVERR: Final = {
    (socket.IPPROTO_IP, _IP_RECVERR),
    (socket.IPPROTO_IPV6, _IPV6_RECVERR),
}
# struct sock_extended_err, then the sockaddr of who complained
_EXTENDED_ERROR: Final = struct.Struct("=IBBBxII")


class QueuedError(NamedTuple):
    """An ICMP error and the packet of ours it is about."""

    kind: int
    code: int
    offender: str
    """Address of whoever sent the error."""
    packet: bytes
    """What we had sent, from our protocol's payload on, as far as it was quoted."""
    ancillary: list[tuple[int, int, bytes]]


def listen_for_errors(opened: socket.socket) -> None:
    """Have the kernel queue ICMP errors for this socket.

    Raises:
        OSError: this system has no error queue.
    """
    if opened.family == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)


def next_error(opened: socket.socket) -> QueuedError | None:
    """Take the next ICMP error off the queue; None once it is empty."""
    while True:
        try:
            packet, ancillary, _, _ = opened.recvmsg(1500, 512, _MSG_ERRQUEUE)
        except OSError:
            return None
        for level, kind, data in ancillary:
            if (level, kind) in _RECVERR:
                _, origin, icmp_type, code, _, _ = _EXTENDED_ERROR.unpack_from(data)
                if origin in _FROM_ICMP:
                    offender = _address(data[_EXTENDED_ERROR.size :])
                    return QueuedError(icmp_type, code, offender, packet, ancillary)


def _address(sockaddr: bytes) -> str:
    if len(sockaddr) < 2:
        return ""
    family = int.from_bytes(sockaddr[:2], sys.byteorder)
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, sockaddr[4:8])
    if family == socket.AF_INET6:
        return socket.inet_ntop(socket.AF_INET6, sockaddr[8:24])
    return ""
