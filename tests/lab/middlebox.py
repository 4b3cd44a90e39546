"""What a censor's box does to packets that pass: rules of one leg of the forwarder.

A rule looks for a pattern in what goes outwards (a name in a TLS ClientHello or in
QUIC's first packet, an encrypted hello, a Host header, a DNS question) and then acts on
that packet or on its whole flow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import dns.message
import dns.rcode
import dns.rrset

from rabta.probes.quic_initial import open_initial

from .packets import (
    IN,
    OUT,
    TCP,
    UDP,
    Packet,
    answer,
    parse,
    reply,
    reset_client,
    reset_server,
)


_ECH = re.compile(rb"\xfe\x0d..\x00\x00\x01\x00[\x01-\x03]", re.DOTALL)
"""The extension, its length, an outer hello, HKDF-SHA256 and an AEAD (RFC 9849)."""
CODES = ("REFUSED", "SERVFAIL")
Act = Literal["reset", "race", "drop", "police", "shape", "page", "forge"]
"""``race`` resets the client alone and lets the packet on: the true answer follows.
``shape`` holds back what exceeds the rate, where ``police`` drops it."""
Judged = tuple[float | None, list[tuple[int, bytes]]]
"""Seconds a packet is held back, None for ever; and what goes which way besides."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: what does not fit is dropped (policing, not shaping)."""

    rate: float
    """Bits per second."""
    depth: float = 6000.0
    """Bytes."""
    tokens: float = 6000.0
    last: float = 0.0

    def takes(self, size: int, now: float) -> bool:
        self.tokens = min(self.depth, self.tokens + (now - self.last) * self.rate / 8)
        self.last = now
        if size > self.tokens:
            return False
        self.tokens -= size
        return True


@dataclass(slots=True)
class Queue:
    """A shaper: what does not fit waits, up to *longest* seconds."""

    rate: float
    """Bits per second."""
    longest: float = 1.0
    free_at: float = 0.0

    def wait(self, size: int, now: float) -> float | None:
        free_at = max(self.free_at, now) + 8 * size / self.rate
        if free_at - now > self.longest:
            return None
        self.free_at = free_at
        return free_at - now


@dataclass(slots=True)
class Rule:
    """One pattern and one act; built from a JSON object sent by the lab."""

    act: Act
    sni: str = ""
    quic: str = ""
    """A name in the Initial packet of QUIC, which anybody on the way can open."""
    ech: bool = False
    """Any hello over TCP with an encrypted one inside, whatever its outer name."""
    host: str = ""
    """``*``: any."""
    name: str = ""
    """DNS: this name and all below it."""
    rate: float = 0.0
    answers: tuple[str, ...] = ()
    """``forge``: addresses of both families or a code's name; none means NXDOMAIN."""
    page: str = ""
    """``page``: the whole HTTP answer."""
    swallow: bool = False
    """``forge``: the true query goes no further."""
    _flows: set[tuple[int, bytes, int, bytes, int]] = field(default_factory=set)
    _bucket: Bucket | None = None
    _queue: Queue | None = None

    def judge(self, packet: Packet, way: int, size: int, now: float) -> Judged:
        """Return how long *packet* waits, and what to send which way instead."""
        if packet.flow in self._flows:
            return self._follow(packet, way, size, now)
        if way == OUT and self._sees(packet):
            return self._strike(packet, size, now)
        return 0.0, []

    def _sees(self, packet: Packet) -> bool:
        data = packet.payload
        if packet.protocol == TCP and self.sni:
            return data[:2] == b"\x16\x03" and self.sni.encode() in data
        if packet.protocol == TCP and self.host:
            head = data[:2000].lower()
            if self.host == "*":
                return b"\r\nhost: " in head
            return any(f"host: {self.host}{e}".encode() in head for e in ("\r\n", ":"))
        if packet.protocol == TCP and self.ech:
            return data[:2] == b"\x16\x03" and _ECH.search(data) is not None
        if packet.protocol == UDP and self.quic and packet.destination_port == 443:
            opened = open_initial(data, None, "client")
            return opened is not None and self.quic.encode() in opened.payload
        if packet.protocol == UDP and self.name and packet.destination_port == 53:
            return _wire_name(self.name) in data.lower()
        return False

    def _strike(self, packet: Packet, size: int, now: float) -> Judged:
        match self.act:
            case "forge":
                forged = answer(packet, _forged(packet.payload, self.answers))
                return None if self.swallow else 0.0, [(IN, forged)]
            case "page":
                return None, [
                    (IN, reply(packet, self.page.encode())),
                    (OUT, reset_server(packet)),
                ]
            case "reset":
                return None, [
                    (IN, reset_client(packet)),
                    (OUT, reset_server(packet)),
                ]
            case "race":
                return 0.0, [(IN, reset_client(packet))]
            case _:
                self._flows.add(packet.flow)
                return self._follow(packet, OUT, size, now)

    def _follow(self, packet: Packet, way: int, size: int, now: float) -> Judged:
        if self.act == "drop":
            return None, []
        if way == OUT:
            return 0.0, []
        if self.act == "shape":
            self._queue = self._queue or Queue(self.rate)
            return self._queue.wait(size, now), []
        if self._bucket is None:
            self._bucket = Bucket(self.rate, last=now)
        return 0.0 if self._bucket.takes(size, now) else None, []


def inspect(
    rules: list[Rule], raw: bytes, way: int, now: float
) -> Iterator[tuple[int, bytes, float]]:
    """Yield what goes on, which way and how much later, when *raw* meets *rules*."""
    packet = parse(raw)
    held = 0.0
    for rule in rules:
        if packet is None:
            break
        wait, extra = rule.judge(packet, way, len(raw), now)
        for back, forged in extra:
            yield back, forged, 0.0
        if wait is None:
            return
        held = max(held, wait)
    yield way, raw, held


def _wire_name(name: str) -> bytes:
    labels = name.lower().rstrip(".").split(".")
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def _forged(query: bytes, answers: tuple[str, ...]) -> bytes:
    asked = dns.message.from_wire(query, ignore_trailing=True)
    made = dns.message.make_response(asked, recursion_available=True)
    question = asked.question[0]
    kind = dns.rdatatype.to_text(question.rdtype)
    fitting = [a for a in answers if (":" in a) == (kind == "AAAA")]
    if answers and answers[0] in CODES:
        made.set_rcode(dns.rcode.from_text(answers[0]))
    elif not answers:
        made.set_rcode(dns.rcode.NXDOMAIN)
    elif fitting and kind in ("A", "AAAA"):
        made.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *fitting))
    return made.to_wire()
