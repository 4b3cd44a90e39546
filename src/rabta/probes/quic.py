"""QUIC: is UDP/443 open to this server?

A packet of a version nobody speaks makes any QUIC server answer with the versions it
does (RFC 8999 section 6, RFC 9000 sections 6 and 15), without a handshake and without
naming a site. The connection identifiers prove that it answers this very packet.
"""

import random

from rabta.model.observation import Observation
from rabta.model.target import Probe
from rabta.probes.aim import Aim
from rabta.probes.quic_datagram import ask


_SIZE = 1200  # servers drop shorter first packets (RFC 9000, 14.1)


async def probe(aim: Aim) -> Observation:
    """Provoke a version negotiation from the target's port."""
    destination, source = random.randbytes(8), random.randbytes(8)
    return await ask(
        aim,
        Probe.QUIC,
        initial(destination, source),
        lambda packet: bool(versions(packet, destination, source)),
    )


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
