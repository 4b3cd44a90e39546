"""What really passed an interface, by the kernel's nanosecond stamps.

Run as a program it captures until its input ends and then prints what it saw.
"""

import json
import selectors
import socket
import struct
import subprocess
import sys
from collections import defaultdict
from typing import Self


_ETH_P_ALL, _ETH_P_IP = 3, 0x0800
_SO_TIMESTAMPNS, _SO_RCVBUFFORCE = 35, 33
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_REQUEST, _REPLY = 8, 0

Trips = dict[str, list[float | None]]
"""Seconds each request took to be answered, by target, in order."""


class Capture:
    """Captures in another process while it is entered."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self.round_trips: Trips = {}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._interface],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.round_trips = json.loads(self._process.communicate()[0])


def capture(interface: str) -> Trips:
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as tap:
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
        tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        tap.bind((interface, _ETH_P_ALL))
        print("ready", flush=True)
        trips = _pair(tap)
        statistics = tap.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        dropped = struct.unpack("II", statistics)[1]
        assert dropped == 0, f"the capture lost {dropped} packets"
        return trips


def _pair(tap: socket.socket) -> Trips:
    under_way: dict[tuple[bytes, bytes], tuple[str, int, float]] = {}
    found: Trips = defaultdict(list)
    base = 0
    with selectors.DefaultSelector() as selector:
        selector.register(tap, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if tap not in ready:
                return found
            packet, ancillary, _, where = tap.recvmsg(128, 128)
            if where[1] != _ETH_P_IP or packet[9] != socket.IPPROTO_ICMP:
                continue
            seconds, nanoseconds = struct.unpack("@ll", ancillary[0][2])
            base = base or seconds  # small numbers keep their nanoseconds
            moment = seconds - base + nanoseconds / 1e9
            icmp = packet[4 * (packet[0] & 15) :]
            if icmp[0] == _REQUEST:
                target = socket.inet_ntoa(packet[16:20])
                under_way[packet[16:20], icmp[4:8]] = target, len(found[target]), moment
                found[target].append(None)
            elif icmp[0] == _REPLY:
                asked = under_way.pop((packet[12:16], icmp[4:8]), None)
                if asked:
                    target, index, sent = asked
                    found[target][index] = moment - sent


if __name__ == "__main__":
    print(json.dumps(capture(sys.argv[1])))
