"""The helper on real sockets: what it answers, to whom, and how much."""

import asyncio
import json
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from rabta.agent import vantages
from rabta.agent.helper import Helper, Identity, Limits
from rabta.agent.helper.check import Checker, is_public
from rabta.agent.vantages import NOTHING, View
from rabta.attribute import Sight
from rabta.clock import SystemClock
from rabta.config import Service, Vantage
from rabta.model import Rung, State, Target
from rabta.probes import Aim, Binding
from rabta.probes.helper import ask_for, timed


CLOCK = SystemClock()
TOKEN = "a long secret"
AIM = Aim(
    Target("helper", Rung.CONTROL, "127.0.0.1", (), sni="code.example.org"),
    "127.0.0.1",
    "here",
    Binding("", "", 4, "none"),
    CLOCK,
    timeout=5.0,
)


async def _page(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n<title>Code</title>abc")
    writer.close()


@asynccontextmanager
async def running(folder, *, limits=None, public=lambda _: True):
    site = await asyncio.start_server(_page, "127.0.0.1", 0)
    port = site.sockets[0].getsockname()[1]
    service = Service("code", "Code", f"http://127.0.0.1:{port}/")
    identity = Identity.of(folder, CLOCK.now())
    checker = Checker([service], CLOCK, public)
    helper = Helper(TOKEN, checker, CLOCK, limits)
    server = await helper.serve("127.0.0.1", 0, identity.context())
    there = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with site, server:
        yield there, identity, service


async def test_it_says_what_arrived(tmp_path):
    async with running(tmp_path) as (url, identity, _):
        asked = await ask_for(AIM, f"{url}/", TOKEN, identity.fingerprint)
    assert asked.document["sni"] == "code.example.org"
    assert asked.document["alpn"] == "http/1.1"
    assert asked.document["address"] == "127.0.0.1"


async def test_nobody_is_answered_without_the_token_or_trusted_without_the_pin(
    tmp_path,
):
    async with running(tmp_path) as (url, identity, _):
        for token in ("", "another"):
            asked = await ask_for(AIM, f"{url}/", token, identity.fingerprint)
            assert asked.failure == "http_unexpected_status_code"
        asked = await ask_for(AIM, f"{url}/", TOKEN, "00" * 32)
        assert asked.failure == "ssl_unknown_authority"
    again = Identity.of(tmp_path, CLOCK.now())
    assert again.fingerprint == identity.fingerprint
    assert identity.file.stat().st_mode & 0o077 == 0


async def test_bytes_are_timed_and_bounded(tmp_path):
    limits = Limits(transfer_bytes=200_000, day_bytes=450_000)
    async with running(tmp_path, limits=limits) as (url, identity, _):
        pin = {"token": TOKEN, "fingerprint": identity.fingerprint}
        for _ in range(2):
            got = await timed(AIM, f"{url}/bytes/900000000", 400_000, **pin)
            assert got.failure == ""
            assert got.received_bytes == 200_000
            assert got.rate > 0
        spent = await timed(AIM, f"{url}/bytes/200000", 400_000, **pin)
        assert spent.failure == "http_unexpected_status_code"


async def test_one_that_says_nothing_holds_no_place_for_long(tmp_path):
    limits = Limits(per_address=2, handshake=0.5)
    async with running(tmp_path, limits=limits) as (url, identity, _):
        host, port = "127.0.0.1", int(url.rpartition(":")[2])
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        silent = [await asyncio.open_connection(host, port, ssl=trust) for _ in "ab"]
        third, _writer = await asyncio.open_connection(host, port, ssl=trust)
        assert await asyncio.wait_for(third.read(), 5) == b""  # no place for a third
        for reader, _writer in silent:
            assert await asyncio.wait_for(reader.read(), 5) == b""
        asked = await ask_for(AIM, f"{url}/", TOKEN, identity.fingerprint)
        assert asked.failure == ""


async def check(url, identity, service, *addresses):
    body = json.dumps({"url": service, "addresses": addresses}).encode()
    pin = identity.fingerprint
    return await ask_for(AIM, f"{url}/check", TOKEN, pin, body)


async def test_it_looks_at_what_it_was_told_of_and_at_nothing_else(tmp_path):
    limits = Limits(checks_per_hour=2)
    async with running(tmp_path, limits=limits) as (url, identity, service):
        refused = await check(url, identity, "http://127.0.0.1:22/")
        assert refused.failure == "http_unexpected_status_code"
        told = (await check(url, identity, service.url, "127.0.0.2")).document
        assert told["reached"] == "up"
        assert told["page"]["title"] == "Code"
        assert told["connects"] == {"127.0.0.1": "up", "127.0.0.2": "down"}
        await check(url, identity, service.url)
        spent = await check(url, identity, service.url)
        assert spent.failure == "http_unexpected_status_code"


async def test_it_never_connects_to_private_addresses(tmp_path):
    async with running(tmp_path, public=is_public) as (url, identity, service):
        told = (await check(url, identity, service.url, "10.0.0.1", "::1")).document
    assert told["connects"] == {}
    assert told["page"] is None


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "::1", "fe80::1",
     "224.0.0.1", "100.64.0.1", "0.0.0.0", "::ffff:127.0.0.1", "fd00::1"],
)  # fmt: skip
def test_what_is_not_of_the_open_internet_is_not_public(address):
    assert not is_public(address)


async def test_the_daemon_asks_it_as_it_asks_another_rabta(tmp_path):
    secret = tmp_path / "token"
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    async with running(tmp_path / "helper") as (url, identity, _):
        vantage = Vantage("helper", url, secret, identity.fingerprint)
        assert await vantages._answer(vantage) == View((Sight("code", State.UP),))
        other = replace(vantage, fingerprint="00" * 32)
        assert await vantages._answer(other) == NOTHING
