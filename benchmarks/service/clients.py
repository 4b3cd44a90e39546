"""Fresh TLS GETs, one after another; prints processor milliseconds each and RSS in MB.

python clients.py NAME PORT ROOT COUNT
"""

import asyncio
import resource
import ssl
import sys
import time


HOST = "localhost"


async def rabta(port: int, _root: str, count: int) -> None:
    """Rabta's own probe: phases, certificate verdict, fingerprint of the body."""
    from rabta.clock import SystemClock
    from rabta.model import Probe, Rung, Target
    from rabta.probes import Aim, Binding, http

    url = f"https://{HOST}:{port}/"
    target = Target("s", Rung.SERVICE, HOST, (Probe.HTTP,), url=url)
    binding = Binding("lo", "127.0.0.1", 4, "device")
    aim = Aim(target, "127.0.0.1", "lo", binding, SystemClock(), timeout=5)
    for _ in range(count):
        seen = await http.probe(aim)
        assert seen.failure is None, seen
        assert seen.detail.body_bytes == 2000


async def asyncio_streams(port: int, root: str, count: int) -> None:
    """No client at all: asyncio's streams with OpenSSL's verification."""
    context = ssl.create_default_context(cafile=root)
    for _ in range(count):
        reader, writer = await asyncio.open_connection(HOST, port, ssl=context)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (await reader.read(-1)).startswith(b"HTTP/1.1 200")
        writer.close()


async def httpx(port: int, root: str, count: int) -> None:
    import httpx

    context = ssl.create_default_context(cafile=root)
    for _ in range(count):
        async with httpx.AsyncClient(verify=context) as client:
            assert (await client.get(f"https://{HOST}:{port}/")).status_code == 200


async def aiohttp(port: int, root: str, count: int) -> None:
    import aiohttp

    context = ssl.create_default_context(cafile=root)
    connector = aiohttp.TCPConnector(ssl=context, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        for _ in range(count):
            async with session.get(f"https://{HOST}:{port}/") as reply:
                assert len(await reply.read()) == 2000


CLIENTS = {f.__name__: f for f in (rabta, asyncio_streams, httpx, aiohttp)}


async def main() -> None:
    name, port, root, count = sys.argv[1:]
    client = CLIENTS[name]
    await client(int(port), root, 10)
    began = time.process_time()
    await client(int(port), root, int(count))
    spent = 1000 * (time.process_time() - began) / int(count)
    print(spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)


if __name__ == "__main__":
    asyncio.run(main())
