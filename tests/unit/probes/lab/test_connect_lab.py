"""TCP, QUIC and DNS over wires that lead nowhere, and sockets that lose theirs."""

import socket
from dataclasses import replace

import pytest

from rabta import failure
from rabta.model import Probe
from rabta.probes import PROBES, Binding, open_socket
from tests.unit.probes.lab.wires import (
    FAR,
    FAR_6,
    NEAR,
    aim,
    joined,
    sh,
    without_rights,
)


pytestmark = pytest.mark.lab

PROBED = [Probe.TCP, Probe.QUIC, Probe.DNS]


@pytest.fixture(scope="module", autouse=True)
def wires():
    with joined():
        yield


def rule(text: str) -> None:
    sh("ip netns exec far nft 'add table inet t; flush table inet t;"
       " add chain inet t in { type filter hook input priority 0; };"
       f" add rule inet t in {text}'")  # fmt: skip


@pytest.fixture(autouse=True)
def clean():
    yield
    sh("ip netns exec far nft 'add table inet t; delete table inet t'")


@pytest.mark.parametrize("address", [FAR, FAR_6])
@pytest.mark.parametrize("probe", PROBED)
async def test_a_closed_port_refuses(probe, address):
    """RST for TCP, port unreachable for UDP, in either family."""
    observation = await PROBES[probe](aim(probe, address))

    assert observation.failure == failure.CONNECTION_REFUSED
    assert observation.value is None


@pytest.mark.parametrize("probe", PROBED)
async def test_a_dropped_packet_is_a_timeout(probe):
    """The time is kept and one packet is paid for."""
    rule(f"{'tcp' if probe is Probe.TCP else 'udp'} dport {{ 53, 443 }} drop")
    observation = await PROBES[probe](aim(probe, FAR, 0.2))

    assert observation.failure == failure.GENERIC_TIMEOUT
    assert 0 < observation.spent_bytes <= 1228


@pytest.mark.parametrize("probe", PROBED)
async def test_a_rejecting_router_is_unreachability(probe):
    """No such host, says somebody on the way."""
    rule("meta nfproto ipv4 reject with icmp host-unreachable")
    observation = await PROBES[probe](aim(probe, FAR))

    assert observation.failure == failure.HOST_UNREACHABLE


@pytest.mark.parametrize("probe", PROBED)
async def test_no_route_is_the_networks_unreachability(probe):
    """Nothing leaves, nothing is paid; bound to a device Linux would ask the link."""
    by_source = replace(
        aim(probe, "192.0.2.1"), binding=Binding("near", NEAR, 4, "source")
    )
    observation = await PROBES[probe](by_source)

    assert observation.failure == failure.NETWORK_UNREACHABLE
    assert observation.spent_bytes == 0


def test_a_socket_is_bound_to_device_and_source_without_rights():
    """Any user may bind a socket that is not bound yet."""
    with (
        without_rights(),
        open_socket(Binding("near", NEAR, 4, "device"), socket.SOCK_STREAM) as opened,
    ):
        device = opened.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)

        assert device == b"near\0"
        assert opened.getsockname()[0] == NEAR
        assert opened.getblocking() is False


def test_a_link_local_address_gets_the_scope_of_its_interface():
    """The same address may exist on every link."""
    index = socket.if_nametoindex("near")
    binding = Binding("near", "", 6, "device")

    assert binding.sockaddr("fe80::1", 53) == ("fe80::1", 53, 0, index)
    assert binding.sockaddr("fe80::1%near", 53) == ("fe80::1", 53, 0, index)
    assert binding.sockaddr("2001:db8::1", 53) == ("2001:db8::1", 53, 0, 0)


@pytest.mark.parametrize("method", ["device", "source"])
def test_a_lost_source_address_is_named(method):
    """The interface is there, our address is not."""
    binding = Binding("near", "10.0.0.200", 4, method)

    with pytest.raises(OSError) as caught:
        open_socket(binding, socket.SOCK_DGRAM)

    assert failure.name_of(caught.value) == failure.ADDRESS_NOT_AVAILABLE
