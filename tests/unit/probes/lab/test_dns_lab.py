"""ICMP errors about a question asked over UDP."""

import asyncio
import socket
import struct
import time
from contextlib import asynccontextmanager

import dns.message
import pytest

from rabta import failure
from rabta.model import Rung
from rabta.probes import dns as probes
from tests.unit.probes.lab.wires import sh
from tests.unit.probes.loopback import aim


pytestmark = pytest.mark.lab

HOST_UNREACHABLE, FRAGMENTATION_NEEDED, PROHIBITED = 1, 4, 13  # RFC 792, RFC 1812


@pytest.fixture(scope="module", autouse=True)
def loopback():
    sh("ip link set lo up")


def complain(client: int, server: int, code: int) -> None:
    """Send "destination unreachable" about a datagram from *client* to *server*."""
    here = socket.inet_aton("127.0.0.1")
    about = struct.pack("!BBHHHBBH4s4s", 69, 0, 60, 0, 0, 64, 17, 0, here, here)
    body = struct.pack("!HH", 0, 1400) + about
    body += struct.pack("!HHHH", client, server, 40, 0)
    total = 0x0300 + code + sum(struct.unpack(f"!{len(body) // 2}H", body))
    checksum = -total % 0xFFFF
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.sendto(struct.pack("!BBH", 3, code, checksum) + body, ("127.0.0.1", 0))


@asynccontextmanager
async def complained_about(code: int):
    """Run a resolver that answers after 0.2 s, and somebody who complains at once."""

    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, peer):
            complain(peer[1], self.transport.get_extra_info("sockname")[1], code)
            answer = dns.message.make_response(dns.message.from_wire(data))
            answer.set_rcode(3)
            loop = asyncio.get_running_loop()
            loop.call_later(0.2, self.transport.sendto, answer.to_wire(), peer)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Protocol, local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        await asyncio.sleep(0.25)
        transport.close()


async def asked(code: int):
    async with complained_about(code) as port:
        began = time.monotonic()
        seen = await probes.probe(
            aim(
                port=port,
                rung=Rung.RESOLVER,
                query="{label}.example.com",
                role="canary",
            )
        )
        return seen, time.monotonic() - began


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (HOST_UNREACHABLE, failure.HOST_UNREACHABLE),
        (PROHIBITED, failure.ADMIN_PROHIBITED),
    ],
)
async def test_a_router_that_says_no_is_believed_at_once(code, expected):
    seen, seconds = await asked(code)

    assert seen.failure == expected
    assert seconds < 0.15
    assert seen.spent_bytes > 40


async def test_a_hint_about_packet_sizes_does_not_end_the_wait():
    seen, seconds = await asked(FRAGMENTATION_NEEDED)

    assert seen.failure is None
    assert seen.detail.rcode == "NXDOMAIN"
    assert seconds > 0.15
