"""One connection and the requests made over it (RFC 9112)."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache

import h11

from rabta import __version__, failure
from rabta.clock import Clock
from rabta.failure import name_of
from rabta.model import Message, Rung, Target
from rabta.outbox.outcome import LineError, ServerError
from rabta.probes.aim import Aim
from rabta.probes.binding import Binding
from rabta.probes.stream import Stream
from rabta.probes.url import Url
from rabta.steer.ways import Way


PIECE = 16 * 1024
"""Bytes handed over at once: few enough to see a slow line move."""
_REPLY = 300.0
"""Seconds a server may think once it has everything it needs."""
_LOOK = 1.0
_HEAD = 32 * 1024  # bytes an answer may say before its body
_LARGEST = 4 * 1024 * 1024  # of a body that is kept in memory


@dataclass(frozen=True, slots=True)
class Reply:
    """The head of an answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name; of several with one name the last."""

    @property
    def ok(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300

    def number(self, name: str) -> int | None:
        """Return a header that is a whole number."""
        text = self.headers.get(name, "").strip()
        return int(text) if text.isascii() and text.isdecimal() else None

    def retry_after(self, now: int) -> float | None:
        """Return the seconds the server asks to be left alone; None when it says none.

        *now* in microseconds UTC.
        """
        text = self.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdecimal():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - now / 1e6)
        except (ValueError, TypeError):
            return None


class Connection:
    """An open connection to the host of one URL, over one way."""

    def __init__(
        self, url: Url, way: Way, binding: Binding, address: str, clock: Clock
    ) -> None:
        """Prepare it; ``open`` connects."""
        target = Target(name=url.host, rung=Rung.CONTROL, host=url.host, probes=())
        self.way = way
        self.binding = binding
        self._url = url
        self._clock = clock
        self._stream = Stream(Aim(target, address, way.uplink, binding, clock))
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
        self._last = (0, 0)
        self._moved_at = clock.monotonic()
        self._awaits_reply = False

    async def open(self) -> None:
        """Connect, and for https shake hands with a peer that proves its name.

        Raises:
            OSError, EOFError: it cannot be had; ``ssl.SSLError`` for a bad certificate.
        """
        await self._stream.connect(self._url.port)
        self._stream.keep_alive()  # while a server thinks, nothing else tells of a line
        if self._url.encrypted:
            await self._stream.secure(_trusting(), self._url.host)
        self._moved_at = self._clock.monotonic()

    def close(self) -> None:
        """Let go of it at once."""
        self._stream.close()

    def idle_seconds(self) -> float:
        """Return for how long nothing was acknowledged and nothing came.

        A server that thinks, with everything it needs, is not an idle line.
        """
        now = self._clock.monotonic()
        with contextlib.suppress(OSError):
            sent, received = self._stream.progress
            if sent > self._last[0] or received > self._last[1]:
                self._last = (max(sent, self._last[0]), max(received, self._last[1]))
                self._moved_at = now
            elif self._awaits_reply and not self._stream.unacknowledged_bytes:
                return 0.0
        return now - self._moved_at

    async def request(
        self,
        method: str,
        url: Url,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | AsyncGenerator[bytes, None] = b"",
        length: int | None = None,
    ) -> Reply:
        """Send a request and return the head of its answer.

        An answer that comes before all of *body* was sent ends the sending.

        Raises:
            LineError: the connection broke.
            ServerError: the far side has all of it and says nothing.
        """
        size = len(body) if isinstance(body, bytes) else length
        lines = [
            ("Host", url.authority),
            ("User-Agent", f"rabta/{__version__}"),
            ("Accept-Encoding", "identity"),
            *headers,
        ]
        if size or method in {"POST", "PUT", "PATCH"}:
            lines.append(("Content-Length", str(size or 0)))
        try:
            if self._h11.our_state is h11.DONE:
                self._h11.start_next_cycle()
            head = h11.Request(method=method, target=url.path, headers=lines)
            await self._stream.send(self._h11.send(head) or b"")
            return await self._exchange(body)
        except (OSError, EOFError) as error:
            raise LineError(name_of(error)) from error
        except h11.ProtocolError as error:
            raise LineError(failure.HTTP_MALFORMED) from error

    async def _exchange(self, body: bytes | AsyncGenerator[bytes, None]) -> Reply:
        reading = asyncio.create_task(self._head())
        sending = asyncio.create_task(self._send(body))
        try:
            await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                if sending.exception() and not reading.done():
                    await asyncio.wait((reading,), timeout=0.5)  # it may say why
                if not reading.done():
                    sending.result()
                    await self._answered(reading)
            return await reading
        finally:
            self._awaits_reply = False
            for task in (reading, sending):
                task.cancel()
            await asyncio.gather(reading, sending, return_exceptions=True)

    async def _answered(self, reading: asyncio.Task[Reply]) -> None:
        """Wait for an answer; what the system still has to hand over is not counted."""
        self._awaits_reply = True
        since = self._clock.monotonic()
        while not reading.done():
            now = self._clock.monotonic()
            if self._stream.unacknowledged_bytes:
                since = now
            if now - since > _REPLY:
                silent = Message.of("outbox.silent", host=self._url.host, span=_REPLY)
                raise ServerError(silent)
            await asyncio.wait((reading,), timeout=_LOOK)

    async def _send(self, body: bytes | AsyncGenerator[bytes, None]) -> None:
        if isinstance(body, bytes):
            for start in range(0, len(body), PIECE):
                await self._send_piece(body[start : start + PIECE])
        else:
            async with contextlib.aclosing(body):
                async for piece in body:
                    await self._send_piece(piece)
        await self._stream.send(self._h11.send(h11.EndOfMessage()) or b"")

    async def _send_piece(self, piece: bytes) -> None:
        await self._stream.send(self._h11.send(h11.Data(data=piece)) or b"")

    async def _head(self) -> Reply:
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA:
                self._h11.receive_data(await self._stream.receive())
            elif isinstance(event, h11.Response):
                headers = {k.decode("latin-1"): v for k, v in event.headers}
                return Reply(
                    event.status_code,
                    {k: v.decode("latin-1") for k, v in headers.items()},
                )
            elif isinstance(event, h11.ConnectionClosed):
                raise EOFError

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it comes.

        Raises:
            LineError: it ended before it was complete.
        """
        try:
            while True:
                event = self._h11.next_event()
                if event is h11.NEED_DATA:
                    self._h11.receive_data(await self._stream.receive())
                elif isinstance(event, h11.Data):
                    yield bytes(event.data)
                else:
                    return
        except (OSError, EOFError) as error:
            raise LineError(name_of(error)) from error
        except h11.ProtocolError as error:
            raise LineError(failure.EOF) from error

    async def body(self) -> bytes:
        """Return the body of the answer, at most 4 MiB of it."""
        found = bytearray()
        async for piece in self.pieces():
            found += piece
            if len(found) > _LARGEST:
                break
        return bytes(found[:_LARGEST])

    @property
    def usable(self) -> bool:
        """Whether another request can follow."""
        return self._h11.our_state is h11.IDLE or (
            self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        )


@lru_cache
def _trusting() -> ssl.SSLContext:
    """Return the context of those whom this machine trusts, names checked."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
