"""How a probe's socket is tied to one uplink."""

import errno
import socket
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rabta.model.uplink import Line, Uplink


Method = Literal["device", "source", "none"]
Address = tuple[str, int] | tuple[str, int, int, int]

# netinet/in.h and netinet6/in6.h of Darwin; Python has no names for them
_DARWIN_IP_BOUND_IF = 25
_DARWIN_IPV6_BOUND_IF = 125


HOPS = 63
"""Hop limit of what is bound to an uplink, one less than usual: steering moves name
lookups off a dead uplink, and tells by it those that ask after that very uplink."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One address family of one uplink, as sockets see it."""

    interface: str
    source: str
    """Our address; empty when the system may choose."""
    family: int
    """4 or 6."""
    method: Method
    """``device`` holds even while routes change; ``source`` follows the routing rules
    for that address; ``none`` goes wherever the default route points."""

    @property
    def address_family(self) -> socket.AddressFamily:
        """The socket module's name for the family."""
        return socket.AF_INET if self.family == 4 else socket.AF_INET6

    def sockaddr(self, address: str, port: int = 0) -> Address:
        """Return what ``connect`` and ``sendto`` take; link-local gets its scope.

        Raises:
            OSError: the interface a link-local address belongs to is gone.
        """
        if self.family == 4:
            return address, port
        bare, _, zone = address.partition("%")
        if not bare.lower().startswith("fe80:"):
            return bare, port, 0, 0
        return bare, port, 0, _index(zone or self.interface)


def bind_line(uplink: Uplink, line: Line) -> Binding:
    """Choose the strongest binding this machine permits for *line*."""
    if uplink.interface and _device_binding_permitted():
        method: Method = "device"
    else:
        method = "source" if line.source else "none"
    return Binding(uplink.interface, line.source, line.family, method)


def open_socket(
    binding: Binding, kind: socket.SocketKind | int, proto: int = 0
) -> socket.socket:
    """Open a non-blocking socket bound as *binding* says.

    Raises:
        OSError: ``ENODEV`` when the interface is gone, ``EADDRNOTAVAIL`` when it has
            lost the source address, ``EPERM`` without the rights for *kind*.
    """
    opened = socket.socket(binding.address_family, kind, proto)
    try:
        opened.setblocking(False)
        if binding.method == "device":
            _bind_device(opened, binding.interface)
            if sys.platform == "linux" and proto == 0 and kind != socket.SOCK_RAW:
                _set_hops(opened)
        elif binding.interface:
            _index(binding.interface)
        if binding.source and binding.method != "none":
            opened.bind(binding.sockaddr(binding.source))
    except BaseException:
        opened.close()
        raise
    return opened


@lru_cache
def _device_binding_permitted() -> bool:
    """Ask once: since Linux 5.7 any user may bind a socket that is not bound yet."""
    loopback = {"linux": "lo", "darwin": "lo0"}.get(sys.platform)
    if loopback is None:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            _bind_device(trial, loopback)
        except OSError:
            return False
    return True


def _bind_device(opened: socket.socket, interface: str) -> None:
    if sys.platform == "darwin":
        index = _index(interface)
        if opened.family == socket.AF_INET:
            opened.setsockopt(socket.IPPROTO_IP, _DARWIN_IP_BOUND_IF, index)
        else:
            opened.setsockopt(socket.IPPROTO_IPV6, _DARWIN_IPV6_BOUND_IF, index)
    elif sys.platform == "linux":
        name = interface.encode() + b"\0"
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
    else:
        raise OSError(errno.ENOTSUP, "no binding to an interface here", interface)


def _set_hops(opened: socket.socket) -> None:
    if opened.family == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, HOPS)
    else:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, HOPS)


def _index(interface: str) -> int:
    try:
        return socket.if_nametoindex(interface)
    except OSError as error:
        # Linux says ENODEV, others ENXIO or nothing
        raise OSError(errno.ENODEV, "no such interface", interface) from error
