"""Other vantages are asked, and what they say is never trusted to be well formed."""

import asyncio
import contextlib
import json
import sys
import threading
from dataclasses import replace

import msgspec
import pytest

from rabta.agent import vantages as asking
from rabta.agent.pipeline import Pipeline
from rabta.agent.vantages import (
    NOTHING,
    View,
    keep_vantages,
    near_of,
    peers_of,
    together,
    view_of,
)
from rabta.attribute import Context, Peer, Sight
from rabta.config import Config, Store, Vantage
from rabta.locale import spoken
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


def states(view):
    return {one.service: one.state for one in view.services}


def sights(**states):
    return [Sight(service, state) for service, state in states.items()]


async def asked(port, tmp_path, token_file=None):
    """Ask one vantage once; return what was told of it."""
    vantage = Vantage("afar", f"http://127.0.0.1:{port}", token_file)
    config = Config(store=Store(tmp_path), vantages=(vantage,))
    told = asyncio.get_running_loop().create_future()

    def tell(name, view):
        if not told.done():
            told.set_result((name, view))

    task = asyncio.create_task(keep_vantages(config, tell))
    try:
        return await asyncio.wait_for(told, 8)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_vantage_says_how_it_sees_the_services(tmp_path):
    async with serving(answer(document(shop="up", pay="down"))) as port:
        name, view = await asked(port, tmp_path)

    assert name == "afar"
    assert states(view) == {"shop": State.UP, "pay": State.DOWN}


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
        assert await asked(port, tmp_path) == ("afar", NOTHING)


async def test_a_vantage_that_is_not_there_is_no_opinion(tmp_path):
    assert await asked(closed_port(), tmp_path) == ("afar", NOTHING)


async def test_a_secret_that_has_gone_does_not_end_the_asking(tmp_path):
    async with serving(answer(document(shop="up"))) as port:
        assert await asked(port, tmp_path, tmp_path / "gone") == ("afar", NOTHING)


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


async def trickle(reader, writer):
    """Answer a byte at a time, so that no single read takes long."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3999999\r\n\r\n{")
    with contextlib.suppress(OSError):
        while True:
            await asyncio.sleep(0.05)
            writer.write(b" ")
            await writer.drain()


async def test_a_vantage_that_never_comes_to_an_end_holds_up_no_other(
    tmp_path, monkeypatch
):
    """It is no opinion by then, whatever it said before; and no thread is left."""
    monkeypatch.setattr(asking, "_PATIENCE", 1.0)
    monkeypatch.setattr(asking, "_VANTAGE", 0.2)
    quick, slow = answer(document(shop="up")), answer(document(shop="down"))
    served = 0

    async def handle(reader, writer):
        nonlocal served
        served += 1
        await (slow if served == 1 else trickle)(reader, writer)

    told = []
    async with serving(handle) as one, serving(quick) as other:
        vantages = tuple(
            Vantage(name, f"http://127.0.0.1:{port}")
            for name, port in (("slow", one), ("quick", other))
        )
        config = Config(store=Store(tmp_path), vantages=vantages)
        tell = lambda name, view: told.append((name, states(view)))  # noqa: E731
        running = asyncio.create_task(keep_vantages(config, tell))
        await asyncio.sleep(2.0)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await asyncio.sleep(0.5)

    assert [states for name, states in told if name == "slow"][:2] == [
        {"shop": State.DOWN},
        {},
    ]
    assert sum(name == "quick" for name, _ in told) >= 4
    assert not busy()


def busy():
    """Threads inside ``_ask``."""
    frames = sys._current_frames()
    return [
        thread
        for thread in threading.enumerate()
        if (frame := frames.get(thread.ident)) and within(frame, "_ask")
    ]


def within(frame, name):
    while frame is not None:
        if frame.f_code.co_name == name:
            return True
        frame = frame.f_back
    return False


def test_reached_from_anywhere_is_up():
    views = sights(pay=State.DOWN, shop=State.DOWN), sights(pay=State.UP)

    assert dict(together(views)) == {"pay": State.UP, "shop": State.DOWN}
    assert dict(together(reversed(views))) == dict(together(views))


def test_what_nobody_knows_stays_unknown():
    assert together([sights(pay=State.UNKNOWN)]) == (("pay", State.UNKNOWN),)


@pytest.mark.parametrize("code", ["sni-blocking", "ip-blocking", "peering"])
def test_what_is_filtered_where_another_stands_is_not_down_for_that(code):
    assert together([[Sight("shop", State.DOWN, code)]]) == (("shop", State.UNKNOWN),)


@pytest.mark.parametrize("state", State)
def test_every_state_of_another_is_one_a_verdict_can_rest_on(state):
    """Whatever it says, only up, down and unknown are known from afar."""
    told = dict(together([sights(shop=state)]))["shop"]
    assert told in (State.UP, State.DOWN, State.UNKNOWN)
    assert (told is State.UP) is (state in (State.UP, State.DEGRADED))
    assert (told is State.DOWN) is (state is State.DOWN)


def rabta_says(code, asn=17557, country="PK"):
    return {
        "services": [],
        "host": {"code": code},
        "country": country,
        "uplinks": [{"uplink": {"asn": asn}, "verdict": {"code": code}}],
    }


def test_one_of_the_country_tells_of_its_network():
    view = view_of(rabta_says("isp-international"))

    assert peers_of("lahore", view, "PK", 7) == (
        Peer("lahore (AS17557)", 17557, code="isp-international", told=7),
    )
    assert peers_of("lahore", view, "IN", 7) == ()
    assert peers_of("lahore", view_of(rabta_says("fine", asn=0)), "PK", 7) == ()
    nowhere = view_of(rabta_says("fine", country="world"))
    assert peers_of("lahore", nowhere, "world", 7) == ()


def test_what_another_rabta_publishes_is_understood(store):
    pipeline = Pipeline(store, Context(country="PK"), started=0)
    status = msgspec.to_builtins(
        spoken(msgspec.to_builtins(pipeline.status(1, {}, ())))
    )

    assert view_of(status).country == "PK"
    assert view_of(status).code


def test_one_on_the_lan_tells_of_the_lan_and_is_no_vantage():
    view = view_of(rabta_says("lan-gateway"), same_lan=True)

    assert peers_of("desk", view, "PK", 7) == (
        Peer("desk", same_lan=True, code="lan-gateway", told=7),
    )


def test_a_helper_that_tells_of_services_alone_is_no_peer():
    assert view_of({"services": []}) == View()
    assert peers_of("helper", View(), "PK", 7) == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("192.168.1.5", "192.168.1.9", True),
        ("192.168.1.5", "192.168.2.9", False),
        ("192.168.1.5", "192.168.1.5", False),
        ("127.0.0.1", "127.0.0.1", False),
        ("39.40.1.5", "39.40.1.9", False),
        ("fe80::1", "fe80::2", True),
        ("fd00::1", "fd00::2", True),
        ("2400:1::1", "2400:1::2", False),
    ],
)
def test_a_link_is_told_by_the_addresses_of_a_connection(ours, theirs, same):
    assert asking._same_lan(ours, theirs) is same


def sees(country, *asns, state="down", code="ip-blocking"):
    document = rabta_says("fine", country=country)
    document["services"] = [{"name": "shop", "verdict": {"state": state, "code": code}}]
    document["uplinks"] = [
        {"uplink": {"asn": asn}, "verdict": {"code": "fine"}} for asn in asns
    ]
    return view_of(document)


def test_one_of_the_same_country_is_no_second_opinion_from_abroad():
    view = sees("PK", 17557, 9541)

    assert not view.abroad("PK")
    assert near_of("lahore", view, "PK", 7) == (
        Sight("shop", State.DOWN, "ip-blocking", "lahore", (17557, 9541), 7),
    )
    assert near_of("lahore", sees("PK", 17557, 0), "PK", 7)[0].networks == ()


def test_only_who_is_known_to_stand_in_another_country_does():
    assert sees("DE").abroad("PK")
    assert near_of("berlin", sees("DE"), "PK", 7) == ()
    for country, home in (("", "PK"), ("world", "PK"), ("DE", "world")):
        assert not sees(country).abroad(home)
        assert near_of("somewhere", sees(country), home, 7)
    assert replace(sees(""), helper=True).abroad("PK")
    assert not replace(sees("DE"), same_lan=True).abroad("PK")


async def test_a_helper_is_abroad_by_what_it_is_for(tmp_path):
    async with serving(answer(document(shop="down"))) as port:
        helper = Vantage("helper", f"http://127.0.0.1:{port}")
        config = Config(store=Store(tmp_path), vantages=(helper,), helper=helper)
        told = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            keep_vantages(config, lambda _, view: told.set_result(view))
        )
        view = await asyncio.wait_for(told, 8)
        task.cancel()

    assert view.abroad("PK")
    assert together([view.services]) == (("shop", State.DOWN),)
