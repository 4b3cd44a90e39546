"""Carry TCP connections out of the lab: the dashboard in a browser outside.

Two ends meet at a Unix socket, which namespaces of the network do not part.
"""

import asyncio
import contextlib
import socket
from pathlib import Path

from .namespaces import inside


async def outer(port: int, meeting: Path) -> None:
    """Listen on loopback *port* and carry each connection to *meeting*, for ever."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there = await asyncio.open_unix_connection(meeting)
            await _both(reader, writer, *there)
        writer.close()

    server = await asyncio.start_server(carry, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def inner(meeting: Path, port: int, namespace: str = "host") -> None:
    """Carry what arrives at *meeting* to loopback *port* of *namespace*, for ever."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with inside(namespace):
            made = socket.socket()
        made.setblocking(False)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(made, ("127.0.0.1", port))
            there = await asyncio.open_connection(sock=made)
            await _both(reader, writer, *there)
        except OSError:
            made.close()
        writer.close()

    server = await asyncio.start_unix_server(carry, meeting)
    async with server:
        await server.serve_forever()


async def _both(
    near_reader: asyncio.StreamReader,
    near_writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    await asyncio.gather(_pump(near_reader, far_writer), _pump(far_reader, near_writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
