"""A VPN of the lab: the host's tunnel over one uplink to a server at another provider.

Each packet of a TUN device goes in a datagram, unencrypted; the server translates and
sends on. ``python -m tests.lab.tunnel SOCKET WHERE``, in a network namespace.
"""

import fcntl
import os
import select
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .namespaces import ip, nft
from .plan import ISPS
from .world import ROOT


if TYPE_CHECKING:
    from .world import Lab

DEVICE = "vpn0"
SERVER = "core2"
_SERVER4 = ISPS[1].resolver4
_PORT = 1194
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_OURS, _THEIRS = "10.8.0.2", "10.8.0.1"
_METRIC = 50


@contextmanager
def vpn(lab: "Lab", uplink: int = 1) -> Iterator[None]:
    """Have all traffic of the host leave by a tunnel that rides on *uplink*."""
    interface = lab.isp(uplink).interface
    masquerade = f'oifname != "{DEVICE}" ip saddr 10.8.0.0/24 masquerade'
    nft(
        SERVER,
        "table ip vpn {\n  chain c {\n    type nat hook postrouting priority 100\n"
        f"    {masquerade}\n  }}\n}}\n",
    )
    with _end(lab, SERVER, ""), _end(lab, "host", interface):
        _address(SERVER, _THEIRS, _OURS)
        lab.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"], namespace=SERVER)
        _address("host", _OURS, _THEIRS)
        ip("host", f"route add default dev {DEVICE} metric {_METRIC}")
        yield
    nft(SERVER, "delete table ip vpn\n")


@contextmanager
def _end(lab: "Lab", namespace: str, interface: str) -> Iterator[None]:
    ours, theirs = socket.socketpair()
    argv = [sys.executable, "-m", "tests.lab.tunnel", str(theirs.fileno()), interface]
    process = lab.popen(
        argv,
        namespace=namespace,
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )
    theirs.close()
    try:
        if ours.recv(1) != b"r":
            raise RuntimeError("the tunnel did not start")
        yield
    finally:
        ours.close()
        process.wait(10)


def _address(namespace: str, own: str, peer: str) -> None:
    ip(namespace, f"addr add {own} peer {peer} dev {DEVICE}")
    ip(namespace, f"link set {DEVICE} up mtu 1400")


def main(parent: socket.socket, interface: str) -> None:
    """Carry packets until the other end of *parent* is closed."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    request = struct.pack("16sH22x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI)
    fcntl.ioctl(device, _TUNSETIFF, request)
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer = (_SERVER4, _PORT) if interface else None
    if interface:
        name = interface.encode() + b"\0"
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
    else:
        wire.bind((_SERVER4, _PORT))
    parent.send(b"r")
    while True:
        ready, _, _ = select.select([parent, device, wire], [], [])
        if parent in ready:
            return
        if device in ready:
            packet = os.read(device, 65536)
            if peer is not None:
                with suppress(OSError):  # what it rides on is down: lost
                    wire.sendto(packet, peer)
        if wire in ready:
            try:
                packet, heard = wire.recvfrom(65536)
            except OSError:
                continue  # an ICMP error of what was sent before
            peer = peer if interface else heard
            os.write(device, packet)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
