"""The relay: who may connect, how many, and what ends when a line dies."""

import asyncio
import contextlib
import logging
import math
import socket
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network

import h11

from rabta.config import Relay as Settings
from rabta.config import is_loopback
from rabta.config.secrets import LEAST
from rabta.errors import UsageError
from rabta.steer.lines import Lines
from rabta.steer.relay.dial import Dialled, Dialler, is_own
from rabta.steer.relay.fate import Fate, fate
from rabta.steer.relay.hello import Asked, GoodbyeError, hear
from rabta.steer.relay.names import Names
from rabta.steer.relay.plain import send_body
from rabta.steer.relay.pump import Pipes, reset
from rabta.steer.relay.reach import Network, Reach, bare
from rabta.steer.relay.refusal import SOCKS_FAILURE, RefusalError, refused
from rabta.steer.relay.tunnel import Tunnel


log = logging.getLogger(__name__)

MOST = 4000
"""Connections at a time."""
FIRST_WORDS = 10.0
"""Seconds for a client to say what it wants."""
LAPSE = 1.0
"""Seconds a line may be without a default route before what it holds is ended."""
_MOST_EACH = 512  # for one address, where others than this machine may connect
_LOBBY = 64  # so many more are told that there is no room; the rest is cut off
_FAREWELL = 1.0
_LONG = 3600.0


class Relay:
    """Serves on one listening socket."""

    def __init__(
        self,
        settings: Settings,
        lines: Lines,
        listening: socket.socket,
        *,
        token: str = "",
        order: Mapping[str, int] | None = None,
        language: str = "en",
        most: int = MOST,
    ) -> None:
        """Prepare it.

        Args:
            settings: whom it serves, and its rules.
            lines: followed by the caller.
            listening: closed by the caller.
            token: asked of every client; empty for none, on loopback only.
            order: the uplinks' tiers in the configuration.
            language: of refusals.
            most: connections at a time.

        Raises:
            UsageError: others could use it without a good token or an allow-list.
        """
        host, port = listening.getsockname()[:2]
        self._shared = not is_loopback(host)
        if self._shared and (len(token) < LEAST or not settings.clients):
            raise UsageError(
                f"refusing to serve on {host}: others can reach it",
                hint=f"a token of {LEAST} characters or more and 'clients' "
                "in [relay] say who may; or listen on 127.0.0.1",
            )
        self._lines = lines
        self._listening = listening
        self._token = token
        self._language = language
        self._most = most
        self._clients = _networks(settings.clients)
        reach = Reach(self._shared, port, _networks(settings.reach), is_own)
        self._dialler = Dialler(lines, settings.rule, reach, Names(), order or {})
        self._pipes = Pipes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._each: Counter[str] = Counter()
        self._tunnels: set[Tunnel] = set()
        self._moved: Counter[str] = Counter()
        self.refused_by_rule = 0
        """Requests a rule forbade."""

    @property
    def spent(self) -> Collection[str]:
        """Uplinks over their data cap: used where nothing else works."""
        return self._dialler.spent

    @spent.setter
    def spent(self, uplinks: Collection[str]) -> None:
        self._dialler.spent = uplinks

    def connections(self) -> dict[str, int]:
        """Return how many connections each uplink carries; ``""``: none is needed."""
        return dict(Counter(one.dialled.way.uplink for one in self._tunnels))

    def moved_bytes(self) -> dict[str, int]:
        """Return what each uplink carried, both ways, from the start."""
        found = self._moved.copy()
        for one in self._tunnels:
            found[one.dialled.way.uplink] += one.moved_bytes
        return dict(found)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while inside; on leaving all connections are ended."""
        self._listening.setblocking(False)
        tasks = [
            asyncio.create_task(self._accept()),
            asyncio.create_task(self._end_dead()),
        ]
        try:
            yield
        finally:
            for task in (*tasks, *self._tasks):
                task.cancel()
            await asyncio.gather(*tasks, *self._tasks, return_exceptions=True)
            self._pipes.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, peer = await loop.sock_accept(self._listening)
            except OSError as error:  # no descriptors left, or it went away meanwhile
                log.warning("a connection could not be taken: %s", error)
                await asyncio.sleep(0.1)
                continue
            address = str(peer[0])
            if not self._may_enter(address):
                reset(client)
                continue
            client.setblocking(False)
            with contextlib.suppress(OSError):
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._each[address] += 1
            task = asyncio.create_task(self._serve(client))
            self._tasks.add(task)
            task.add_done_callback(partial(self._left, client, address))

    def _may_enter(self, address: str) -> bool:
        if len(self._tasks) >= self._most + _LOBBY:
            return False
        if not self._shared:
            return True
        known = any(bare(address) in network for network in self._clients)
        return known and self._each[address] < _MOST_EACH

    def _left(
        self, client: socket.socket, address: str, task: asyncio.Task[None]
    ) -> None:
        client.close()  # of a task that was cancelled before it began, too
        self._tasks.discard(task)
        self._each[address] -= 1
        if not self._each[address]:
            del self._each[address]
        if not task.cancelled() and (error := task.exception()):
            log.error("a connection failed by our mistake", exc_info=error)

    async def _serve(self, client: socket.socket) -> None:
        full = len(self._tasks) > self._most
        try:
            async with asyncio.timeout(FIRST_WORDS):
                asked = await hear(client, token=self._token, language=self._language)
            dialled = await self._granted(asked, full=full)
        except GoodbyeError as goodbye:
            await _part(client, goodbye.answer)
            return
        except (OSError, EOFError):  # TimeoutError is one
            client.close()
            return
        except BaseException:
            client.close()
            raise
        await self._carry(client, asked, dialled)

    async def _granted(self, asked: Asked, *, full: bool) -> Dialled:
        try:
            if full:
                raise refused("busy", 503, SOCKS_FAILURE)
            return await self._dialler.dial(asked.place)
        except RefusalError as refusal:
            self.refused_by_rule += refusal.says.key == "relay.refused.rule"
            raise GoodbyeError(asked.refusal(refusal)) from None

    async def _carry(
        self, client: socket.socket, asked: Asked, dialled: Dialled
    ) -> None:
        loop = asyncio.get_running_loop()
        tunnel = Tunnel(client, dialled, self._pipes)
        self._tunnels.add(tunnel)
        try:
            await loop.sock_sendall(dialled.socket, asked.early)
            await loop.sock_sendall(client, asked.granted)
            body = None
            if asked.body is not None:
                body = send_body(asked.body, client, dialled.socket)
            await tunnel.run(body)
        except (OSError, h11.RemoteProtocolError):
            reset(client)
            reset(dialled.socket)
        finally:
            client.close()
            dialled.socket.close()
            self._tunnels.discard(tunnel)
            self._moved[dialled.way.uplink] += tunnel.moved_bytes

    async def _end_dead(self) -> None:
        """End at once what a dead line holds, where another way is open for it."""
        now = asyncio.get_running_loop().time
        version, since, last = -1, math.inf, False
        while True:
            wait = _LONG if last else min(_LONG, max(0.0, since + LAPSE - now()))
            await self._lines.news(version, wait)
            version = self._lines.version
            fates = {one: self._fate(one.dialled) for one in self._tunnels}
            lapsed = Fate.LAPSED in fates.values()
            since = min(since, now()) if lapsed else math.inf
            last = now() - since >= LAPSE
            for tunnel, became in fates.items():
                if became is Fate.GONE or (
                    # with nowhere else to go, it may live on when the line is back
                    (became is Fate.SILENT or (became is Fate.LAPSED and last))
                    and self._dialler.open_ways(tunnel.dialled.place.host)
                ):
                    tunnel.abort()

    def _fate(self, dialled: Dialled) -> Fate:
        known = self._lines
        uplink, binding = dialled.way.uplink, dialled.binding
        return fate(uplink, binding, known.uplinks, known.beliefs)


def _networks(texts: Sequence[str]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


async def _part(client: socket.socket, answer: bytes) -> None:
    """Say the last word so that it arrives: a reset could overtake it."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        async with asyncio.timeout(_FAREWELL):
            if answer:
                await loop.sock_sendall(client, answer)
                client.shutdown(socket.SHUT_WR)
                while await loop.sock_recv(client, 4096):
                    pass
    client.close()
