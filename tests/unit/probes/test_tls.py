"""Handshakes that succeed, and each way in which they do not."""

import asyncio
from datetime import UTC, datetime

import pytest

from rabta import failure
from rabta.model import Probe, Rung
from rabta.probes import tls
from tests.unit.probes.authority import NOW, Authority
from tests.unit.probes.loopback import (
    aim,
    closed_port,
    hanging_up,
    resetting,
    serving,
    silent,
)


async def idle(_reader, _writer):
    await asyncio.sleep(0.05)


async def test_a_good_handshake_is_timed_by_phase(trusted, root):
    async with serving(idle, root.context(trusted, "www.example.com")) as port:
        seen = await tls.probe(aim(port=port))

    assert seen.failure is None
    assert seen.probe is Probe.TLS
    phases = seen.detail.phases
    assert seen.value == pytest.approx(phases.connect + phases.tls)
    assert phases.connect > 0
    assert phases.tls > 0
    assert phases.processing is None
    assert seen.detail.version == "TLSv1.3"
    assert seen.detail.sni == "www.example.com"
    assert seen.detail.certificate.problem == ""
    assert seen.detail.failed_in == ""
    assert seen.spent_bytes > 1000


@pytest.mark.parametrize(
    ("names", "validity", "expected"),
    [
        ("www.example.com", {"not_after": NOW}, failure.SSL_INVALID_CERTIFICATE),
        (
            "www.example.com",
            {
                "not_before": datetime(1970, 1, 1, tzinfo=UTC),
                "not_after": datetime(1970, 2, 1, tzinfo=UTC),
            },
            failure.SSL_INVALID_CERTIFICATE,
        ),
        ("blocked.example.net", {}, failure.SSL_INVALID_HOSTNAME),
    ],
    ids=["expired", "from 1970", "another name"],
)
async def test_a_bad_certificate_is_shown_and_named(
    trusted, root, names, validity, expected
):
    async with serving(idle, root.context(trusted, names, **validity)) as port:
        seen = await tls.probe(aim(port=port))

    assert seen.failure == expected
    assert seen.value is None
    assert seen.detail.failed_in == "tls"
    assert seen.detail.certificate.subject == f"CN={names}"
    assert seen.detail.certificate.problem == expected


async def test_an_impostor_is_an_unknown_authority(trusted):
    context = Authority("Impostor").context(trusted, "www.example.com")
    async with serving(idle, context) as port:
        seen = await tls.probe(aim(port=port))

    assert seen.failure == failure.SSL_UNKNOWN_AUTHORITY
    assert seen.detail.certificate.issuer == "CN=Impostor"


@pytest.mark.parametrize("role", ["innocuous-sni", "neutral-helper"])
async def test_where_the_handshake_is_the_question_it_is_the_answer(
    trusted, root, role
):
    async with serving(idle, root.context(trusted, "www.example.com")) as port:
        seen = await tls.probe(
            aim(port=port, sni="other.example.org", role=role, rung=Rung.CONTROL)
        )

    assert seen.failure is None
    assert seen.detail.sni == "other.example.org"
    assert seen.detail.certificate.problem == failure.SSL_INVALID_HOSTNAME


async def test_the_name_shown_is_the_targets_sni(trusted, root):
    shown = []
    context = root.context(trusted, "www.example.com")
    context.sni_callback = lambda _socket, name, _context: shown.append(name)
    async with serving(idle, context) as port:
        await tls.probe(aim(port=port))
        await tls.probe(aim(port=port, sni="hidden.example.com"))
        await tls.probe(aim(port=port, host="127.0.0.1"))

    assert shown == ["www.example.com", "hidden.example.com", None]


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (resetting, failure.CONNECTION_RESET),
        (hanging_up, failure.EOF),
        (silent, failure.GENERIC_TIMEOUT),
    ],
)
async def test_a_broken_handshake_says_how(handler, expected):
    """Reset, end of file and silence are three different stories."""
    async with serving(handler) as port:
        seen = await tls.probe(aim(0.3, port=port))

    assert seen.failure == expected
    assert seen.detail.failed_in == "tls"
    assert seen.detail.phases.connect > 0
    assert seen.detail.phases.tls > 0
    assert seen.detail.certificate is None


async def test_an_alert_is_a_failed_handshake():
    async def refuse(reader, writer):
        await reader.read(4096)
        writer.write(b"\x15\x03\x03\x00\x02\x02\x70")  # fatal, unrecognized_name

    async with serving(refuse) as port:
        seen = await tls.probe(aim(port=port))

    assert seen.failure == failure.SSL_FAILED_HANDSHAKE
    assert seen.detail.failed_in == "tls"


async def test_a_server_without_tls_is_a_failed_handshake():
    async def greet(reader, writer):
        writer.write(b"220 mail.example.com ESMTP\r\n")
        await reader.read(-1)

    async with serving(greet) as port:
        seen = await tls.probe(aim(port=port))

    assert seen.failure == failure.SSL_FAILED_HANDSHAKE


async def test_a_refused_connection_fails_in_connect():
    seen = await tls.probe(aim(port=closed_port()))

    assert seen.failure == failure.CONNECTION_REFUSED
    assert seen.detail.failed_in == "connect"
    assert seen.detail.phases.tls is None
    assert 0 < seen.spent_bytes < 200


@pytest.mark.parametrize("noise", [b"\0" * 70000, b"\x16\x03\x01\xff\xff" * 20000])
async def test_hostile_bytes_end_the_handshake(noise):
    async def shout(_reader, writer):
        writer.write(noise)
        await writer.drain()
        await asyncio.sleep(0.5)

    async with serving(shout) as port:
        seen = await tls.probe(aim(0.5, port=port))

    assert seen.failure in {failure.SSL_FAILED_HANDSHAKE, failure.GENERIC_TIMEOUT}
