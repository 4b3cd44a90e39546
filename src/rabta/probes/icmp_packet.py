"""ICMP and ICMPv6 echo on the wire (RFC 792, RFC 4443)."""

import struct
from typing import Final, NamedTuple

from rabta import failure


PAYLOAD_BYTES: Final = 16
_MARK: Final = b"rabta "  # so that whoever captures the packet knows who asks
_CHECKSUM: Final = 0x5AFE  # any constant does
_HEADER: Final = struct.Struct("!BBHHH")
_REQUEST: Final = {4: 8, 6: 128}
_REPLY: Final = {4: 0, 6: 129}
_UNREACHABLE: Final = {4: 3, 6: 1}
_EXCEEDED: Final = {4: 11, 6: 3}

_UNREACHABLE_4: Final = {
    0: failure.NETWORK_UNREACHABLE,
    3: failure.CONNECTION_REFUSED,
    5: failure.NETWORK_UNREACHABLE,
    6: failure.NETWORK_UNREACHABLE,
    9: failure.ADMIN_PROHIBITED,
    10: failure.ADMIN_PROHIBITED,
    11: failure.NETWORK_UNREACHABLE,
    13: failure.ADMIN_PROHIBITED,
}
_UNREACHABLE_6: Final = {
    0: failure.NETWORK_UNREACHABLE,
    1: failure.ADMIN_PROHIBITED,
    2: failure.NETWORK_UNREACHABLE,
    4: failure.CONNECTION_REFUSED,
    5: failure.ADMIN_PROHIBITED,
    6: failure.ADMIN_PROHIBITED,
}


class Answer(NamedTuple):
    """What came back, with what is needed to tell whose it is."""

    sequence: int
    payload: bytes
    """Whole for a reply, as much as was quoted for an error."""
    failure: str | None = None
    """None for an echo reply, else what the error stands for."""
    destination: bytes = b""
    """The packed address an error says our request was for; empty when unknown."""


def request(family: int, ident: int, sequence: int, nonce: int) -> bytes:
    """Build an echo request whose checksum is the same whatever the rest is.

    Routers that share load hash the checksum of ICMP into the flow (Augustin et al.,
    "Avoiding traceroute anomalies with Paris traceroute", IMC 2006); the last payload
    word makes up for the sequence number and the 64-bit *nonce*, so that all probes
    to one target travel alike. For ICMPv6 the kernel adds the pseudo-header, which is
    constant too.
    """
    packet = b"".join(
        (
            _HEADER.pack(_REQUEST[family], 0, _CHECKSUM, ident, sequence),
            _MARK,
            nonce.to_bytes(8, "big"),
        )
    )
    # a one's complement sum (RFC 1071) is the number modulo 0xFFFF
    word = -int.from_bytes(packet, "big") % 0xFFFF
    return packet + word.to_bytes(2, "big")


def payload_of(packet: bytes) -> bytes:
    """Return what an answer to the request *packet* must carry."""
    return packet[8:]


def parse(family: int, packet: bytes) -> Answer | None:
    """Read an answer from its ICMP header on; None for what is none."""
    if len(packet) < 8:
        return None
    kind, code, _, _, sequence = _HEADER.unpack_from(packet)
    if kind == _REPLY[family]:
        return Answer(sequence, packet[8:])
    named = failure_of(family, kind, code)
    return None if named is None else _quoted(family, packet[8:], named)


def failure_of(family: int, kind: int, code: int) -> str | None:
    """Name what an ICMP error says; None for those that do not end a probe."""
    if kind == _EXCEEDED[family]:
        return failure.TTL_EXCEEDED
    if kind != _UNREACHABLE[family] or (family == 4 and code == 4):
        return None
    codes = _UNREACHABLE_4 if family == 4 else _UNREACHABLE_6
    return codes.get(code, failure.HOST_UNREACHABLE)


def _quoted(family: int, quoted: bytes, named: str) -> Answer | None:
    if not quoted:
        return None
    if family == 4:
        start, where, protocol, offset = 4 * (quoted[0] & 15), slice(16, 20), 1, 9
    else:
        start, where, protocol, offset = 40, slice(24, 40), 58, 6
    if len(quoted) < start + 8 or quoted[offset] != protocol:
        return None
    kind, _, _, _, sequence = _HEADER.unpack_from(quoted, start)
    if kind != _REQUEST[family]:
        return None
    return Answer(sequence, quoted[start + 8 :], named, quoted[where])
