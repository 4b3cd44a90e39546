"""One request against servers good, slow, loud and hostile."""

import asyncio
import hashlib
import socket
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.model import Probe
from rabta.probes import http
from rabta.probes.stream import Stream
from rabta.probes.url import Url
from tests.unit.probes.authority import Authority
from tests.unit.probes.loopback import (
    aim,
    answering,
    closed_port,
    hanging_up,
    resetting,
    serving,
    silent,
)


def page(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    length = b"Content-Length: %d" % len(body)
    head = b"\r\n".join((b"HTTP/1.1 " + status, length, *headers))
    return head + b"\r\n\r\n" + body


async def visited(handler, seconds=2.0, context=None, path="/", **target):
    async with serving(handler, context) as port:
        scheme = "https" if context else "http"
        url = f"{scheme}://www.example.com:{port}{path}"
        return await http.probe(aim(seconds, url=url, **target))


async def test_a_page_is_timed_and_fingerprinted():
    body = b"<html><head><TITLE lang=en>\n Hello,\n world </TITLE></head></html>"

    seen = await visited(answering(page(body)))

    assert seen.failure is None
    assert seen.probe is Probe.HTTP
    assert seen.detail.status == 200
    assert seen.detail.body_bytes == len(body)
    assert seen.detail.body_sha256 == hashlib.sha256(body).hexdigest()
    assert seen.detail.title == "Hello, world"
    assert seen.detail.failed_in == ""
    phases = seen.detail.phases
    assert phases.tls is None
    assert seen.value == pytest.approx(
        phases.connect + phases.processing + phases.transfer
    )
    assert seen.spent_bytes > len(body)


async def test_phases_tell_a_slow_server_from_a_slow_transfer():
    async def slow(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.1)
        writer.write(page(b"0123456789")[:-5])
        await asyncio.sleep(0.2)
        writer.write(b"56789")

    phases = (await visited(slow)).detail.phases

    assert phases.processing >= 0.09
    assert phases.transfer >= 0.19
    assert phases.connect < phases.processing


async def test_https_brings_the_certificate(trusted, root):
    context = root.context(trusted, "www.example.com")

    seen = await visited(answering(page(b"hi")), context=context)

    assert seen.failure is None
    assert seen.detail.status == 200
    assert seen.detail.phases.tls > 0
    assert seen.detail.certificate.names == ("www.example.com",)


async def test_a_blocking_page_under_a_false_certificate_is_evidence(trusted):
    context = Authority("Filter").context(trusted, "www.example.com")
    body = b"<title>This site is not available</title>"

    seen = await visited(
        answering(page(body, status=b"403 Forbidden")), context=context
    )

    assert seen.failure == failure.SSL_UNKNOWN_AUTHORITY
    assert seen.value is None
    assert seen.detail.failed_in == "tls"
    assert seen.detail.status == 403
    assert seen.detail.title == "This site is not available"


async def test_the_request_is_plain_and_complete():
    heads = []

    async def note(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(page(b""))

    async with serving(note) as port:
        await http.probe(aim(url=f"http://bücher.example:{port}/a b?q=ü"))

    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "GET /a%20b?q=%C3%BC HTTP/1.1"
    assert f"Host: xn--bcher-kva.example:{port}" in lines
    assert "Accept-Encoding: identity" in lines
    assert "Connection: close" in lines
    assert any(line.startswith("User-Agent: rabta/") for line in lines)


@pytest.mark.parametrize("status", [204, 301, 404, 500, 503])
async def test_any_status_counts_as_reached(status):
    seen = await visited(
        answering(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
    )

    assert seen.failure is None
    assert seen.detail.status == status


async def test_redirects_are_told_and_not_followed():
    location = b"Location: https://block.example/why"

    seen = await visited(answering(page(b"", location, status=b"302 Found")))

    assert seen.detail.status == 302
    assert seen.detail.location == "https://block.example/why"


async def test_a_body_may_end_with_the_connection():
    seen = await visited(answering(b"HTTP/1.1 200 OK\r\n\r\nuntil the end"))

    assert seen.failure is None
    assert seen.detail.body_bytes == 13


async def test_informational_answers_are_passed_over():
    seen = await visited(
        answering(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", page(b"x"))
    )

    assert seen.detail.status == 200


@pytest.mark.parametrize(
    ("handler", "expected", "phase"),
    [
        (silent, failure.GENERIC_TIMEOUT, "processing"),
        (resetting, failure.CONNECTION_RESET, "processing"),
        (hanging_up, failure.EOF, "processing"),
        (answering(b"SSH-2.0-OpenSSH_9.9\r\n"), failure.HTTP_MALFORMED, "processing"),
        (answering(b"HTTP/1.1 2xx\r\n\r\n"), failure.HTTP_MALFORMED, "processing"),
        (answering(b"HTTP/1.1 200 OK\r\nA B\r\n\r\n"), failure.HTTP_MALFORMED, ""),
        (answering(page(b"short")[:-2]), failure.EOF, "transfer"),
        (
            answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            failure.HTTP_MALFORMED,
            "transfer",
        ),
    ],
)
async def test_broken_answers_say_where(handler, expected, phase):
    seen = await visited(handler, seconds=0.3)

    assert seen.failure == expected
    assert seen.value is None
    assert seen.detail.failed_in == (phase or "processing")


async def test_a_closed_port_fails_in_connect():
    seen = await http.probe(aim(url=f"http://www.example.com:{closed_port()}/"))

    assert seen.failure == failure.CONNECTION_REFUSED
    assert seen.detail.failed_in == "connect"


async def test_a_handshake_that_breaks_fails_in_tls():
    async with serving(resetting) as port:
        seen = await http.probe(aim(host="www.example.com", port=port))

    assert seen.failure == failure.CONNECTION_RESET
    assert seen.detail.failed_in == "tls"
    assert seen.detail.url == f"https://www.example.com:{port}/"


async def test_slowloris_heads_cost_only_the_timeout():
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    began = time.monotonic()
    seen = await visited(drip, seconds=0.4)

    assert time.monotonic() - began < 5
    assert seen.failure == failure.GENERIC_TIMEOUT
    assert seen.detail.failed_in == "processing"


async def test_slowloris_bodies_keep_the_status():
    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    seen = await visited(drip, seconds=0.4)

    assert seen.failure == failure.GENERIC_TIMEOUT
    assert seen.detail.failed_in == "transfer"
    assert seen.detail.status == 200
    assert seen.detail.body_bytes > 1


async def test_a_gigabyte_is_cut_off_at_64_kib():
    sent = 0

    async def pour(reader, writer):
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        block = bytes(1 << 20)
        for _ in range(1024):
            writer.write(block)
            await writer.drain()
            sent += len(block)

    tracemalloc.start()
    seen = await visited(pour)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seen.failure is None
    assert seen.detail.body_bytes == 65536
    assert sent < 64 << 20
    assert peak < 16 << 20
    assert seen.spent_bytes < 400_000


@pytest.mark.parametrize(
    "flood",
    [
        b"X-%d: " + b"y" * 1000 + b"\r\n",
        b"HTTP/1.1 100 Continue\r\nX: %d\r\n\r\nHTTP/1.1 100 Continue\r\n",
    ],
    ids=["endless headers", "endless informational answers"],
)
async def test_head_bombs_are_malformed(flood):
    async def bomb(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n")
        for i in range(100_000):
            writer.write(flood % i)
            await writer.drain()

    seen = await visited(bomb)

    assert seen.failure == failure.HTTP_MALFORMED
    assert seen.spent_bytes < 400_000


async def test_a_body_in_one_byte_chunks_costs_little():
    """65,536 of them would keep the processor busy for seconds."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    seen = await visited(answering(chunked, b"1\r\nx\r\n" * 100_000))

    assert seen.failure is None
    assert seen.detail.status == 200
    assert seen.detail.body_bytes == 1024


async def test_a_fast_peer_does_not_keep_the_loop():
    """Data that is always there must not make other probes wait."""
    here, there = socket.socketpair()
    with here, there:
        for end in (here, there):
            end.setblocking(False)
        there.send(bytes(100_000))
        stream = Stream(aim())
        stream._socket = here
        turns = 0

        async def turn():
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        turner = asyncio.create_task(turn())
        for _ in range(50):
            assert await stream.receive()
            there.send(b"more")
        turner.cancel()

    assert turns >= 49


async def test_gzip_is_not_unpacked():
    body = b"\x1f\x8b" + b"\0" * 100

    seen = await visited(answering(page(body, b"Content-Encoding: gzip")))

    assert seen.failure is None
    assert seen.detail.body_bytes == 102


@pytest.mark.parametrize("text", ["ftp://a/", "http:///x", "", "www.example.com"])
def test_what_is_no_http_url_is_refused(text):
    with pytest.raises(ValueError, match="no HTTP URL"):
        Url.parse(text)


def test_an_address_of_version_6_stands_in_brackets():
    assert Url.parse("https://[2001:db8::1]/x").authority == "[2001:db8::1]"
    assert Url.parse("http://[2001:db8::1]:81/x").authority == "[2001:db8::1]:81"


@given(st.binary(max_size=2000))
def test_titles_of_hostile_pages_are_short(noise):
    for body in (noise, b"<title>" + noise, b"<TITLE" + noise + b"</title>"):
        assert len(http.title_of(body)) <= 120


def test_the_title_costs_linear_time():
    """Were it quadratic, this would take minutes."""
    assert http.title_of(b"<title" * 1_000_000) == ""
