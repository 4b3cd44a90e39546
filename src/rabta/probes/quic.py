"""QUIC: is UDP/443 open to this server?

A packet of a version nobody speaks makes any QUIC server answer with the versions it
does (RFC 8999 section 6, RFC 9000 sections 6 and 15), without a handshake and without
naming a site. The connection identifiers prove that it answers this very packet.
"""

import asyncio
import random
import socket
from contextlib import suppress

from rabta import failure
from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.binding import open_socket
from rabta.probes.icmp_errors import listen_for_errors, next_error
from rabta.probes.icmp_packet import failure_of


_SIZE = 1200  # servers drop shorter first packets (RFC 9000, 14.1)
_HEADERS = {4: 28, 6: 48}


async def probe(aim: Aim) -> Observation:
    """Provoke a version negotiation from the target's port."""
    sent = aim.clock.now()
    try:
        with open_socket(aim.binding, socket.SOCK_DGRAM) as opened:
            with suppress(OSError):  # else the kernel keeps most errors to itself
                listen_for_errors(opened)
            opened.connect(aim.binding.sockaddr(aim.address, aim.target.port))
            value, spent, named = await _negotiate(aim, opened)
    except OSError as error:
        return aim.observe(Probe.QUIC, sent, failure=failure.name_of(error))
    return aim.observe(Probe.QUIC, sent, value=value, failure=named, spent_bytes=spent)


async def _negotiate(
    aim: Aim, opened: socket.socket
) -> tuple[float | None, int, str | None]:
    """Return seconds until the answer, bytes spent, and the failure if there is one."""
    loop = asyncio.get_running_loop()
    headers = _HEADERS[aim.family]
    destination, source = random.randbytes(8), random.randbytes(8)
    started = aim.clock.monotonic()
    spent = 0
    try:
        async with asyncio.timeout(aim.timeout):
            await loop.sock_sendall(opened, initial(destination, source))
            spent += _SIZE + headers
            while True:
                packet = await loop.sock_recv(opened, 2048)
                spent += len(packet) + headers
                if versions(packet, destination, source):
                    return aim.clock.monotonic() - started, spent, None
    except OSError as error:
        told = next_error(opened)
        named = told and failure_of(aim.family, told.kind, told.code)
        return None, spent, named or failure.name_of(error)


def initial(destination: bytes, source: bytes) -> bytes:
    """Build a padded long-header packet of a reserved version, ``0x?a?a?a?a``."""
    version = random.getrandbits(32) & 0xF0F0F0F0 | 0x0A0A0A0A
    head = b"".join(
        (
            bytes([0xC0 | random.getrandbits(4)]),
            version.to_bytes(4, "big"),
            bytes([len(destination)]),
            destination,
            bytes([len(source)]),
            source,
        )
    )
    return head + random.randbytes(_SIZE - len(head))


def versions(packet: bytes, destination: bytes, source: bytes) -> tuple[int, ...]:
    """Return the versions a negotiation packet offers; empty if it is not ours.

    The server mirrors the identifiers: ours comes back as its destination.
    """
    mirrored = b"".join(
        (
            bytes(4),
            bytes([len(source)]),
            source,
            bytes([len(destination)]),
            destination,
        )
    )
    offered = packet[1 + len(mirrored) :]
    genuine = packet[:1] >= b"\x80" and packet[1:].startswith(mirrored)
    if not genuine or len(offered) % 4:
        return ()
    return tuple(
        int.from_bytes(offered[at : at + 4], "big") for at in range(0, len(offered), 4)
    )
