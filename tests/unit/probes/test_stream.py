"""The connection under the probes: phases, bytes, families, and nothing left open."""

import asyncio
import os
import socket
import ssl
import sys
from contextlib import closing

import pytest

from rabta import failure
from rabta.clock import SECOND, ManualClock
from rabta.model import Phases
from rabta.probes import http
from rabta.probes.binding import Binding
from rabta.probes.stream import (
    BadAnswerError,
    Stopwatch,
    Stream,
    attempt,
    tcp_bytes,
    tls_context,
)
from tests.unit.probes.loopback import aim, answering, serving, silent


def test_phases_are_timed_one_after_another():
    clock = ManualClock(0)
    watch = Stopwatch(clock)
    watch.enter("connect")
    clock.advance(2 * SECOND)
    watch.enter("processing")
    clock.advance(3 * SECOND)

    assert watch.phase == "processing"
    assert watch.phases == Phases(connect=2, processing=3)
    assert watch.seconds == 2
    watch.stop()
    clock.advance(SECOND)
    assert watch.phases == Phases(connect=2, processing=3)
    assert watch.seconds == 5
    assert watch.phase == ""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionResetError(104, "reset"), failure.CONNECTION_RESET),
        (EOFError(), failure.EOF),
        (ssl.SSLError(1, "alert"), failure.SSL_FAILED_HANDSHAKE),
        (BadAnswerError(failure.HTTP_MALFORMED), failure.HTTP_MALFORMED),
        (OSError(19, "no such device"), failure.INTERFACE_GONE),
    ],
)
async def test_an_attempt_names_its_failure(error, expected):
    async def fail():
        raise error

    assert await attempt(1, fail()) == expected


async def test_an_attempt_ends_in_time():
    assert await attempt(0.02, asyncio.sleep(5)) == failure.GENERIC_TIMEOUT
    assert await attempt(1, asyncio.sleep(0)) is None


async def test_a_mistake_of_ours_is_not_the_networks():
    async def fail():
        raise KeyError("bug")

    with pytest.raises(KeyError):
        await attempt(1, fail())


async def test_probes_leave_nothing_open():
    def descriptors():
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    async with serving(silent) as port:
        await http.probe(aim(0.05, url=f"http://x.example:{port}/"))
        before = descriptors()
        for _ in range(10):
            await http.probe(aim(0.02, url=f"http://x.example:{port}/"))
            await asyncio.sleep(0.01)

        assert descriptors() <= before + 1


async def test_version_6_works_as_version_4():
    try:
        server = await asyncio.start_server(
            lambda _reader, writer: writer.close(), "::1", 0
        )
    except OSError:
        pytest.skip("no IPv6 here")
    async with server:
        port = server.sockets[0].getsockname()[1]
        with closing(
            Stream(aim(address="::1", binding=Binding("", "", 6, "none")))
        ) as stream:
            await stream.connect(port)

            assert await stream.receive() == b""


@pytest.mark.skipif(not hasattr(socket, "SO_BINDTODEVICE"), reason="Linux only")
async def test_a_page_comes_over_the_interface_it_is_bound_to():
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with serving(answering(page)) as port:
        url = f"http://x.example:{port}/"
        bound = Binding("lo", "127.0.0.1", 4, "device")
        seen = await http.probe(aim(binding=bound, url=url))
        gone = Binding("nosuch0", "", 4, "device")
        lost = await http.probe(aim(binding=gone, url=url))

    assert seen.failure is None
    assert lost.failure == failure.INTERFACE_GONE
    assert lost.detail.failed_in == "connect"


def test_costs_include_headers_and_acknowledgements():
    assert tcp_bytes(4, 0, 0, connected=False) == 104
    assert tcp_bytes(4, 100, 1000, connected=True) == 1100 + 52 * 10
    assert tcp_bytes(6, 0, 140_000, connected=True) == 140_000 + 72 * 206


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts for us")
async def test_what_came_and_was_not_read_is_paid_for():
    async def pour(reader, writer):
        await reader.readexactly(1)
        writer.write(bytes(50_000))
        await writer.drain()

    async with serving(pour) as port:
        with closing(Stream(aim())) as stream:
            await stream.connect(port)
            await stream.send(b"?")
            await asyncio.sleep(0.2)
    assert 50_000 < stream.spent_bytes < 53_000


async def test_little_more_comes_than_is_expected():
    """Up to a window that was open before; without it megabytes, over loopback."""

    async def pour(reader, writer):
        for _ in range(200):
            writer.write(bytes(50_000))
            await writer.drain()

    async with serving(pour) as port:
        with closing(Stream(aim())) as stream:
            await stream.connect(port)
            left = 65_536
            while left > 0:
                stream.expect(left)
                left -= len(await stream.receive())
            await asyncio.sleep(0.2)
    assert 65_536 <= stream.spent_bytes < 260_000


def test_contexts_are_shared():
    """Making one costs more than the handshake."""
    assert tls_context("h2", "http/1.1") is tls_context("h2", "http/1.1")
    assert tls_context("dot") is not tls_context("http/1.1")
