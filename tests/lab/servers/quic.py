"""A QUIC server as far as its first answer.

To a version it does not speak that is a negotiation (RFC 9000, section 6), to a hello
in version 1 an Initial packet with an acknowledgement and a ServerHello.
"""

import asyncio
import os

from rabta.probes.quic_initial import crypto_frame, keys, open_initial, packet


_VERSION_1 = (1).to_bytes(4, "big")
_LEAST = 1200
_ACK = b"\x02\x00\x00\x00\x00"
_HELLO = b"\x02\x00\x00\x56\x03\x03"
"""A ServerHello, up to its random bytes."""
_REST = bytes.fromhex("00130100002e002b0002030400330024001d0020")
"""TLS 1.3, AES-128-GCM, and the beginning of a key share of X25519."""


def negotiate(datagram: bytes) -> bytes | None:
    """Return the Version Negotiation packet *datagram* deserves; None for others.

    A server answers a long header with a version it does not speak, in a datagram
    of at least 1200 bytes, so that it amplifies nothing.
    """
    if len(datagram) < _LEAST or not datagram[0] & 0x80:
        return None
    version = datagram[1:5]
    if version in (_VERSION_1, b"\0\0\0\0"):
        return None
    to_end = 6 + datagram[5]
    to = datagram[6:to_end]
    from_end = to_end + 1 + datagram[to_end]
    source = datagram[to_end + 1 : from_end]
    ids = bytes([len(source)]) + source + bytes([len(to)]) + to
    return b"\xc0\0\0\0\0" + ids + _VERSION_1


def greet(datagram: bytes) -> bytes | None:
    """Return the first answer to a client's Initial packet; None for others."""
    asked = open_initial(datagram, None, "client")
    if asked is None or len(datagram) < _LEAST:
        return None
    hello = _HELLO + os.urandom(32) + _REST + os.urandom(32)
    own = keys(asked.destination, "server")
    return packet(_ACK + crypto_frame(hello), asked.source, os.urandom(8), own)


class Responder(asyncio.DatagramProtocol):
    """Answers on UDP/443."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        made = negotiate(data) or greet(data)
        if made is not None:
            self._transport.sendto(made, addr)
