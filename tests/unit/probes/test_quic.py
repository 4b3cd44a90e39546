"""Version negotiation with a server on loopback that knows the rules, or not."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.model import Probe
from rabta.probes import PROBES
from rabta.probes.quic import initial, versions
from tests.unit.probes.loopback import aim, closed_port


def negotiation(packet: bytes, offered: bytes = b"\0\0\0\1\x6b\x33\x43\xcf") -> bytes:
    """Answer as RFC 8999, section 6 says."""
    destination = packet[6 : 6 + packet[5]]
    rest = packet[6 + packet[5] :]
    source = rest[1 : 1 + rest[0]]
    ids = bytes([len(source)]) + source + bytes([len(destination)]) + destination
    return b"\xaa" + bytes(4) + ids + offered


class Server(asyncio.DatagramProtocol):
    def __init__(self, answers):
        self.answers = answers
        self.heard = []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, source):
        self.heard.append(packet)
        for answer in self.answers:
            self.transport.sendto(answer(packet), source)


@asynccontextmanager
async def serving(*answers):
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: Server(answers), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1], server
    finally:
        transport.close()


async def test_a_quic_server_answers_with_its_versions():
    """One packet of at least 1200 bytes and a reserved version goes out."""
    async with serving(negotiation) as (port, server):
        observation = await PROBES[Probe.QUIC](aim(port=port))

    (heard,) = server.heard
    assert observation.failure is None
    assert 0 < observation.value < 1
    assert len(heard) == 1200
    assert heard[0] & 0xC0 == 0xC0
    assert all(byte & 0x0F == 0x0A for byte in heard[1:5])
    assert observation.spent_bytes == 1200 + 28 + len(negotiation(heard)) + 28


@pytest.mark.parametrize(
    "wrong",
    [
        lambda packet: packet,
        lambda packet: negotiation(packet[:6] + b"x" * 8 + packet[14:]),
        lambda packet: negotiation(packet)[:-8],
        lambda packet: negotiation(packet)[:-3],
        lambda packet: b"\x2a" + negotiation(packet)[1:],
        lambda _: b"",
    ],
    ids=["echo", "other-id", "no-version", "torn", "short-header", "empty"],
)
async def test_what_does_not_answer_this_packet_is_ignored(wrong):
    """Then the right one counts, else the time runs out."""
    async with serving(wrong) as (port, _):
        alone = await PROBES[Probe.QUIC](aim(port=port, timeout=0.2))
    async with serving(wrong, negotiation) as (port, _):
        followed = await PROBES[Probe.QUIC](aim(port=port))

    assert alone.failure == failure.GENERIC_TIMEOUT
    assert followed.failure is None


async def test_nobody_listening_is_a_refusal():
    """The port unreachable message reaches us."""
    observation = await PROBES[Probe.QUIC](aim(port=closed_port()))

    assert observation.failure == failure.CONNECTION_REFUSED


@given(st.binary(max_size=64), st.binary(max_size=20), st.binary(max_size=20))
def test_no_bytes_upset_the_parser(packet, destination, source):
    """Whatever arrives is a list of versions or none."""
    assert isinstance(versions(packet, destination, source), tuple)


@given(st.binary(min_size=8, max_size=20), st.binary(max_size=20))
def test_the_versions_offered_are_read_back(destination, source):
    """Connection identifiers of any length."""
    packet = negotiation(initial(destination, source))

    assert versions(packet, destination, source) == (1, 0x6B3343CF)
