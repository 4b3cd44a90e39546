"""DNS over UDP, TCP, TLS (RFC 7858) and HTTPS (RFC 8484).

A target's *query* is the name to ask for; its *role* says what counts as success and
whether a second answer is waited for. Value: seconds until the first answer, from the
first packet of the connection.

An injector on the path answers first and cannot stop the true answer, so that a
second, different one within 3 s gives it away (OONI ts-002; Duan et al., FOCI 2012).
Only questions about services wait for it, and never past the aim's timeout: give
those targets a timeout of 5 s.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from functools import partial
from socket import SOCK_DGRAM

from rabta import failure
from rabta.model.observation import DnsDetail, Observation
from rabta.model.target import Probe, Rung, Target
from rabta.probes import certificate, icmp_packet
from rabta.probes.aim import Aim
from rabta.probes.binding import open_socket
from rabta.probes.dns_judge import failure_of
from rabta.probes.dns_message import Answer, Query, make_query, read_answer
from rabta.probes.http_exchange import ask, body_of, open_url
from rabta.probes.icmp_errors import listen_for_errors, next_error
from rabta.probes.stream import BadAnswerError, Stream, attempt, tls_context
from rabta.probes.url import Url


SECOND_ANSWER_SECONDS = 3.0
_LISTENING_ROLES = frozenset({"public-dns", "non-resolver"})
_MAX_SECONDS = 8
_UNSET_PORT = 443  # a target's default, and no resolver's port but DoH's
_MAX_MESSAGE = 65535


async def probe(aim: Aim) -> Observation:
    """Ask over UDP."""
    return await _run(aim, Probe.DNS, _over_udp)


async def probe_tcp(aim: Aim) -> Observation:
    """Ask over TCP."""
    return await _run(aim, Probe.DNS_TCP, partial(_over_stream, encrypted=False))


async def probe_dot(aim: Aim) -> Observation:
    """Ask over TLS; an answer under a certificate not valid for the host fails."""
    return await _run(aim, Probe.DOT, partial(_over_stream, encrypted=True))


async def probe_doh(aim: Aim) -> Observation:
    """Ask over HTTPS, by POST to the target's URL or to ``/dns-query``."""
    return await _run(aim, Probe.DOH, _over_https)


class _Inquiry:
    """One question and the answers so far."""

    def __init__(self, aim: Aim, query: Query) -> None:
        self.aim = aim
        self.query = query
        self.first: Answer | None = None
        self.seconds = 0.0
        """From the first packet to the first answer."""
        self.after = 0.0
        """From the question to the first answer."""
        self.second: list[tuple[str, ...]] = []
        self.spent_bytes = 0
        self._began = self._asked = aim.clock.monotonic()

    def asked(self) -> None:
        self._asked = self.aim.clock.monotonic()

    def answered(self, wire: bytes) -> None:
        """Take in one message; others than answers to the question are ignored."""
        answer = read_answer(wire, self.query)
        if answer is None:
            return
        if self.first is None:
            now = self.aim.clock.monotonic()
            self.first = answer
            self.seconds, self.after = now - self._began, now - self._asked
        elif (answer.rcode, answer.addresses) != (
            self.first.rcode,
            self.first.addresses,
        ):
            self.second.append(answer.addresses)

    def detail(self) -> DnsDetail:
        first = self.first or Answer("")
        return DnsDetail(
            query=self.query.name,
            rcode=first.rcode,
            answers=first.addresses,
            answer_count=first.count,
            second=tuple(self.second),
            first_after=self.after if self.first else None,
            truncated=first.truncated,
        )


_Ask = Callable[[_Inquiry], Awaitable[None]]


async def _run(aim: Aim, kind: Probe, ask_over: _Ask) -> Observation:
    with_id = kind is not Probe.DOH
    query = make_query(aim.target.query, aim.family, with_id=with_id)
    inquiry = _Inquiry(aim, query)
    sent = aim.clock.now()
    failed = await attempt(aim.timeout, ask_over(inquiry))
    if inquiry.first is not None:
        failed = failure_of(inquiry.first, query, aim.target)
    return aim.observe(
        kind,
        sent,
        value=None if failed else inquiry.seconds,
        failure=failed,
        detail=inquiry.detail(),
        spent_bytes=inquiry.spent_bytes,
    )


def _awaits_second(target: Target) -> bool:
    return target.role in _LISTENING_ROLES or target.rung is Rung.SERVICE


def _port(target: Target, standard: int) -> int:
    return standard if target.port == _UNSET_PORT else target.port


async def _over_udp(inquiry: _Inquiry) -> None:
    aim = inquiry.aim
    header = 28 if aim.family == 4 else 48
    loop = asyncio.get_running_loop()
    with open_socket(aim.binding, SOCK_DGRAM) as channel:
        with suppress(OSError):  # else the kernel keeps most ICMP errors to itself
            listen_for_errors(channel)
        peer = aim.binding.sockaddr(aim.address, _port(aim.target, 53))
        await loop.sock_connect(channel, peer)

        async def listen() -> None:
            await asyncio.sleep(0)  # a flood must not keep the loop to itself
            try:
                wire = await loop.sock_recv(channel, _MAX_MESSAGE)
            except OSError:
                if (told := next_error(channel)) is None:
                    raise
                if named := icmp_packet.failure_of(aim.family, told.kind, told.code):
                    raise BadAnswerError(named) from None
                return  # a hint, such as a smaller MTU: the answer may still come
            inquiry.spent_bytes += header + len(wire)
            inquiry.answered(wire)

        inquiry.asked()
        await loop.sock_sendall(channel, inquiry.query.wire)
        inquiry.spent_bytes += header + len(inquiry.query.wire)
        async with asyncio.timeout(aim.first_answer):
            while inquiry.first is None:
                await listen()
        if not _awaits_second(aim.target):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(SECOND_ANSWER_SECONDS):
                while len(inquiry.second) < _MAX_SECONDS:
                    await listen()


async def _over_stream(inquiry: _Inquiry, *, encrypted: bool) -> None:
    aim, wire = inquiry.aim, inquiry.query.wire
    with closing(Stream(aim)) as stream:
        try:
            await stream.connect(_port(aim.target, 853 if encrypted else 53))
            if encrypted:
                name = aim.target.sni or aim.target.host
                await stream.secure(tls_context("dot"), name)
                shown = certificate.examine(stream.chain, name, aim.clock.now())
                if problem := certificate.objection(aim.target, shown):
                    raise BadAnswerError(problem)
            inquiry.asked()
            async with asyncio.timeout(aim.first_answer):
                await stream.send(len(wire).to_bytes(2, "big") + wire)
                inquiry.answered(await _framed(stream))
            if inquiry.first is None:
                raise BadAnswerError(failure.DNS_MALFORMED)
        finally:
            inquiry.spent_bytes = stream.spent_bytes


async def _framed(stream: Stream) -> bytes:
    """Return one message, which its length precedes (RFC 1035, section 4.2.2)."""
    data = bytearray()
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        chunk = await stream.receive()
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data[2 : 2 + int.from_bytes(data[:2], "big")])


async def _over_https(inquiry: _Inquiry) -> None:
    aim = inquiry.aim
    url = Url.parse(aim.target.url or f"https://{aim.target.host}/dns-query")
    with closing(Stream(aim)) as stream:
        try:
            shown = await open_url(stream, aim, url)
            if problem := certificate.objection(aim.target, shown):
                raise BadAnswerError(problem)
            inquiry.asked()
            connection, reply = await ask(
                stream,
                url,
                media_type="application/dns-message",
                body=inquiry.query.wire,
            )
            if reply.status_code != 200:
                raise BadAnswerError(failure.HTTP_STATUS)
            inquiry.answered(await body_of(connection, stream, _MAX_MESSAGE))
            if inquiry.first is None:
                raise BadAnswerError(failure.DNS_MALFORMED)
        finally:
            inquiry.spent_bytes = stream.spent_bytes
