"""DNS: one zone, answered truly or as a fault demands."""

import asyncio
import random
from dataclasses import dataclass, field
from ipaddress import ip_network

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.lab import plan
from tests.lab.middlebox import CODES


EVERY = "*"


@dataclass(slots=True)
class Conduct:
    """How one resolver behaves."""

    mode: str = "ok"
    """``ok``, ``silent``, ``servfail``, ``refused`` or ``nxdomain``."""
    seconds: float = 0.0
    """Extra time before each answer."""
    share: float = 1.0
    """Share of the queries *mode* applies to; the others are answered truly."""
    forge: dict[str, list[str]] = field(default_factory=dict)
    """Names with false addresses, or a code's name; an empty list is NXDOMAIN.
    ``*`` stands for all names that are not listed."""


class Resolver:
    """Answers queries; *conduct* may be changed at any time."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.conduct = Conduct()
        self._records = plan.records()

    async def answer(self, wire: bytes, client: str) -> bytes | None:
        """Return the answer to *wire*; None when there will be none."""
        try:
            query = dns.message.from_wire(wire, ignore_trailing=True)
        except Exception:  # noqa: BLE001  whatever is not DNS gets no answer
            return None
        conduct = self.conduct
        odd = conduct.mode != "ok" and random.random() < conduct.share
        if odd and conduct.mode == "silent":
            return None
        if conduct.seconds:
            await asyncio.sleep(conduct.seconds)
        made = dns.message.make_response(query, recursion_available=True)
        if odd:
            made.set_rcode(dns.rcode.from_text(conduct.mode))
        else:
            self._fill(query, made, client)
        return made.to_wire()

    def _fill(
        self, query: dns.message.Message, made: dns.message.Message, client: str
    ) -> None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        if name in ("id.server", "hostname.bind"):
            made.answer.append(
                dns.rrset.from_text(question.name, 0, "CH", "TXT", f'"{self.label}"')
            )
            return
        if kind == "TXT":
            for text in _origin(name):
                made.answer.append(
                    dns.rrset.from_text(question.name, 30, "IN", "TXT", f'"{text}"')
                )
            return
        found = self._addresses(name, client)
        if found and found[0] in CODES:
            made.set_rcode(dns.rcode.from_text(found[0]))
            return
        if found is None:
            made.set_rcode(dns.rcode.NXDOMAIN)
            return
        wanted = [a for a in found if (":" in a) == (kind == "AAAA")]
        if kind in ("A", "AAAA") and wanted:
            made.answer.append(
                dns.rrset.from_text(question.name, 30, "IN", kind, *wanted)
            )

    def _addresses(self, name: str, client: str) -> list[str] | None:
        forge = self.conduct.forge
        if name in forge or EVERY in forge:
            return forge.get(name, forge.get(EVERY)) or None
        if name == f"whoami.{plan.ZONE}":
            return [client]
        if name.endswith(f".canary.{plan.ZONE}"):
            return [plan.HELPER4, plan.HELPER6]
        known = self._records.get(name)
        return [*known[0], *known[1]] if known else None


def _origin(name: str) -> list[str]:
    """Tell whose network an address is of, as Team Cymru's zones do."""
    for isp in plan.ISPS:
        told = f"{isp.asn} | {{}} | {plan.COUNTRY} | lab | "
        if name == f"as{isp.asn}.asn.{plan.ZONE}":
            title = f"{isp.name.upper()}-AS {isp.name.title()} Networks, {plan.COUNTRY}"
            return [f"{isp.asn} | {plan.COUNTRY} | lab | 2026-01-01 | {title}"]
        for prefix, zone in zip(isp.prefixes, ("origin", "origin6"), strict=True):
            net = ip_network(prefix)
            labels = net.network_address.reverse_pointer.split(".")[:-2]
            fixed = labels[-(net.prefixlen // (8 if net.version == 4 else 4)) :]
            if f".{name}".endswith(f".{'.'.join(fixed)}.{zone}.{plan.ZONE}"):
                return [told.format(prefix)]
    return []


class Datagrams(asyncio.DatagramProtocol):
    """DNS over UDP."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        task = asyncio.ensure_future(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        made = await self._resolver.answer(data, addr[0])
        if made is not None:
            self._transport.sendto(made, addr)


async def stream(
    resolver: Resolver, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """DNS over TCP and over TLS (RFC 7766, RFC 7858): a length before each message."""
    client = writer.get_extra_info("peername")[0]
    while head := await reader.readexactly(2):
        wire = await reader.readexactly(int.from_bytes(head, "big"))
        made = await resolver.answer(wire, client)
        if made is None:
            await asyncio.sleep(30)
            return
        writer.write(len(made).to_bytes(2, "big") + made)
        await writer.drain()
