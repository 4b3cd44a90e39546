"""A transparent TLS middlebox.

It ends the handshakes of some names with a certificate of its own and passes all
others through untouched.
"""

import asyncio
import contextlib
import socket
import ssl  # noqa: TC003  an annotation is all, and the cheapest import
import struct
from collections.abc import Callable

from . import web


_ORIGINAL_DST = 80  # the same number in linux/netfilter_ipv4.h and _ipv6.h


class Middlebox:
    """*names* are ended here, as *site*, with *context*; the rest is spliced."""

    def __init__(self, site: web.Site, outward: Callable[[int], socket.socket]) -> None:
        self.names: set[str] = set()
        self.context: ssl.SSLContext | None = None
        self._site = site
        self._outward = outward
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, listener: socket.socket) -> None:
        """Take what the kernel redirected to *listener*, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            here = (await loop.sock_accept(listener))[0]
            task = loop.create_task(self._handle(here))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _handle(self, here: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError):
            hello = await asyncio.wait_for(_peek(here), 10)
            if self.context and any(name.encode() in hello for name in self.names):
                await self._end(here)
            else:
                await self._splice(here)
        here.close()

    async def _end(self, here: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = (
            await loop.connect_accepted_socket(lambda: protocol, here, ssl=self.context)
        )[0]
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await web.serve(self._site, reader, writer)
        finally:
            transport.abort()
            await asyncio.sleep(0.01)  # until the loop has let go of the descriptor

    async def _splice(self, here: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        there = self._outward(here.family)
        try:
            await loop.sock_connect(there, _original(here))
            await asyncio.gather(_pump(here, there), _pump(there, here))
        finally:
            there.close()


async def _pump(source: socket.socket, sink: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(source, 16384):
        await loop.sock_sendall(sink, data)
    sink.shutdown(socket.SHUT_WR)


async def _peek(here: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(here, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(here)
    return here.recv(4096, socket.MSG_PEEK)


def _original(here: socket.socket) -> tuple[str, int]:
    if here.family == socket.AF_INET:
        raw = here.getsockopt(socket.SOL_IP, _ORIGINAL_DST, 16)
        port, address = struct.unpack_from("!2xH4s", raw)
    else:
        raw = here.getsockopt(socket.IPPROTO_IPV6, _ORIGINAL_DST, 28)
        port, address = struct.unpack_from("!2xH4x16s", raw)
    return socket.inet_ntop(here.family, address), port
