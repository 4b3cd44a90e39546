"""The relay keeps data caps, counts no byte twice, and tells what it does."""

import asyncio
import socket

from rabta.clock import SECOND, ManualClock, SystemClock
from rabta.config import RelayRule
from rabta.model import State, Uplink
from rabta.steer import document
from rabta.steer.document import Decision, Rating
from rabta.steer.relay.account import Caps, accounted
from rabta.steer.relay.report import FILE, STALE, read

from .clients import connect, socks
from .conftest import Known, gone, uplink


START = 1_795_500_000 * SECOND
LOOPBACK = Uplink("ptcl", "lo", 1, "wired", True, ())
A, B = uplink("a", "127.0.0.2"), uplink("b", "127.0.0.3")


def steered(folder, clock, used):
    line = Rating("ptcl", 4, State.UP, True, 1, False, None, None, None, used, 1000)
    document.write(folder, Decision(clock.now(), True, lines=(line,)))


def pass_bytes(count):
    """Let at least so many bytes pass the loopback interface."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as one,
        server.accept()[0] as other,
    ):
        for _ in range(count // 10_000 + 1):
            one.sendall(bytes(10_000))
            other.recv(10_000, socket.MSG_WAITALL)


def test_what_passes_counts_against_the_cap_while_nobody_steers(tmp_path):
    clock = ManualClock(START)
    caps = Caps(tmp_path, clock, {"ptcl": 1_000_000})
    assert not caps.spent((LOOPBACK,))

    pass_bytes(2_000_000)
    clock.advance(20 * SECOND)

    assert caps.spent((LOOPBACK,)) == {"ptcl"}
    assert Caps(tmp_path, clock, {"ptcl": 1_000_000}).spent((LOOPBACK,)) == {"ptcl"}


def test_who_steers_counts_and_the_relay_does_not(tmp_path):
    clock = ManualClock(START)
    caps = Caps(tmp_path, clock, {"ptcl": 1000})
    steered(tmp_path, clock, used=999)
    assert not caps.spent((LOOPBACK,))

    pass_bytes(5000)
    clock.advance(20 * SECOND)
    steered(tmp_path, clock, used=999)
    assert not caps.spent((LOOPBACK,))
    steered(tmp_path, clock, used=1001)

    assert caps.spent((LOOPBACK,)) == {"ptcl"}
    assert not (tmp_path / "usage.json").exists()


async def test_an_uplink_over_its_cap_carries_only_where_nothing_else_works(
    start, site, far
):
    del far
    async with start(Known(A, B)) as started:
        started.relay.spent = {"a"}
        _, reader, writer = await socks(started, "shop.example", site.port)
        assert await reader.readline() == b"127.0.0.3\n"
        await gone([writer])
        await started.known.change(A)
        _, reader, writer = await socks(started, "shop.example", site.port)
        assert await reader.readline() == b"127.0.0.2\n"
        await gone([writer])


async def test_it_tells_what_each_uplink_carries_and_what_was_refused(
    start, site, far, tmp_path
):
    del far
    clock = SystemClock()
    rule = RelayRule(hosts=("films.example",), never=("a",))
    async with start(Known(A), rule=(rule,)) as started:
        caps = Caps(tmp_path, clock, {})
        telling = accounted(
            started.relay, started.known, caps, tmp_path, clock, "127.0.0.1:4882"
        )
        _, _, writer = await socks(started, "shop.example", site.port)
        assert "403" in await connect(started, f"films.example:{site.port}")
        async with telling:
            while not (told := read(tmp_path, clock)).running:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await gone([writer])

    assert told.address == "127.0.0.1:4882"
    assert told.connections == {"a": 1}
    assert told.refused_by_rule == 1
    assert not read(tmp_path, clock).running


def test_a_relay_that_was_killed_is_not_told_of(tmp_path):
    clock = ManualClock(START)
    (tmp_path / FILE).write_bytes(b'{"running":true,"time":%d}' % START)
    assert read(tmp_path, clock).running

    clock.advance(STALE + SECOND)

    assert not read(tmp_path, clock).running
    (tmp_path / FILE).write_bytes(b"[1")
    assert not read(tmp_path, clock).running
