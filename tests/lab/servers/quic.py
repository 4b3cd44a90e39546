"""The first answer of a QUIC server: version negotiation (RFC 9000, section 6)."""

import asyncio


_VERSION_1 = (1).to_bytes(4, "big")
_LEAST = 1200


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


class Negotiator(asyncio.DatagramProtocol):
    """Answers on UDP/443."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        made = negotiate(data)
        if made is not None:
            self._transport.sendto(made, addr)
