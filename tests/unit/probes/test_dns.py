"""DNS over real sockets: honest resolvers, liars, and silence."""

import asyncio
import time
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from rabta import failure
from rabta.model import Probe, Rung
from rabta.probes import dns as probes
from rabta.probes.binding import Binding
from tests.unit.probes.authority import NOW, Authority
from tests.unit.probes.loopback import (
    aim,
    answering,
    closed_port,
    datagrams,
    resetting,
    serving,
    silent,
)


RESOLVER = {"rung": Rung.RESOLVER, "query": "www.example.com"}


def reply(wire: bytes, *addresses: str, rcode=dns.rcode.NOERROR) -> bytes:
    question = dns.message.from_wire(wire)
    message = dns.message.make_response(question)
    message.set_rcode(rcode)
    if addresses:
        name = question.question[0].name
        message.answer = [dns.rrset.from_text_list(name, 60, "IN", "A", addresses)]
    return message.to_wire(max_size=65535)


def saying(*addresses: str, rcode=dns.rcode.NOERROR):
    return lambda wire: [(0.0, reply(wire, *addresses, rcode=rcode))]


async def asked(answers, seconds=2.0, **target):
    async with datagrams(answers) as port:
        return await probes.probe(aim(seconds, port=port, **(RESOLVER | target)))


async def test_an_honest_answer_is_timed_and_kept():
    seen = await asked(saying("8.8.4.4", "8.8.8.8"))

    assert seen.failure is None
    assert seen.probe is Probe.DNS
    assert 0 < seen.value < 0.5
    assert seen.detail.query == "www.example.com"
    assert seen.detail.answers == ("8.8.4.4", "8.8.8.8")
    assert seen.detail.answer_count == 2
    assert seen.detail.rcode == "NOERROR"
    assert seen.detail.first_after <= seen.value
    assert seen.spent_bytes == 33 + 28 + 65 + 28


async def test_a_canary_asks_a_new_name_and_is_content_with_nxdomain():
    seen = await asked(
        saying(rcode=dns.rcode.NXDOMAIN), query="{label}.example.com", role="canary"
    )

    assert seen.failure is None
    assert seen.detail.rcode == "NXDOMAIN"
    assert seen.detail.query.endswith(".example.com")
    assert "{" not in seen.detail.query


@pytest.mark.parametrize(
    ("rcode", "expected"),
    [
        (dns.rcode.SERVFAIL, failure.DNS_SERVFAIL),
        (dns.rcode.NXDOMAIN, failure.DNS_NXDOMAIN),
        (dns.rcode.REFUSED, failure.DNS_REFUSED),
        (dns.rcode.NOERROR, failure.DNS_NO_ANSWER),
        (dns.rcode.NOTIMP, failure.DNS_NONRECOVERABLE),
    ],
)
async def test_refusals_are_named(rcode, expected):
    seen = await asked(saying(rcode=rcode))

    assert seen.failure == expected
    assert seen.value is None
    assert seen.detail.first_after > 0


async def test_a_lying_resolver_is_caught_by_its_address():
    seen = await asked(saying("10.10.34.36"))

    assert seen.failure == failure.DNS_BOGON
    assert seen.detail.answers == ("10.10.34.36",)


async def test_silence_times_out():
    seen = await asked(lambda _: [], seconds=0.1)

    assert seen.failure == failure.GENERIC_TIMEOUT
    assert seen.detail.first_after is None


async def test_a_closed_port_refuses():
    seen = await probes.probe(aim(port=closed_port(), **RESOLVER))

    assert seen.failure == failure.CONNECTION_REFUSED


async def test_garbage_is_not_an_answer_but_the_answer_after_it_is():
    def answers(wire):
        return [
            (0.0, b"\xff" * 600),
            (0.0, bytes([wire[0] ^ 0xFF]) + reply(wire, "10.0.0.1")[1:]),
            (0.02, reply(wire, "8.8.8.8")),
        ]

    seen = await asked(answers)

    assert seen.failure is None
    assert seen.detail.answers == ("8.8.8.8",)


async def test_garbage_after_the_right_question_is_malformed():
    def answers(wire):
        return [(0.0, reply(wire, "8.8.8.8")[: len(wire)] + b"\xff" * 600)]

    seen = await asked(answers)

    assert seen.failure == failure.DNS_MALFORMED


async def test_a_thousand_records_are_taken_calmly():
    many = [f"8.{i // 256}.{i % 256}.1" for i in range(1000)]

    seen = await asked(saying(*many))

    assert seen.failure is None
    assert seen.detail.answer_count == 1000
    assert len(seen.detail.answers) == 32


async def test_a_truncated_answer_is_told():
    def answers(wire):
        message = dns.message.from_wire(reply(wire))
        message.flags |= dns.flags.TC
        return [(0.0, message.to_wire())]

    seen = await asked(answers)

    assert seen.failure is None
    assert seen.detail.truncated


def injected(wire):
    forged, true = reply(wire, "8.7.198.46"), reply(wire, "93.184.215.14")
    return [(0.0, forged), (0.01, forged), (0.05, true)]


@pytest.mark.parametrize("role", ["public-dns", "non-resolver"])
async def test_a_second_answer_that_disagrees_is_kept(role):
    """The repeated first one is not: networks duplicate packets."""
    seen = await asked(injected, seconds=0.4, role=role)

    assert seen.failure is None
    assert seen.detail.answers == ("8.7.198.46",)
    assert seen.detail.second == (("93.184.215.14",),)


async def test_steady_checks_do_not_wait_for_a_second_answer():
    began = time.monotonic()

    seen = await asked(injected, role="fixed-name")

    assert time.monotonic() - began < probes.SECOND_ANSWER_SECONDS
    assert seen.detail.second == ()


async def test_a_flood_of_different_answers_ends_the_wait():
    seen = await asked(
        lambda wire: [(0.0, reply(wire, f"8.8.{i}.1")) for i in range(99)],
        role="public-dns",
    )

    assert seen.failure is None
    assert len(seen.detail.second) == 8


async def test_the_query_leaves_over_the_interface_it_is_bound_to():
    async with datagrams(saying("8.8.8.8")) as port:
        gone = Binding("nosuch0", "", 4, "device")
        seen = await probes.probe(aim(binding=gone, port=port, **RESOLVER))

    assert seen.failure == failure.INTERFACE_GONE


def framed(wire: bytes) -> bytes:
    return len(wire).to_bytes(2, "big") + wire


def resolving(*addresses: str, split: bool = False):
    async def handle(reader, writer):
        size = int.from_bytes(await reader.readexactly(2), "big")
        answer = framed(reply(await reader.readexactly(size), *addresses))
        for part in (answer[:1], answer[1:9], answer[9:]) if split else (answer,):
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)

    return handle


@pytest.mark.parametrize("split", [False, True])
async def test_tcp_answers_may_come_in_pieces(split):
    async with serving(resolving("8.8.8.8", split=split)) as port:
        seen = await probes.probe_tcp(aim(port=port, **RESOLVER))

    assert seen.failure is None
    assert seen.probe is Probe.DNS_TCP
    assert seen.detail.answers == ("8.8.8.8",)
    assert seen.spent_bytes > 100


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (silent, failure.GENERIC_TIMEOUT),
        (resetting, failure.CONNECTION_RESET),
    ],
)
async def test_tcp_failures_are_named(handler, expected):
    async with serving(handler) as port:
        seen = await probes.probe_tcp(aim(0.2, port=port, **RESOLVER))

    assert seen.failure == expected


async def test_tcp_garbage_is_malformed():
    async def handle(reader, writer):
        await reader.read(100)
        writer.write(framed(b"\xff" * 40))

    async with serving(handle) as port:
        seen = await probes.probe_tcp(aim(port=port, **RESOLVER))

    assert seen.failure == failure.DNS_MALFORMED


async def test_dot_brings_the_answer(trusted, root):
    context = root.context(trusted, "dns.example")
    async with serving(resolving("8.8.8.8"), context) as port:
        seen = await probes.probe_dot(aim(port=port, **RESOLVER, host="dns.example"))

    assert seen.failure is None
    assert seen.probe is Probe.DOT
    assert seen.detail.first_after < seen.value


async def test_dot_is_valid_for_an_address_too(trusted, root):
    context = root.context(trusted, "127.0.0.1")
    async with serving(resolving("8.8.8.8"), context) as port:
        seen = await probes.probe_dot(aim(port=port, **RESOLVER, host="127.0.0.1"))

    assert seen.failure is None


async def test_dot_does_not_believe_an_impostor(trusted):
    context = Authority("Else").context(trusted, "dns.example")
    async with serving(resolving("8.8.8.8"), context) as port:
        seen = await probes.probe_dot(aim(port=port, **RESOLVER, host="dns.example"))

    assert seen.failure == failure.SSL_UNKNOWN_AUTHORITY
    assert seen.detail.answers == ()


@asynccontextmanager
async def doh(root, folder, handler, **validity):
    context = root.context(folder, "dns.example", **validity)
    async with serving(handler, context) as port:
        yield aim(
            port=port,
            **RESOLVER,
            host="dns.example",
            url=f"https://dns.example:{port}/dns-query",
        )


async def _post(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"POST /dns-query HTTP/1.1\r\n")
    assert b"Content-Type: application/dns-message\r\n" in head
    wire = await reader.readexactly(33)
    assert wire[:2] == b"\0\0"
    body = reply(wire, "8.8.8.8")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def test_doh_posts_the_question_with_id_0(trusted, root):
    async with doh(root, trusted, _post) as at:
        seen = await probes.probe_doh(at)

    assert seen.failure is None
    assert seen.probe is Probe.DOH
    assert seen.detail.answers == ("8.8.8.8",)


async def test_doh_under_an_expired_certificate_is_not_believed(trusted, root):
    async with doh(root, trusted, _post, not_after=NOW) as at:
        seen = await probes.probe_doh(at)

    assert seen.failure == failure.SSL_INVALID_CERTIFICATE


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", failure.HTTP_STATUS),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>Blocked</html>", failure.DNS_MALFORMED),
        (b"SSH-2.0-OpenSSH_9.9\r\n", failure.HTTP_MALFORMED),
        (b"", failure.EOF),
    ],
)
async def test_doh_answers_that_are_none_are_named(trusted, root, answer, expected):
    async with doh(root, trusted, answering(answer)) as at:
        seen = await probes.probe_doh(at)

    assert seen.failure == expected
