"""What Linux tells of a TCP connection: ``struct tcp_info`` of linux/tcp.h."""

import socket
import struct
import sys
from typing import NamedTuple


_LAYOUT = struct.Struct("=68x I 20x I 4x I 24x Q II 56x Q")


class TcpInfo(NamedTuple):
    """Times in microseconds; 0 where the kernel does not know yet."""

    rtt: int
    receiver_rtt: int
    retransmissions: int
    bytes_received: int
    segments_sent: int
    segments_received: int
    bytes_sent: int
    """Repeated ones as often as they were sent."""


def tcp_info(opened: socket.socket) -> TcpInfo | None:
    """Return what is told of *opened*; None where the kernel tells less than that."""
    if sys.platform != "linux":
        return None
    told = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAYOUT.size)
    return TcpInfo(*_LAYOUT.unpack(told)) if len(told) == _LAYOUT.size else None
