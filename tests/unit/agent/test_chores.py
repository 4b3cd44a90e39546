"""Other vantages are asked, and what they say is never trusted to be well formed."""

import asyncio
import contextlib
import json

import pytest

from rabta.agent.chores import keep_vantages, together
from rabta.config import Config, Store, Vantage
from rabta.model import State
from tests.unit.probes.loopback import answering, closed_port, serving


def answer(body, status="200 OK"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n"
    return answering(head.encode() + body)


def document(**services):
    return {
        "services": [
            {"name": name, "verdict": {"state": state}}
            for name, state in services.items()
        ]
    }


async def asked(port, tmp_path, token_file=None):
    """Ask one vantage once; return what was told of it."""
    vantage = Vantage("afar", f"http://127.0.0.1:{port}", token_file)
    config = Config(store=Store(tmp_path), vantages=(vantage,))
    told = asyncio.get_running_loop().create_future()

    def tell(name, states):
        if not told.done():
            told.set_result((name, states))

    task = asyncio.create_task(keep_vantages(config, tell))
    try:
        return await asyncio.wait_for(told, 8)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_vantage_says_how_it_sees_the_services(tmp_path):
    async with serving(answer(document(shop="up", pay="down"))) as port:
        name, states = await asked(port, tmp_path)

    assert name == "afar"
    assert dict(states) == {"shop": State.UP, "pay": State.DOWN}


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\xff\xfe",
        [],
        {},
        {"services": 7},
        {"services": ["x"]},
        document(shop="splendid"),
    ],
)
async def test_nonsense_is_no_opinion(body, tmp_path):
    async with serving(answer(body)) as port:
        assert await asked(port, tmp_path) == ("afar", ())


async def test_a_vantage_that_is_not_there_is_no_opinion(tmp_path):
    assert await asked(closed_port(), tmp_path) == ("afar", ())


async def test_a_secret_that_has_gone_does_not_end_the_asking(tmp_path):
    async with serving(answer(document(shop="up"))) as port:
        assert await asked(port, tmp_path, tmp_path / "gone") == ("afar", ())


async def test_the_token_is_shown(tmp_path):
    token = tmp_path / "token"
    token.write_text("0123456789abcdef0123456789abcdef\n")
    token.chmod(0o600)
    heard = asyncio.get_running_loop().create_future()

    async def handle(reader, writer):
        heard.set_result(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async with serving(handle) as port:
        await asked(port, tmp_path, token)

    assert b"Authorization: Bearer 0123456789abcdef" in heard.result()


def test_reached_from_anywhere_is_up():
    views = {"pay": State.DOWN, "shop": State.DOWN}, {"pay": State.UP}

    assert dict(together(views)) == {"pay": State.UP, "shop": State.DOWN}
    assert dict(together(reversed(views))) == dict(together(views))


def test_what_nobody_knows_stays_unknown():
    assert together([{"pay": State.UNKNOWN}]) == (("pay", State.UNKNOWN),)
