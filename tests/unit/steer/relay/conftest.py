"""A relay on loopback, over uplinks that are addresses of loopback."""

import asyncio
import contextlib
from contextlib import asynccontextmanager

import pytest

from rabta.config import Relay as Settings
from rabta.model import Line, Uplink
from rabta.steer.relay import dial
from rabta.steer.relay.listen import listen
from rabta.steer.relay.server import Relay
from rabta.steer.ways import ways_for


def uplink(name, source, **more):
    """An uplink whose connections come from *source*, an address of loopback."""
    line = Line(4, source, "127.0.0.1")
    return Uplink(name, "", 0, "wired", carrier=True, lines=(line,), **more)


class Known:
    """What a relay follows, changed by the test."""

    def __init__(self, *uplinks):
        self.uplinks = uplinks
        self.beliefs = None
        self.version = 0
        self._changed = asyncio.Condition()

    def ways(self, needs, host):
        return ways_for(needs, host, self.uplinks, self.beliefs)

    async def change(self, *uplinks, beliefs=None):
        async with self._changed:
            self.uplinks, self.beliefs = uplinks, beliefs
            self.version += 1
            self._changed.notify_all()

    async def news(self, since, seconds):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self.version != since)
        return self.version != since


class FarNames:
    """Every name is far away, and yet on loopback."""

    def __init__(self, table=()):
        self.table = dict(table)
        self.asked = []

    async def addresses(self, host, ways, uplinks, *, strict):
        del uplinks
        self.strict = strict
        self.asked.append((host, [way.uplink for way in ways]))
        if address := dial.literal(host):
            return [address]
        return self.table.get(host, [(4, "127.0.0.1")])


class Started:
    def __init__(self, relay, port, names, known):
        self.relay, self.port, self.names, self.known = relay, port, names, known
        self._clients = []

    async def connect(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._clients.append(writer)
        return reader, writer

    async def close(self):
        await gone(self._clients)


async def gone(writers):
    """Close connections for good: one that is still open is a warning later."""
    for one in writers:
        one.transport.abort()
        with contextlib.suppress(OSError):
            await one.wait_closed()


@pytest.fixture
def start():
    """Return what starts a relay, as an asynchronous context manager."""

    @asynccontextmanager
    async def starting(known, *, host="127.0.0.1", names=(), most=100, **settings):
        token = settings.pop("token", "")
        with listen(host, 0) as opened:
            chosen = Settings(host=host, **settings)
            relay = Relay(chosen, known, opened, token=token, most=most)
            found = FarNames(names)
            relay._dialler._names = found
            async with relay.serving():
                made = Started(relay, opened.getsockname()[1], found, known)
                yield made
                await made.close()

    return starting


@pytest.fixture
def far(monkeypatch):
    """Let loopback count as the open Internet, so that uplinks carry it."""
    monkeypatch.setattr(dial, "is_local", lambda _: False)
    monkeypatch.setattr(dial.Reach, "objection", lambda *_: "")
    return monkeypatch


class Site:
    """A server on loopback that says who came, then echoes until it is told to end."""

    def __init__(self):
        self.peers = []
        self.open = set()
        self.ended = asyncio.Event()

    async def _serve(self, reader, writer):
        self.peers.append(writer.get_extra_info("peername")[0])
        self.open.add(writer)
        with contextlib.suppress(OSError):
            writer.write(self.peers[-1].encode() + b"\n")
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.write(b"end")
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()
        self.open.discard(writer)
        self.ended.set()


@pytest.fixture
async def site():
    """Run a server; ``site.port``."""
    made = Site()
    serving = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.port = serving.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        serving.close()
        await gone(tuple(made.open))
