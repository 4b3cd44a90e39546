"""Speeds in pairs over plain HTTP: the two differ in the Host header alone."""

import asyncio
import json
from contextlib import asynccontextmanager

from rabta.agent.blocking_test import Way
from rabta.agent.helper import Helper, Identity
from rabta.agent.helper.check import Checker
from rabta.agent.helper.tickets import Tickets
from rabta.agent.pace_test import compare, reports
from rabta.clock import SystemClock
from rabta.config import Config, Service, Store, Vantage
from rabta.config.settings import Lab
from rabta.model import Line, Rung, Target, Uplink
from rabta.probes import Aim, Binding
from rabta.probes.helper import ask_for, timed


CLOCK = SystemClock()
TOKEN = "a long secret"
SLOW = 4_000_000  # bytes per second
PIECE = 16 * 1024
WAY = Way(
    Uplink("wan1", "lo", 1, "wired", True, (LINE := Line(4, "127.0.0.1", ""),)),
    LINE,
    Binding("", "", 4, "none"),
)


def aim(sni=""):
    target = Target("helper", Rung.CONTROL, "127.0.0.1", (), sni=sni)
    return Aim(target, "127.0.0.1", "wan1", WAY.binding, CLOCK, timeout=5.0)


@asynccontextmanager
async def box(port, name, heads):
    """Pass all on to *port*, but what shows *name* in its Host header slowly."""

    async def pass_on(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        there, thither = await asyncio.open_connection("127.0.0.1", port)
        thither.write(head)
        while piece := await there.read(PIECE):
            if f"Host: {name}".encode() in head:
                await asyncio.sleep(len(piece) / SLOW)
            writer.write(piece)
            await writer.drain()
        writer.close()
        thither.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def abroad(folder, *, plain):
    """Run a helper; yield how it is configured at home, and its plain port."""
    identity = Identity.of(folder / "helper", CLOCK.now())
    helper = Helper(TOKEN, Checker([], CLOCK), CLOCK)
    secret = folder / "token"
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    server = await helper.serve("127.0.0.1", 0, identity.context())
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    vantage = Vantage("helper", url, secret, identity.fingerprint)
    async with server:
        if not plain:
            yield vantage, helper, 0
            return
        open_port = await helper.serve_plain("127.0.0.1", 0)
        async with open_port:
            yield vantage, helper, open_port.sockets[0].getsockname()[1]


def configured(folder, url, helper=None):
    services = (Service("news", "News", url),)
    store = Store(folder / "store")
    return Config(store=store, services=services, helper=helper, lab=Lab(pace=1e-4))


async def large(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    size = 256 * 1024
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n"
    writer.write(head.encode() + bytes(size))
    await writer.drain()
    writer.close()


def shown(heads):
    return {line for one in heads for line in one.split(b"\r\n") if b"Host:" in line}


async def compared(folder, slow):
    """Compare a service through a box that is *slow* for one name.

    Returns the result, its only line, the heads the box saw and its port.
    """
    heads = []
    site = await asyncio.start_server(large, "127.0.0.1", 0)
    async with site, box(site.sockets[0].getsockname()[1], slow, heads) as port:
        config = configured(folder, f"http://127.0.0.1:{port}/")
        result = await compare(config, "news", [WAY], CLOCK)
    (line,) = result.lines
    return result, line, heads, port


async def test_a_service_that_is_slow_by_its_host_header_is_throttled(tmp_path):
    result, line, heads, port = await compared(tmp_path, slow="127.0.0.1")
    assert line.failure == ""
    assert (line.pace.throttled, line.pace.pairs) == (True, 10)
    assert (result.plain, result.against) == (True, "service")
    assert {report.cause for report in reports(result)} == {"http.throttle.host"}
    own, other = f"127.0.0.1:{port}".encode(), f"www.example.com:{port}".encode()
    assert shown(heads) == {b"Host: " + own, b"Host: " + other}


async def test_one_that_is_as_fast_as_another_name_is_not(tmp_path):
    result, line, _, _ = await compared(tmp_path, slow="nobody")
    assert (line.pace.throttled, line.pace.decided) == (False, True)
    assert reports(result) == []


async def test_a_helper_answers_to_both_names_and_never_sees_the_token(
    tmp_path, monkeypatch
):
    heads = []
    async with (
        abroad(tmp_path, plain=True) as (vantage, helper, port),
        box(port, "news.example.org", heads) as filtered,
    ):
        monkeypatch.setattr(helper, "_plain_port", filtered)
        config = configured(tmp_path, "http://news.example.org/", vantage)
        result = await compare(config, "news", [WAY], CLOCK)
    (line,) = result.lines
    assert line.failure == ""
    assert line.pace.throttled
    assert (result.plain, result.against) == (True, "helper")
    names = {one.partition(b" ")[2].partition(b":")[0] for one in shown(heads)}
    assert names == {b"news.example.org", b"www.example.com"}
    assert len(heads) == 20
    assert not any(TOKEN.encode() in one for one in heads)


async def test_without_a_port_for_plain_http_the_service_itself_is_asked(tmp_path):
    site = await asyncio.start_server(large, "127.0.0.1", 0)
    async with site, abroad(tmp_path, plain=False) as (vantage, _, _port):
        url = f"http://127.0.0.1:{site.sockets[0].getsockname()[1]}/"
        config = configured(tmp_path, url, vantage)
        result = await compare(config, "news", [WAY], CLOCK)
    assert (result.against, result.lines[0].pace.decided) == ("service", True)


async def test_plain_http_is_given_bytes_for_one_ticket_and_nothing_else(tmp_path):
    async with abroad(tmp_path, plain=True) as (vantage, _, port):
        plain = f"http://127.0.0.1:{port}"

        async def ticket():
            url = f"{vantage.url}/ticket"
            asked = await ask_for(aim(), url, TOKEN, vantage.fingerprint)
            assert asked.document["port"] == port
            return asked.document["ticket"]

        once = await ticket()
        first = await timed(aim(), f"{plain}/bytes/70000", 70_000, token=once)
        assert (first.failure, first.received_bytes) == ("", 70_000)
        refused = [
            await timed(aim(), f"{plain}/bytes/70000", 70_000, token=token)
            for token in (once, "", TOKEN)
        ]
        refused += [
            await timed(aim(), plain + path, 70_000, token=await ticket())
            for path in ("/", "/ticket", "/api/status")
        ]
        assert {one.failure for one in refused} == {"http_unexpected_status_code"}
        assert not any(one.received_bytes for one in refused)


def test_a_ticket_is_good_once_and_not_for_long():
    tickets = Tickets()
    first, second = tickets.issue(0.0), tickets.issue(0.0)
    assert tickets.redeem(first, 59.0)
    assert not tickets.redeem(first, 59.0)
    assert not tickets.redeem(second, 61.0)
    old = tickets.issue(0.0)
    many = [tickets.issue(1.0) for _ in range(64)]
    assert not tickets.redeem(old, 1.0)
    assert all(tickets.redeem(one, 2.0) for one in many)


def test_a_result_says_over_what_it_was(tmp_path):
    async def run():
        site = await asyncio.start_server(large, "127.0.0.1", 0)
        async with site:
            url = f"http://127.0.0.1:{site.sockets[0].getsockname()[1]}/"
            return await compare(configured(tmp_path, url), "news", [WAY], CLOCK)

    from rabta.cli import test_text

    result = asyncio.run(run())
    document = json.loads(json.dumps(test_text.pace_document(result)))
    assert document["plain"] is True
    assert document["lines"][0]["pace"]["decided"] is True
