"""Hellos with a name, over QUIC and TCP, to servers on loopback, good and bad."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.model import Probe
from rabta.probes import PROBES
from rabta.probes.client_hello import answers, tls_hello
from rabta.probes.quic_initial import keys, open_initial, packet
from tests.lab.servers.certificates import Authority
from tests.lab.servers.quic import greet
from tests.unit.probes.loopback import (
    aim,
    closed_port,
    datagrams,
    hanging_up,
    resetting,
    serving,
    silent,
)
from tests.unit.probes.test_quic import negotiation


def foreign(asked: bytes) -> bytes:
    """Answer rightly but for the keys, as one who has only seen the identifiers."""
    opened = open_initial(asked, None, "client")
    return packet(b"\1", opened.source, b"12345678", keys(opened.source, "server"))


@pytest.mark.parametrize("answer", [greet, negotiation])
async def test_a_quic_server_answers_a_name(answer):
    async with datagrams(lambda asked: [(0.0, answer(asked))]) as port:
        seen = await PROBES[Probe.QUIC_HELLO](aim(port=port, sni="code.example.org"))
    assert seen.failure is None
    assert 0 < seen.value < 1
    assert seen.spent_bytes > 1200 + 28


@pytest.mark.parametrize("answer", [foreign, lambda asked: asked, lambda _: b"\xc0"])
async def test_junk_is_no_answer_and_hides_none(answer):
    async with datagrams(lambda asked: [(0.0, answer(asked))]) as port:
        alone = await PROBES[Probe.QUIC_HELLO](aim(port=port, timeout=0.2))
    both = lambda asked: [(0.0, answer(asked)), (0.01, greet(asked))]  # noqa: E731
    async with datagrams(both) as port:
        followed = await PROBES[Probe.QUIC_HELLO](aim(port=port))
    assert alone.failure == failure.GENERIC_TIMEOUT
    assert followed.failure is None


async def test_nobody_on_the_port_is_a_refusal():
    seen = await PROBES[Probe.QUIC_HELLO](aim(port=closed_port()))
    assert seen.failure == failure.CONNECTION_REFUSED


@pytest.mark.parametrize("probe", [Probe.HELLO, Probe.ECH])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
async def test_a_tls_server_takes_both_hellos(probe, version, tmp_path):
    """OpenSSL reads them strictly: a hello it does not like is an alert."""
    context = Authority(tmp_path).context("www.example.com")
    context.maximum_version = ssl.TLSVersion[version]
    shown = []
    context.sni_callback = lambda _socket, name, _context: shown.append(name)
    async with serving(silent, context) as port:
        seen = await PROBES[probe](aim(port=port, sni="outer.example.org"))
    assert seen.failure is None
    assert shown == ["outer.example.org"]
    assert seen.detail.failed_in == ""


@pytest.mark.parametrize(
    ("handler", "named"),
    [
        (resetting, failure.CONNECTION_RESET),
        (hanging_up, failure.EOF),
        (silent, failure.GENERIC_TIMEOUT),
    ],
)
async def test_a_hello_that_is_cut_off_says_how(handler, named):
    async with serving(handler) as port:
        seen = await PROBES[Probe.ECH](aim(port=port, timeout=0.3))
    assert (seen.failure, seen.detail.failed_in) == (named, "tls")


async def test_what_is_not_tls_is_no_answer():
    async def handle(_reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with serving(handle) as port:
        seen = await PROBES[Probe.HELLO](aim(port=port))
    assert seen.failure == failure.SSL_FAILED_HANDSHAKE


async def test_a_refused_connection_is_no_word_on_the_hello():
    seen = await PROBES[Probe.ECH](aim(port=closed_port()))
    assert (seen.failure, seen.detail.failed_in) == (
        failure.CONNECTION_REFUSED,
        "connect",
    )


def test_the_two_differ_in_the_extension_alone():
    bare, ech = tls_hello("a.example", ech=False), tls_hello("a.example", ech=True)
    assert len(ech) - len(bare) == 4 + 6 + 2 + 32 + 2 + 176
    assert ech.count(b"\xfe\x0d\x00\xda\x00\x00\x01\x00\x01") == 1


@given(st.binary(max_size=40))
def test_no_bytes_upset_the_reader(data):
    assert answers(data) in (True, False, None)
    assert answers(data) is not True or data[0] in (0x15, 0x16)
