"""DNS messages (RFC 1035): the question put, and what an answer says to it.

Answers are read here and not by dnspython, which takes 39 ms for a thousand records
and 160 ms for the largest message: long enough to make every other probe late. Of a
question only the name needs its rules; the rest is the same every time.
"""

import secrets
import socket
import struct
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype


MAX_ADDRESSES = 32
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_FIXED = struct.Struct("!HH")


@dataclass(frozen=True, slots=True)
class Query:
    """One question, ready to be sent; *id* is 0 over HTTPS (RFC 8484, section 4.1)."""

    name: str
    type: dns.rdatatype.RdataType
    id: int
    wire: bytes

    @property
    def wants_addresses(self) -> bool:
        """Whether it asks for A or AAAA records."""
        return self.type in (dns.rdatatype.A, dns.rdatatype.AAAA)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one message said."""

    rcode: str
    """Mnemonic of the response code; empty when the message could not be read."""
    addresses: tuple[str, ...] = ()
    """Sorted, at most 32."""
    count: int = 0
    """All records of the answer section."""
    truncated: bool = False


def make_query(pattern: str, family: int, *, with_id: bool = True) -> Query:
    """Ask for the addresses of *pattern*, ``{label}`` in it replaced by a random label.

    An empty pattern asks for the SOA record of the root, which any resolver knows.

    Raises:
        ValueError: *pattern* is no domain name.
    """
    name = pattern.replace("{label}", secrets.token_hex(6)) or "."
    kind = dns.rdatatype.A if family == 4 else dns.rdatatype.AAAA
    if not pattern:
        kind = dns.rdatatype.SOA
    id_ = secrets.randbelow(1 << 16) if with_id else 0
    try:
        labels = dns.name.from_text(name).labels
    except dns.exception.DNSException as error:
        raise ValueError(f"no domain name: {name!r}") from error
    head = _HEADER.pack(id_, dns.flags.RD, 1, 0, 0, 0)
    asked = b"".join(len(label).to_bytes(1, "big") + label for label in labels)
    wire = head + asked + _FIXED.pack(kind, dns.rdataclass.IN)
    return Query(name, kind, id_, wire)


def read_answer(wire: bytes, query: Query) -> Answer | None:
    """Read the answer to *query*; None when *wire* answers something else.

    Never raises: a message with the right id that breaks off or loops has no rcode.
    """
    if len(wire) < _HEADER.size:
        return None
    id_, flags, questions, count, _, _ = _HEADER.unpack_from(wire)
    if id_ != query.id or not flags & dns.flags.QR:
        return None
    truncated = bool(flags & dns.flags.TC)
    rcode = dns.rcode.to_text(dns.rcode.Rcode(flags & 0xF))
    try:
        offset = _HEADER.size
        if questions:
            end = _skip_name(wire, offset) + _FIXED.size
            if wire[offset:end].lower() != query.wire[offset:].lower():
                return None
            offset = end
        addresses = _addresses(wire, offset, count, truncated=truncated)
    except (IndexError, struct.error, ValueError):
        return Answer("", truncated=truncated)
    return Answer(rcode, addresses, count, truncated)


def _addresses(
    wire: bytes, offset: int, count: int, *, truncated: bool
) -> tuple[str, ...]:
    found: list[bytes] = []
    for _ in range(count):
        if truncated and offset >= len(wire):
            break
        offset = _skip_name(wire, offset)
        kind, class_, _, size = _RECORD.unpack_from(wire, offset)
        offset += _RECORD.size
        if offset + size > len(wire):
            raise ValueError("record breaks off")
        if class_ == dns.rdataclass.IN and (kind, size) in _ADDRESS_RECORDS:
            found.append(wire[offset : offset + size])
        offset += size
    return tuple(sorted(map(_text, found[:MAX_ADDRESSES])))


_ADDRESS_RECORDS = {(dns.rdatatype.A, 4), (dns.rdatatype.AAAA, 16)}


def _text(packed: bytes) -> str:
    family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, packed)


def _skip_name(wire: bytes, offset: int) -> int:
    """Return the offset after the name; a pointer ends it, so it cannot loop."""
    while length := wire[offset]:
        if length >= 0xC0:
            return offset + 2
        if length >= 0x40:
            raise ValueError("unknown kind of label")
        offset += 1 + length
    return offset + 1
