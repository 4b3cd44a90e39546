"""DNS results with the messages that came, record by record."""

import base64
import binascii
import struct
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from rabta.sources.atlas_record.common import Result, failed, result
from rabta.sources.atlas_record.fields import (
    Object,
    decimal,
    filled,
    objects,
    protocol,
    text,
    whole,
)


_OPT = 41


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked."""

    name: str
    type: str
    klass: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record; *data* has a field for each value of its type, as dnspython's."""

    name: str
    type: str
    klass: str
    ttl: int
    length: int
    """Octets of its data as they came."""
    data: dns.rdata.Rdata


@dataclass(frozen=True, slots=True)
class Option:
    """One option of EDNS; the identity of a name server is text."""

    code: int
    length: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Edns:
    """RFC 6891."""

    size: int
    version: int
    extended_code: int
    flags: int
    options: tuple[Option, ...]

    @property
    def wants_dnssec(self) -> bool:
        """Whether the flag DO is set."""
        return bool(self.flags & 0x8000)


@dataclass(frozen=True, slots=True)
class Message:
    """A DNS message as far as it can be read; *damage* says why not to its end."""

    id: int = 0
    flags: int = 0
    opcode: str = ""
    code: str = ""
    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    questions: tuple[Question, ...] = ()
    answers: tuple[Record, ...] = ()
    authorities: tuple[Record, ...] = ()
    additionals: tuple[Record, ...] = ()
    edns: Edns | None = None
    damage: str = ""

    def flag(self, bit: int) -> bool:
        """Whether a flag is set, such as ``dns.flags.AA``."""
        return bool(self.flags & bit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer of a resolver or server."""

    number: int | None = whole("subid")
    family: int | None = whole("af")
    source: str | None = text("src_addr")
    destination: str | None = text("dst_addr")
    protocol: str | None = None
    rtt: float | None = decimal("rt")
    """Milliseconds."""
    size: int | None = whole("size")
    error: str | None = None
    answer: Message | None = None
    query: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns(Result):
    """A question to one or more servers."""

    total: int | None = whole("submax")
    """How many answers there should be."""
    responses: tuple[Response, ...] = ()


def names(raw: Object) -> Dns:
    """Read a DNS result, single or a set; *raw* is of any firmware."""
    told, found = raw.get("result"), []
    kind = protocol(raw)
    if isinstance(told, dict):
        found.append(_response({"qbuf": raw.get("qbuf")} | told, raw, kind))
    for one in objects(raw.get("resultset")):
        inner = one.get("result")
        known = one | inner if isinstance(inner, dict) else one
        found.append(_response(known, raw, kind))
    return result(
        Dns,
        raw | ({"submax": told.get("submax")} if isinstance(told, dict) else {}),
        protocol=kind,
        responses=tuple(found),
    )


def _response(one: Object, outer: Object, kind: str | None) -> Response:
    shared = {
        "af": outer.get("af", outer.get("pf")),
        "src_addr": outer.get("src_addr"),
        "dst_addr": outer.get("dst_addr"),
    }
    return filled(
        Response,
        shared | one,
        protocol=protocol(one, kind),
        error=failed(one),
        answer=_unpacked(one.get("abuf")),
        query=_unpacked(one.get("qbuf")),
    )


def _unpacked(packed: object) -> Message | None:
    if not isinstance(packed, str) or not packed:
        return None
    try:
        return message(base64.b64decode(packed))
    except binascii.Error as error:
        return Message(damage=str(error))


def message(wire: bytes) -> Message:
    """Read a message; what is cut off or damaged ends it, and the rest is kept."""
    if len(wire) < 12:
        return Message(damage="cut off in the header")
    number, flags, *counts = struct.unpack(">6H", wire[:12])
    questions: list[Question] = []
    sections: tuple[list[Record], ...] = ([], [], [])
    edns, damage, at = None, "", 12
    try:
        for _ in range(counts[0]):
            name, used = dns.name.from_wire(wire, at)
            kind, klass = struct.unpack_from(">HH", wire, at + used)
            at += used + 4
            questions.append(Question(name.to_text(), _type(kind), _class(klass)))
        for section, count in zip(sections, counts[1:], strict=True):
            for _ in range(count):
                name, used = dns.name.from_wire(wire, at)
                kind, klass, ttl, size = struct.unpack_from(">HHIH", wire, at + used)
                at += used + 10
                (body,) = struct.unpack_from(f"{size}s", wire, at)
                if kind == _OPT:
                    edns = _edns(klass, ttl, body)
                else:
                    data = dns.rdata.from_wire(klass, kind, wire, at, size)
                    section.append(
                        Record(
                            name.to_text(), _type(kind), _class(klass), ttl, size, data
                        )
                    )
                at += size
    except (dns.exception.DNSException, struct.error, ValueError) as error:
        damage = str(error)[:200] or type(error).__name__
    extended = edns.extended_code if edns else 0
    return Message(
        number,
        flags,
        dns.opcode.to_text(dns.opcode.from_flags(flags)),
        dns.rcode.to_text(dns.rcode.from_flags(flags, extended << 24)),
        (counts[0], counts[1], counts[2], counts[3]),
        tuple(questions),
        tuple(sections[0]),
        tuple(sections[1]),
        tuple(sections[2]),
        edns,
        damage,
    )


def _edns(size: int, ttl: int, body: bytes) -> Edns:
    options, at = [], 0
    while at + 4 <= len(body):
        code, length = struct.unpack_from(">HH", body, at)
        options.append(Option(code, length, body[at + 4 : at + 4 + length]))
        at += 4 + length
    return Edns(size, ttl >> 16 & 255, ttl >> 24, ttl & 0xFFFF, tuple(options))


def _type(number: int) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(number))


def _class(number: int) -> str:
    return dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(number))
