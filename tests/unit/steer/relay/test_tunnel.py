"""Bytes go through whole, in order and both ways, by pipe, by buffer and by copying."""

import asyncio
import errno
import os
import random
import socket

import pytest

from rabta.probes.binding import Binding
from rabta.steer.relay import tunnel as module
from rabta.steer.relay.asked import Place
from rabta.steer.relay.dial import Dialled
from rabta.steer.relay.pump import Copying, Flow, Pipes, splices
from rabta.steer.relay.tunnel import Tunnel
from rabta.steer.ways import HERE


MANY = random.Random(1).randbytes(3_000_000)


def joined():
    """Two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        two, _ = server.accept()
    for end in (one, two):
        end.setblocking(False)
    return one, two


class Ends:
    """A tunnel between two connections; *near* and *far* are their outer ends."""

    def __init__(self, pipes):
        self.near, client = joined()
        upstream, self.far = joined()
        place, binding = Place("a.example", 1), Binding("", "", 4, "none")
        self.tunnel = Tunnel(client, Dialled(upstream, place, HERE, binding), pipes)
        self.running = asyncio.create_task(self.tunnel.run())

    async def close(self):
        for end in (self.near, self.far):
            end.close()
        await asyncio.wait_for(self.running, 10)


@pytest.fixture(params=["pipe", "buffer", "copying"])
async def ends(request, monkeypatch):
    if request.param == "pipe" and not splices():
        pytest.skip("this system has no splice")
    if request.param == "copying":
        monkeypatch.setattr(module, "Flow", Copying)
    pipes = Pipes() if request.param == "pipe" else Pipes(0)
    made = Ends(pipes)
    assert isinstance(made.tunnel._up, Copying if request.param == "copying" else Flow)
    yield made
    await made.close()
    pipes.close()


async def send(end, data):
    await asyncio.get_running_loop().sock_sendall(end, data)
    end.shutdown(socket.SHUT_WR)


async def receive(end, pause=0.0):
    loop, found = asyncio.get_running_loop(), bytearray()
    while data := await loop.sock_recv(end, 50_000):
        found += data
        await asyncio.sleep(pause)
    return bytes(found)


async def test_both_directions_at_once_with_a_slow_reader(ends):
    async with asyncio.timeout(30):
        got = await asyncio.gather(
            receive(ends.far, 0.001),
            receive(ends.near),
            send(ends.near, MANY),
            send(ends.far, MANY[::-1]),
        )
    assert got[:2] == [MANY, MANY[::-1]]
    await asyncio.wait_for(ends.running, 10)
    assert ends.tunnel.moved_bytes == 2 * len(MANY)


async def test_one_direction_ends_and_the_other_goes_on(ends):
    async with asyncio.timeout(30):
        await send(ends.near, b"question")
        assert await receive(ends.far) == b"question"
        assert not ends.running.done()
        await send(ends.far, b"answer")
        assert await receive(ends.near) == b"answer"


async def test_who_does_not_read_is_not_sent_more_than_the_system_holds(ends):
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await loop.sock_sendall(ends.near, bytes(64_000_000))
    assert ends.tunnel.moved_bytes < 32_000_000


async def test_a_reset_is_passed_on_as_one(ends):
    await asyncio.sleep(0)
    module.reset(ends.far)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(receive(ends.near), 10)


async def test_an_abort_resets_both_sides(ends):
    await asyncio.sleep(0)
    ends.tunnel.abort()
    for end in (ends.near, ends.far):
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(receive(end), 10)


@pytest.mark.skipif(not splices(), reason="this system has no splice")
async def test_pipes_come_back_even_from_those_who_never_read():
    pipes = Pipes(2)
    stuck = [Ends(pipes) for _ in range(3)]
    loop = asyncio.get_running_loop()
    sending = [
        asyncio.create_task(loop.sock_sendall(one.near, bytes(64_000_000)))
        for one in stuck
    ]
    for _ in range(3000):
        if all(one.tunnel._up._pipe or one.tunnel._up._left for one in stuck):
            break
        await asyncio.sleep(0.01)
    assert pipes.lend() is None
    fresh = Ends(pipes)  # served all the same
    await send(fresh.near, MANY[:100_000])
    assert await receive(fresh.far) == MANY[:100_000]
    for one in (*stuck, fresh):
        one.tunnel.abort()
    await asyncio.gather(*sending, return_exceptions=True)
    for one in (*stuck, fresh):
        await one.close()
    lent = [pipes.lend(), pipes.lend()]
    assert None not in lent
    for one in lent:
        pipes.give_back(one)
    pipes.close()


@pytest.mark.skipif(not splices(), reason="this system has no splice")
def test_where_python_has_splice_and_the_kernel_has_not_the_buffer_serves(monkeypatch):
    def missing(*_, **__):
        raise OSError(errno.ENOSYS, "no such call")

    splices.cache_clear()
    monkeypatch.setattr(os, "splice", missing)
    assert Pipes().lend() is None
    splices.cache_clear()
