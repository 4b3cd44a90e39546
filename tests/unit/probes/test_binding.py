"""Sockets tied to an uplink, on loopback."""

import errno
import socket
import sys

import pytest

from rabta import failure
from rabta.model import Line, Uplink
from rabta.probes import Binding, bind_line, open_socket
from rabta.probes import binding as module


LINE = Line(4, "192.0.2.5", "192.0.2.1")
UPLINK = Uplink("ptcl", "eth0", 2, "wired", carrier=True, lines=(LINE,))
linux = pytest.mark.skipif(sys.platform != "linux", reason="SO_BINDTODEVICE is Linux's")


@pytest.fixture
def forbidden(monkeypatch):
    """A system that permits no binding to devices."""
    monkeypatch.setattr(module, "_device_binding_permitted", lambda: False)


@linux
def test_linux_binds_to_the_device():
    """The strongest binding is chosen, and the source goes with it."""
    assert bind_line(UPLINK, LINE) == Binding("eth0", "192.0.2.5", 4, "device")


@pytest.mark.parametrize(("source", "method"), [("192.0.2.5", "source"), ("", "none")])
def test_elsewhere_the_source_address_is_what_there_is(forbidden, source, method):
    """Without a source there is nothing to bind to, and we say so."""
    assert bind_line(UPLINK, Line(4, source, "")).method == method


@linux
@pytest.mark.parametrize(
    ("family", "address"), [(4, "127.0.0.1"), (6, "::1")], ids=["IPv4", "IPv6"]
)
def test_an_open_socket_is_bound_and_never_blocks(family, address):
    """Device, source and family are as asked."""
    binding = Binding("lo", address, family, "device")
    with open_socket(binding, socket.SOCK_STREAM) as opened:
        device = opened.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)

        assert device == b"lo\0"
        assert opened.getsockname()[0] == address
        assert opened.family == binding.address_family
        assert not opened.getblocking()


@pytest.mark.parametrize("method", ["device", "source", "none"])
def test_a_vanished_interface_is_named_whatever_the_method(method):
    """A probe over it must say ``interface_gone`` and nothing of the network."""
    with pytest.raises(OSError) as caught:
        open_socket(Binding("gone0", "127.0.0.1", 4, method), socket.SOCK_DGRAM)

    assert caught.value.errno == errno.ENODEV
    assert failure.name_of(caught.value) == failure.INTERFACE_GONE


def test_a_source_address_we_do_not_have_is_named():
    """The address is gone with the lease, the interface is not."""
    with pytest.raises(OSError) as caught:
        open_socket(Binding("lo", "192.0.2.77", 4, "source"), socket.SOCK_DGRAM)

    assert failure.name_of(caught.value) == failure.ADDRESS_NOT_AVAILABLE


def test_nothing_is_bound_when_nothing_can_be():
    """The default route decides."""
    with open_socket(Binding("", "", 4, "none"), socket.SOCK_DGRAM) as opened:
        assert opened.getsockname() == ("0.0.0.0", 0)
