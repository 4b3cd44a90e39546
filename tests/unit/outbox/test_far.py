"""Lines over which everything takes long, and servers that do."""

import asyncio
import ssl
from contextlib import suppress
from importlib import import_module

import pytest
from cryptography.hazmat.primitives import serialization

from rabta.clock import SystemClock
from rabta.model import Call, Job, JobState, Order
from rabta.outbox.http import connection
from rabta.outbox.outcome import ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import Courier
from rabta.probes.url import Url
from rabta.steer.lines import Lines
from tests.unit.probes.authority import Authority


watched = import_module("rabta.outbox.http.watched")  # not the function of that name
DELAY = 0.3  # seconds one way; a handshake of TLS 1.3 takes twice that


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """The context of a server whose name this machine trusts."""
    authority = Authority()
    leaf, key = authority.issue("localhost")
    pem = leaf.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "server.pem").write_bytes(pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "server.pem")
    trusting = ssl.create_default_context(cadata=authority.pem.decode())
    monkeypatch.setattr(connection, "_trusting", lambda: trusting)
    return serving


def courier_to(url, folder):
    async def keep(*_):
        pass

    job = Job(1, Order(Call(url.text), ""), JobState.RUNNING, 0)
    clock = SystemClock()
    return Courier(Task(job, "localhost", Lines(folder, {}, clock), clock, keep))


async def answer(reader, writer):
    with suppress(asyncio.IncompleteReadError, OSError):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    writer.close()


async def late(reader, writer):
    """Pass on what comes, each piece as late as the others."""
    passing = set()

    async def later(piece):
        await asyncio.sleep(DELAY)
        with suppress(OSError):
            writer.write(piece) if piece else writer.close()

    piece = b"anything"
    while piece:
        try:
            piece = await reader.read(65536)
        except OSError:
            piece = b""
        passing.add(asyncio.create_task(later(piece)))
    await asyncio.gather(*passing)


async def test_a_handshake_may_take_longer_than_an_attempt(
    trusted, tmp_path, monkeypatch
):
    monkeypatch.setattr(watched, "_TRY", DELAY)

    async def carry(reader, writer):
        back, forth = await asyncio.open_connection("127.0.0.1", far)
        await asyncio.gather(late(reader, forth), late(back, writer))

    async with await asyncio.start_server(answer, "127.0.0.1", ssl=trusted) as server:
        far = server.sockets[0].getsockname()[1]
        async with await asyncio.start_server(carry, "127.0.0.1") as line:
            port = line.sockets[0].getsockname()[1]
            url = Url.parse(f"https://localhost:{port}/")
            courier = courier_to(url, tmp_path)

            reply = await asyncio.wait_for(courier.ask("GET", url), 8)

            assert reply.ok
            assert await courier.body() == b"ok"
            courier.hang_up()
            await asyncio.sleep(3 * DELAY)  # for what is still under way


async def test_a_server_that_never_answers_is_asked_again_later_not_at_once(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(connection, "_REPLY", 0.3)
    asked = 0
    gone = asyncio.Event()

    async def swallow(reader, writer):
        nonlocal asked
        with suppress(asyncio.IncompleteReadError, OSError):
            while await reader.readuntil(b"\r\n\r\n"):
                asked += 1
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(swallow, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        url = Url.parse(f"http://127.0.0.1:{port}/")
        courier = courier_to(url, tmp_path)

        async def step():
            return await courier.ask("POST", url)

        with pytest.raises(ServerError):
            await courier.until_through(step)

        assert asked == 1
        courier.hang_up()
        await asyncio.wait_for(gone.wait(), 5)
