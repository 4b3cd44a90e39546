"""TCP connect on loopback."""

import asyncio
import socket

from rabta import failure
from rabta.model import Probe
from rabta.probes import PROBES
from tests.unit.probes.loopback import aim, closed_port, serving


async def probe(port, **changes):
    return await PROBES[Probe.TCP](aim(port=port, **changes))


async def test_a_connection_is_timed_and_closed_without_a_reset():
    """The server reads an end of file, even if it has spoken first."""
    ends = asyncio.Queue()

    async def greet(reader, writer):
        writer.write(b"220 hello\r\n")
        ends.put_nowait(await reader.read())

    async with serving(greet) as port:
        observation = await probe(port)
        end = await asyncio.wait_for(ends.get(), 2)

    assert observation.failure is None
    assert 0 < observation.value < 1
    assert observation.spent_bytes > 0
    assert end == b""


async def test_a_refusal_is_named():
    """Nobody listens."""
    observation = await probe(closed_port())

    assert observation.failure == failure.CONNECTION_REFUSED
    assert observation.spent_bytes == 100


async def test_a_full_backlog_is_a_timeout():
    """The kernel drops the SYN; the probe keeps its time."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        with socket.socket() as first, socket.socket() as second:
            for filler in (first, second):
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            observation = await probe(port, timeout=0.2)

    assert observation.failure == failure.GENERIC_TIMEOUT
    assert observation.value is None


async def test_a_cancelled_probe_leaves_no_socket_behind():
    """The warning of an unclosed one would fail this test."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        tasks = [asyncio.create_task(probe(port)) for _ in range(4)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
