"""Real servers on loopback, well and ill behaved, and aims at them."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from rabta.clock import SystemClock
from rabta.model import Probe, Rung, Target
from rabta.probes.aim import Aim
from rabta.probes.binding import Binding


LOOPBACK = Binding("", "", 4, "none")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def aim(
    timeout: float = 2.0,
    address: str = "127.0.0.1",
    binding: Binding = LOOPBACK,
    **target: object,
) -> Aim:
    """Aim at a loopback server."""
    fields = {
        "name": "here",
        "rung": Rung.ANYCAST,
        "host": "www.example.com",
        "probes": (Probe.HTTP,),
    }
    return Aim(
        target=Target(**(fields | target)),
        address=address,
        uplink="lo",
        binding=binding,
        clock=SystemClock(),
        timeout=timeout,
    )


@asynccontextmanager
async def serving(
    handler: Handler, context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve TCP, or TLS, on a free port; every connection is closed after it."""

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await handler(reader, writer)
        finally:
            writer.close()

    tasks: set[asyncio.Task] = set()
    transports: list[asyncio.WriteTransport] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transports.append(writer.transport)
        task = asyncio.get_running_loop().create_task(handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in transports:  # what nobody reads any more is not flushed
            transport.abort()
        await asyncio.sleep(0)


def answering(*parts: bytes, pause: float = 0.0) -> Handler:
    """Read a request's head, send *parts* with pauses between them, hang up."""

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return handle


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Accept everything, say nothing."""
    await reader.read(-1)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send RST as soon as the peer has spoken."""
    await reader.read(1)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, linger
    )
    writer.transport.abort()


async def hanging_up(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Read what there is and send FIN."""
    await reader.read(65536)
    writer.close()


def closed_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def datagrams(
    answers: Callable[[bytes], list[tuple[float, bytes]]],
) -> AsyncIterator[int]:
    """Serve UDP; each request gets its *answers*, each after its own delay."""

    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.DatagramTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
            loop = asyncio.get_running_loop()
            for delay, answer in answers(data):
                loop.call_later(delay, self.transport.sendto, answer, peer)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        Protocol, local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
