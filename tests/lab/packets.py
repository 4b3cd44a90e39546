"""Read and forge IP packets: the little a middlebox needs."""

import socket
import struct
from dataclasses import dataclass


OUT, IN = 0, 1  # away from the host, towards it
TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
FIN, RST, PSH, ACK = 0x01, 0x04, 0x08, 0x10


@dataclass(frozen=True, slots=True)
class Packet:
    """A TCP or UDP packet over IPv4 or IPv6 without extension headers."""

    protocol: int
    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    payload: bytes
    sequence: int = 0
    acknowledged: int = 0

    @property
    def flow(self) -> tuple[int, bytes, int, bytes, int]:
        """The same for both directions."""
        a = (self.source, self.source_port)
        b = (self.destination, self.destination_port)
        low, high = min(a, b), max(a, b)
        return self.protocol, *low, *high


def parse(raw: bytes) -> Packet | None:
    """Return the packet, or None for what a middlebox does not look into."""
    if raw[0] >> 4 == 4:
        start, protocol = (raw[0] & 15) * 4, raw[9]
        source, destination = raw[12:16], raw[16:20]
        if (raw[6] & 0x1F) or raw[7]:
            return None  # a later fragment
    else:
        start, protocol = 40, raw[6]
        source, destination = raw[8:24], raw[24:40]
    if protocol == UDP and len(raw) >= start + 8:
        a, b = struct.unpack_from("!HH", raw, start)
        return Packet(UDP, source, destination, a, b, raw[start + 8 :])
    if protocol == TCP and len(raw) >= start + 20:
        a, b, sequence, acknowledged, offset = struct.unpack_from("!HHIIB", raw, start)
        payload = raw[start + (offset >> 4) * 4 :]
        return Packet(TCP, source, destination, a, b, payload, sequence, acknowledged)
    return None


def answer(query: Packet, payload: bytes) -> bytes:
    """Forge the UDP answer to *query*, from the address that was asked."""
    header = struct.pack(
        "!HHHH", query.destination_port, query.source_port, 8 + len(payload), 0
    )
    return _wrap(UDP, query.destination, query.source, header + payload, 6)


def reset_client(packet: Packet) -> bytes:
    """Forge the reset that the client takes for the server's."""
    return _segment(packet, RST | ACK, b"", back=True)


def reset_server(packet: Packet) -> bytes:
    """Forge the reset that the server takes for the client's."""
    return _segment(packet, RST, b"", back=False)


def reply(packet: Packet, payload: bytes) -> bytes:
    """Forge the server's answer to a request, and its end."""
    return _segment(packet, PSH | ACK | FIN, payload, back=True)


def _segment(packet: Packet, flags: int, payload: bytes, *, back: bool) -> bytes:
    beyond = (packet.sequence + len(packet.payload)) & 0xFFFFFFFF
    if back:
        ends = packet.destination, packet.source
        ports = packet.destination_port, packet.source_port
        numbers = packet.acknowledged, beyond
    else:
        ends = packet.source, packet.destination
        ports = packet.source_port, packet.destination_port
        numbers = packet.sequence, 0
    header = struct.pack("!HHIIBBHHH", *ports, *numbers, 0x50, flags, 65535, 0, 0)
    return _wrap(TCP, *ends, header + payload, 16)


def _wrap(
    protocol: int, source: bytes, destination: bytes, body: bytes, checksum_at: int
) -> bytes:
    pseudo = source + destination + struct.pack("!II", len(body), protocol)
    total = _checksum(pseudo + body) or 0xFFFF
    body = body[:checksum_at] + struct.pack("!H", total) + body[checksum_at + 2 :]
    if len(source) == 16:
        return (
            struct.pack("!IHBB", 6 << 28, len(body), protocol, 60)
            + source
            + destination
            + body
        )
    header = struct.pack(
        "!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, 60, protocol, 0
    )
    header += source + destination
    total = _checksum(header)
    return header[:10] + struct.pack("!H", total) + header[12:] + body


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
