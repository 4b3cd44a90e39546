"""The relay as its clients meet it."""

import asyncio
import contextlib
import os
import random
from dataclasses import replace

import pytest

from rabta.config import RelayRule
from rabta.errors import PlatformError
from rabta.model import State
from rabta.steer.beliefs import Beliefs
from rabta.steer.relay import server
from rabta.steer.relay.listen import listen, room_for

from .clients import ask, connect, socks
from .conftest import Known, gone, uplink


A, B = uplink("a", "127.0.0.2"), uplink("b", "127.0.0.3")
LTE = uplink("lte", "127.0.0.4", metered=True)


async def test_socks_and_connect_carry_bytes_and_the_end_of_each_direction(start, site):
    async with start(Known()) as started:
        code, reader, writer = await socks(started, "127.0.0.1", site.port)
        assert code == 0
        writer.write(b"hello")
        writer.write_eof()  # the other direction stays open
        assert await reader.read() == b"127.0.0.1\nhelloend"
        writer.close()
        reader, writer = await started.connect()
        place = f"127.0.0.1:{site.port}"
        writer.write(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\nearly".encode())
        writer.write_eof()
        said = await reader.read()
        assert said.startswith(b"HTTP/1.1 200 ")
        assert said.endswith(b"\r\n\r\n127.0.0.1\nearlyend")
        writer.close()


async def test_the_best_uplink_carries_and_the_next_when_it_leads_nowhere(
    start, site, far
):
    del far
    nowhere = uplink("nowhere", "192.0.2.9")  # not an address of this machine
    async with start(Known(A, B)) as started:
        _, reader, writer = await socks(started, "shop.example", site.port)
        assert await reader.readline() == b"127.0.0.2\n"
        assert started.relay.connections() == {"a": 1}
        await started.known.change(nowhere, B)
        _, second, other = await socks(started, "shop.example", site.port)
        assert await second.readline() == b"127.0.0.3\n"
        for one in (writer, other):
            one.close()


async def test_a_rule_prefers_and_forbids(start, site, far):
    del far
    rules = (
        RelayRule(("*.zoom.us",), prefer="b"),
        RelayRule(("bulk.example",), unmetered=True),
    )
    async with start(Known(A, B), rule=rules) as started:
        _, reader, one = await socks(started, "eu.zoom.us", site.port)
        assert await reader.readline() == b"127.0.0.3\n"
        assert not started.names.strict
        await started.known.change(A, LTE)
        _, reader, five = await socks(started, "bulk.example", site.port)
        assert started.names.strict
        started.names.asked.clear()
        await started.known.change(LTE)
        code, _, two = await socks(started, "bulk.example", site.port)
        assert code == 2
        assert "403" in await connect(started, f"bulk.example:{site.port}")
        assert not [host for host, _ in started.names.asked if host == "bulk.example"]
        _, reader, three = await socks(started, "other.example", site.port)
        assert await reader.readline() == b"127.0.0.4\n"
        assert "127.0.0.4" not in site.peers[:-1]
        await started.known.change()
        code, _, four = await socks(started, "other.example", site.port)
        assert code == 3
        for writer in (one, two, three, four, five):
            writer.close()


async def test_a_dead_uplink_takes_its_connections_and_no_others(start, site, far):
    del far
    async with start(Known(A, B)) as started:
        _, first, dying = await socks(started, "shop.example", site.port)
        await first.readline()
        await started.known.change(B, A)
        _, second, living = await socks(started, "shop.example", site.port)
        await second.readline()
        await started.known.change(B, replace(A, carrier=False))
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(first.read(), 5)
        living.write(b"still here")
        assert await second.readexactly(10) == b"still here"
        assert started.relay.connections() == {"b": 1}
        for writer in (dying, living):
            writer.close()


async def test_a_silent_line_keeps_its_connections_while_there_is_no_other(
    start, site, far
):
    del far
    down = Beliefs(lines={("a", 4): State.DOWN})
    async with start(Known(A)) as started:
        _, reader, writer = await socks(started, "shop.example", site.port)
        await reader.readline()
        await started.known.change(A, beliefs=down)
        writer.write(b"patience")
        assert await reader.readexactly(8) == b"patience"
        await started.known.change(A, B, beliefs=down)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 5)
        writer.close()


async def test_a_route_that_comes_back_ends_nothing_and_one_that_stays_away_does(
    start, site, far
):
    (line,) = A.lines
    lapsed = replace(A, lines=(replace(line, has_route=False),))
    async with start(Known(A, B)) as started:
        _, reader, writer = await socks(started, "shop.example", site.port)
        assert await reader.readline() == b"127.0.0.2\n"
        await started.known.change(lapsed, B)
        await started.known.change(A, B)
        writer.write(b"still here")
        assert await reader.readexactly(10) == b"still here"
        far.setattr(server, "LAPSE", 0.05)
        await started.known.change(lapsed, B)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 5)
        writer.close()


async def test_only_connect_is_served_and_said_so(start):
    async with start(Known()) as started:
        for command in (2, 3):
            code, _, writer = await socks(started, "a.example", 1, command=command)
            assert code == 7
            writer.close()
        reader, writer = await started.connect()
        writer.write(b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00")
        assert (await reader.read())[1] == 0x5B
        writer.close()
        assert await ask(started, b"\x16\x03\x01\x02\x00") == ""


async def test_a_refused_connection_is_told_in_both_languages_of_proxies(start):
    with listen("127.0.0.1", 0) as closed:
        port = closed.getsockname()[1]
    async with start(Known()) as started:
        code, _, writer = await socks(started, "127.0.0.1", port)
        assert code == 5
        writer.close()
        said = await connect(started, f"127.0.0.1:{port}")
        assert said.startswith("HTTP/1.1 502 ")
        assert "127.0.0.1 cannot be reached" in said


async def test_the_relay_is_no_way_to_itself(start):
    async with start(Known(), names={"evil.example": [(4, "127.0.0.1")]}) as started:
        for host in ("127.0.0.1", "localhost", "0.0.0.0"):
            assert "403" in await connect(started, f"{host}:{started.port}")
        said = await connect(started, "evil.example:80")
        # no uplink is open, and the name is not even asked for
        assert said.startswith("HTTP/1.1 503 ")
        await started.known.change(A)
        assert (await connect(started, "evil.example:80")).startswith("HTTP/1.1 403 ")


class Web:
    """Reads whole requests and answers each; keeps its connection open."""

    def __init__(self):
        self.requests = []
        self.writers = []

    async def serve(self, reader, writer):
        self.writers.append(writer)
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as left:
                if left.partial:
                    self.requests.append(left.partial)
                break
            body = b""
            if b"chunked" in head:
                body = await reader.readuntil(b"0\r\n\r\n")
            elif b"Content-Length: 5" in head:
                body = await reader.readexactly(5)
            self.requests.append(head + body)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            writer.write_eof()
        writer.close()


@pytest.fixture
async def web():
    made = Web()
    serving = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = serving.sockets[0].getsockname()[1]
    async with serving:
        yield made
        await gone(made.writers)


async def test_a_plain_request_is_passed_on_with_its_body_and_nothing_else(start, web):
    place = f"127.0.0.1:{web.port}"
    hidden = f"GET http://{place}/hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    async with start(Known()) as started:
        said = await ask(
            started,
            f"POST http://{place}/up?x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
            f"Proxy-Authorization: Basic eDp5\r\n\r\nhello{hidden}",
        )
        assert said.endswith("\r\n\r\nok")
        said = await ask(
            started,
            f"PUT http://{place}/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked"
            f"\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n{hidden}",
        )
        assert said.endswith("\r\n\r\nok")
    posted, put = web.requests
    assert posted.startswith(b"POST /up?x HTTP/1.1\r\n")
    assert posted.endswith(b"Connection: close\r\n\r\nhello")
    assert b"Proxy" not in posted
    assert put.partition(b"\r\n\r\n")[2] in {
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"5\r\nabcde\r\n0\r\n\r\n",
    }


async def test_the_pac_file_names_the_relay_and_is_no_ones_under_another_name(start):
    async with start(Known()) as started:
        own = f"127.0.0.1:{started.port}"
        said = await ask(started, f"GET /proxy.pac HTTP/1.1\r\nHost: {own}\r\n\r\n")
        assert "application/x-ns-proxy-autoconfig" in said
        assert f'return "PROXY {own}";' in said
        said = await ask(
            started, "GET /proxy.pac HTTP/1.1\r\nHost: evil.example\r\n\r\n"
        )
        assert said.startswith("HTTP/1.1 421 ")
        assert "PROXY" not in said
        said = await ask(started, f"GET / HTTP/1.1\r\nHost: {own}\r\n\r\n")
        assert said.startswith("HTTP/1.1 404 ")
        assert "/proxy.pac" in said


async def test_one_connection_too_many_is_told_so(start, site):
    async with start(Known(), most=1) as started:
        _, reader, writer = await socks(started, "127.0.0.1", site.port)
        await reader.readline()
        code, _, other = await socks(started, "127.0.0.1", site.port)
        assert code == 1
        assert (await connect(started, f"127.0.0.1:{site.port}")).startswith(
            "HTTP/1.1 503 "
        )
        for one in (writer, other):
            one.close()


async def test_who_says_nothing_is_let_go(start, monkeypatch):
    monkeypatch.setattr(server, "FIRST_WORDS", 0.05)
    async with start(Known()) as started:
        for words in (b"", b"\x05", b"GET http://a.example/ HTT"):
            reader, writer = await started.connect()
            writer.write(words)
            assert await asyncio.wait_for(reader.read(), 10) == b""
            writer.close()


def test_a_taken_port_is_one_clear_line():
    with listen("127.0.0.1", 0) as opened:
        port = opened.getsockname()[1]
        with pytest.raises(
            PlatformError, match=f"cannot listen on 127.0.0.1 port {port}"
        ):
            listen("127.0.0.1", port)


async def test_noise_hurts_nobody_else(start, site):
    chance = random.Random(7)
    beginnings = (
        b"",
        b"\x05",
        b"\x05\x01\x00\x05\x01\x00",
        b"GET http://",
        b"CONNECT ",
    )
    async with start(Known(), names={"": []}) as started:
        noisy = []
        for number in range(100):
            _, writer = await started.connect()
            noise = chance.randbytes(chance.randrange(200))
            writer.write(beginnings[number % len(beginnings)] + noise)
            if number % 2:
                writer.write_eof()
            noisy.append(writer)
        code, reader, writer = await socks(started, "127.0.0.1", site.port)
        assert code == 0
        assert await reader.readline() == b"127.0.0.1\n"
        writer.close()


async def test_a_body_that_breaks_its_own_rules_ends_both_sides(start, site):
    async with start(Known()) as started:
        reader, writer = await started.connect()
        writer.write(
            f"POST http://127.0.0.1:{site.port}/ HTTP/1.1\r\nHost: a\r\n"
            "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\nbabble\r\n".encode()
        )
        with contextlib.suppress(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 10)
        await asyncio.wait_for(site.ended.wait(), 10)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX limits open files")
def test_there_is_room_for_as_many_as_the_system_grants(monkeypatch):
    import resource

    limits = [(256, 1536)]
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[0])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
    assert room_for(4000) == 512
    assert asked == [(1536, 1536)]
    limits[0] = (20_000, 20_000)
    assert room_for(4000) == 4000
    limits[0] = (1024, resource.RLIM_INFINITY)
    assert room_for(1000) == 1000
    assert len(asked) == 2
