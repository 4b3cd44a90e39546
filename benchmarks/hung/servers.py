"""Healthy and hung servers on loopback, in a process of their own.

    python servers.py HUNG HEALTHY

prints ``HUNG_PORT HTTP_PORT TCP_PORT`` and serves until it is killed. A hung endpoint
accepts, reads and never answers.
"""

import asyncio
from contextlib import suppress


PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfine\n"


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await reader.read(-1)
    writer.close()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        await writer.drain()
    writer.close()


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def main() -> None:
    servers = [
        await asyncio.start_server(handler, "0.0.0.0", 0, backlog=512)
        for handler in (hang, answer, hang_up)
    ]
    print(*(s.sockets[0].getsockname()[1] for s in servers), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
