"""The helper's server: five answers, each bounded, none without the token.

Over plain HTTP, where anybody on the way reads along, there is one answer, timed
bytes, and it is a ticket that opens it: good once, and handed out over TLS.
"""

import asyncio
import json
import logging
import ssl
from collections import Counter, deque
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from weakref import WeakKeyDictionary

import h11

from rabta import __version__
from rabta.agent.helper.check import Checker
from rabta.agent.helper.tickets import Tickets
from rabta.clock import Clock
from rabta.model import State


log = logging.getLogger(__name__)

_CHUNK = bytes(16 * 1024)
_HEAD = 8 * 1024
_BODY = 4 * 1024
_DAY = 86400.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What the helper gives at most."""

    connections: int = 32
    per_address: int = 8
    """Of the connections: one stranger must not hold them all."""
    transfer_bytes: int = 4 * 1024 * 1024
    """Of one timed transfer."""
    day_bytes: int = 4_000_000_000
    checks_per_hour: int = 240
    status_seconds: float = 60.0
    """An answer about all services is used so long."""
    patience: float = 30.0
    """Seconds for all of one connection, but a transfer that goes on."""
    handshake: float = 8.0
    """Seconds to speak TLS, and again to show the token: strangers have no more."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    document: Any = None
    size: int = 0


class Helper:
    """One server."""

    def __init__(
        self,
        token: str,
        checker: Checker,
        clock: Clock,
        limits: Limits | None = None,
    ) -> None:
        self._token = token.encode()
        self._checker = checker
        self._clock = clock
        self._limits = limits or Limits()
        self._open: Counter[str] = Counter()
        self._checks: deque[float] = deque()
        self._moved: deque[tuple[float, int]] = deque()
        self._status: tuple[float, Any] = (-1e9, None)
        self._looking = asyncio.Lock()
        self._tickets = Tickets()
        self._plain_port = 0
        self._names: WeakKeyDictionary[ssl.SSLObject, str] = WeakKeyDictionary()

    async def serve(
        self, host: str, port: int, context: ssl.SSLContext
    ) -> asyncio.Server:
        """Begin to listen; the caller closes what is returned."""
        context.sni_callback = self._named
        return await asyncio.start_server(
            self._greet,
            host,
            port,
            ssl=context,
            ssl_handshake_timeout=self._limits.handshake,
            limit=_HEAD,
            backlog=64,
        )

    async def serve_plain(self, host: str, port: int) -> asyncio.Server:
        """Send timed bytes over plain HTTP as well; the caller closes it."""
        server = await asyncio.start_server(
            self._greet_plain, host, port, limit=_HEAD, backlog=64
        )
        self._plain_port = server.sockets[0].getsockname()[1]
        return server

    def _named(self, shown: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self._names[shown] = name or ""

    async def _greet_plain(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self._greet(reader, writer, plain=True)

    async def _greet(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        plain: bool = False,
    ) -> None:
        peer = str(writer.get_extra_info("peername")[0])
        limits = self._limits
        if (
            self._open.total() >= limits.connections
            or self._open[peer] >= limits.per_address
        ):
            writer.close()
            return
        self._open[peer] += 1
        try:
            async with asyncio.timeout(self._limits.patience):
                connection, answer = await self._answer(reader, writer, plain=plain)
            if connection is not None:
                await self._send(connection, writer, answer)
        except (OSError, EOFError, h11.RemoteProtocolError, ValueError) as error:
            log.info("a connection ended: %s", error)
        finally:
            self._open[peer] -= 1
            self._open += Counter()  # lets go of addresses with none open
            writer.close()

    async def _answer(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        plain: bool,
    ) -> tuple[h11.Connection | None, _Answer]:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD)
        request: h11.Request | None = None
        body = b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                waits = self._limits.handshake if request is None else None
                async with asyncio.timeout(waits):
                    connection.receive_data(await reader.read(_HEAD))
            elif isinstance(event, h11.Request):
                request = event
                if not self._may(event, plain=plain):
                    return connection, _Answer(401)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > _BODY:
                    return connection, _Answer(413)
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                of = self._of_plain if plain else self._of
                return connection, await of(request, body, writer)
            else:
                return None, _Answer(400)

    def _may(self, request: h11.Request, *, plain: bool) -> bool:
        said = next((v for k, v in request.headers if k == b"authorization"), b"")
        kind, _, offered = said.partition(b" ")
        if kind.lower() != b"bearer":
            return False
        if plain:
            ticket = offered.strip().decode("ascii", "replace")
            return self._tickets.redeem(ticket, self._clock.monotonic())
        return compare_digest(offered.strip(), self._token)

    async def _of(
        self, request: h11.Request, body: bytes, writer: asyncio.StreamWriter
    ) -> _Answer:
        asked, path = _asked(request)
        if asked == "GET" and path == "/":
            return _Answer(200, self._echo(writer))
        if asked == "GET" and path.startswith("/bytes/"):
            return self._bytes(path.removeprefix("/bytes/"))
        if asked == "GET" and path == "/ticket" and self._plain_port:
            ticket = self._tickets.issue(self._clock.monotonic())
            return _Answer(200, {"ticket": ticket, "port": self._plain_port})
        if asked == "GET" and path == "/api/status":
            return _Answer(200, await self._services())
        if asked == "POST" and path == "/check":
            return await self._check(body)
        return _Answer(404)

    async def _of_plain(
        self, request: h11.Request, _: bytes, _writer: asyncio.StreamWriter
    ) -> _Answer:
        asked, path = _asked(request)
        if asked == "GET" and path.startswith("/bytes/"):
            return self._bytes(path.removeprefix("/bytes/"))
        return _Answer(404)

    def _echo(self, writer: asyncio.StreamWriter) -> dict[str, Any]:
        shown = writer.get_extra_info("ssl_object")
        return {
            "address": writer.get_extra_info("peername")[0],
            "sni": self._names.get(shown, ""),
            "alpn": shown.selected_alpn_protocol() or "",
            "tls": shown.version() or "",
            "version": __version__,
            "services": self._checker.names,
        }

    def _bytes(self, asked: str) -> _Answer:
        if not asked.isdecimal() or len(asked) > 12:
            return _Answer(400)
        now = self._clock.monotonic()
        while self._moved and now - self._moved[0][0] > _DAY:
            self._moved.popleft()
        size = min(int(asked), self._limits.transfer_bytes)
        if sum(moved for _, moved in self._moved) + size > self._limits.day_bytes:
            return _Answer(429)
        self._moved.append((now, size))
        return _Answer(200, size=size)

    async def _services(self) -> Any:
        async with self._looking:
            now = self._clock.monotonic()
            if now - self._status[0] > self._limits.status_seconds:
                names = self._checker.names
                states = await asyncio.gather(*map(self._checker.state, names))
                told = zip(names, states, strict=True)
                self._status = (now, [_told(name, state) for name, state in told])
        return {"services": self._status[1]}

    async def _check(self, body: bytes) -> _Answer:
        try:
            document = json.loads(body)
            url, more = str(document["url"]), [str(a) for a in document["addresses"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return _Answer(400)
        target = self._checker.target(url)
        if target is None:
            return _Answer(403)
        now = self._clock.monotonic()
        while self._checks and now - self._checks[0] > _HOUR:
            self._checks.popleft()
        if len(self._checks) >= self._limits.checks_per_hour:
            return _Answer(429)
        self._checks.append(now)
        return _Answer(200, await self._checker.look(target, more))

    async def _send(
        self, connection: h11.Connection, writer: asyncio.StreamWriter, answer: _Answer
    ) -> None:
        content = b""
        if answer.document is not None:
            content = json.dumps(answer.document).encode()
        size = answer.size or len(content)
        head = h11.Response(
            status_code=answer.status,
            headers=[
                ("Content-Length", str(size)),
                ("Content-Type", "application/json"),
                ("Connection", "close"),
            ],
        )
        writer.write(connection.send(head) or b"")
        writer.write(connection.send(h11.Data(data=content)) or b"")
        left = answer.size
        while left > 0:
            writer.write(connection.send(h11.Data(data=_CHUNK[:left])) or b"")
            left -= len(_CHUNK[:left])
            async with asyncio.timeout(self._limits.patience):
                await writer.drain()
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        async with asyncio.timeout(self._limits.patience):
            await writer.drain()


def _told(name: str, state: State) -> dict[str, Any]:
    """Say a service's state as a Rabta's own status document does."""
    return {"name": name, "verdict": {"state": state}}


def _asked(request: h11.Request) -> tuple[str, str]:
    """Return method and path."""
    path = request.target.decode("ascii", "replace").partition("?")[0]
    return request.method.decode("ascii", "replace"), path
