"""One TCP, and perhaps TLS, connection over one line, and the time of each phase.

TLS runs over memory buffers and not through asyncio's own transport: that one reports
an end of file during the handshake as a reset, and a censor's reset must not be
confused with a server that hangs up.
"""

import asyncio
import socket
import ssl
import sys
from collections.abc import Awaitable
from contextlib import suppress
from functools import lru_cache

from rabta.clock import Clock
from rabta.failure import name_of
from rabta.model.observation import Phases
from rabta.probes.aim import Aim
from rabta.probes.binding import open_socket
from rabta.probes.tcp_info import tcp_info


CHUNK_BYTES = 64 * 1024
_SEGMENT_BYTES = 1400
_HEADER_BYTES = {4: 52, 6: 72}
"""Of IP and of TCP with the timestamp option."""
_OPENING, _END = 3, 3
"""Segments that carry nothing."""
_KEEP_ALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 4), ("TCP_KEEPCNT", 5))
_DER = 2  # _ssl.ENCODING_DER


class BadAnswerError(Exception):
    """The peer answered with something that is not the protocol; *failure* names it."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


async def attempt(seconds: float, conversation: Awaitable[None]) -> str | None:
    """Await *conversation* for at most *seconds*; name what went wrong, if anything."""
    try:
        async with asyncio.timeout(seconds):
            await conversation
    except BadAnswerError as error:
        return error.failure
    except (OSError, EOFError) as error:
        return name_of(error)
    return None


def tcp_bytes(family: int, sent: int, received: int, *, connected: bool) -> int:
    """Estimate what *sent* and *received* bytes cost on the wire, headers included."""
    header = _HEADER_BYTES[family]
    if not connected:
        return 2 * header
    segments = sum(-(-size // _SEGMENT_BYTES) for size in (sent, received))
    return sent + received + header * (_OPENING + _END + 2 * segments)


class Stopwatch:
    """How long a probe spent in each phase; *phase* is the one it is in."""

    def __init__(self, clock: Clock) -> None:
        self.phase = ""
        self._clock = clock
        self._since = clock.monotonic()
        self._spent: dict[str, float] = {}

    def enter(self, phase: str) -> None:
        """End the current phase and begin *phase*."""
        now = self._clock.monotonic()
        if self.phase:
            self._spent[self.phase] = now - self._since
        self.phase = phase
        self._since = now

    def stop(self) -> None:
        """End the current phase, where the conversation went as it should."""
        self.enter("")

    @property
    def seconds(self) -> float:
        """All finished phases together."""
        return sum(self._spent.values())

    @property
    def phases(self) -> Phases:
        """The finished phases, and the current one up to now."""
        spent = dict(self._spent)
        if self.phase:
            spent[self.phase] = self._clock.monotonic() - self._since
        return Phases(**spent)


@lru_cache
def tls_context(*protocols: str) -> ssl.SSLContext:
    """Return the shared context that offers the ALPN *protocols*.

    It accepts any certificate, so that a bad one can be seen and judged
    (``rabta.probes.certificate``) instead of ending the handshake unseen.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class Stream:
    """A connection to the address of one aim; ``contextlib.closing`` ends it."""

    def __init__(self, aim: Aim) -> None:
        self.watch = Stopwatch(aim.clock)
        self.tls_version = ""
        self._binding = aim.binding
        self._address = aim.address
        self._socket: socket.socket | None = None
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._sent = 0
        self._received = 0
        self._connected = False
        self._spent = 0
        """Of the connection that was closed."""

    async def connect(self, port: int) -> None:
        """Open the connection.

        Raises:
            OSError: it was refused, reset or is impossible.
        """
        self.watch.enter("connect")
        self._socket = open_socket(self._binding, socket.SOCK_STREAM)
        # without it the request waits for the acknowledgement of the handshake's end
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = self._binding.sockaddr(self._address, port)
        await asyncio.get_running_loop().sock_connect(self._socket, peer)
        self._connected = True

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Shake hands, showing *name* (no name is shown when it is an address).

        Raises:
            OSError: reset, or ``ssl.SSLError`` for an alert or a broken handshake.
            EOFError: the peer hung up.
        """
        self.watch.enter("tls")
        tls = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=name or None
        )
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                self._incoming.write(await self._more())
            except ssl.SSLError:
                with suppress(OSError):
                    await self._flush()  # our alert says why
                raise
            else:
                break
        await self._flush()
        self._tls = tls
        self.tls_version = tls.version() or ""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates the peer showed, leaf first, DER."""
        if self._tls is None:
            return ()
        if sys.version_info >= (3, 13):
            return tuple(self._tls.get_unverified_chain())
        # 3.11 and 3.12 have it, but only there
        inner = self._tls._sslobj  # type: ignore[attr-defined,unused-ignore]  # noqa: SLF001
        return tuple(c.public_bytes(_DER) for c in inner.get_unverified_chain() or ())

    async def send(self, data: bytes) -> None:
        """Send all of *data*."""
        if self._tls is None:
            await self._send(data)
        else:
            self._tls.write(data)
            await self._flush()

    async def receive(self) -> bytes:
        """Return what has arrived, at most 64 KiB; empty at the end of the stream."""
        await asyncio.sleep(0)  # a fast peer must not keep the loop to itself
        if self._tls is None:
            return await self._receive()
        while True:
            try:
                return self._tls.read(CHUNK_BYTES)
            except ssl.SSLWantReadError:
                chunk = await self._receive()
                if not chunk:  # many servers end without saying so
                    return b""
                self._incoming.write(chunk)
            except ssl.SSLZeroReturnError:
                return b""

    def expect(self, size: int) -> None:
        """Let the peer have no more than about *size* bytes under way to here.

        What is still under way when the connection is closed is paid for as well.
        """
        self._open.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        if sys.platform == "linux":
            clamp = socket.IPPROTO_TCP, socket.TCP_WINDOW_CLAMP
            self._open.setsockopt(*clamp, size)

    def keep_alive(self) -> None:
        """Have the system ask a silent peer whether it is there; see its ``tcp(7)``.

        Where it lets us choose: after ten seconds of silence, five times, so that a
        line that died is known half a minute later.
        """
        self._open.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE:
            if option := getattr(socket, name, None):
                self._open.setsockopt(socket.IPPROTO_TCP, option, value)

    def close(self) -> None:
        """Let go of the connection at once."""
        if self._socket is not None:
            self._spent = self.spent_bytes
            self._socket.close()
            self._socket = None

    @property
    def spent_bytes(self) -> int:
        """What the connection cost on the wire so far, both ways, with headers.

        As Linux counts it, what came and was not read included; elsewhere estimated.
        """
        if self._socket is None:
            return self._spent
        family = self._binding.family
        told = tcp_info(self._socket) if self._connected else None
        if told is None:
            return tcp_bytes(
                family, self._sent, self._received, connected=self._connected
            )
        segments = told.segments_sent + told.segments_received + _END
        payload = told.bytes_sent + told.bytes_received
        return payload + _HEADER_BYTES[family] * segments

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes the peer has acknowledged, and bytes that came from it."""
        return self._sent - self.unacknowledged_bytes, self._received

    @property
    def unacknowledged_bytes(self) -> int:
        """What the system took from us and the peer has not; 0 where none can tell."""
        if sys.platform != "linux":
            return 0
        from fcntl import ioctl
        from termios import TIOCOUTQ

        answer = ioctl(self._open, TIOCOUTQ, bytes(4))
        return int.from_bytes(answer, sys.byteorder)

    @property
    def receiver_rtt(self) -> float:
        """Seconds of a round trip as the receiving side sees it; 0 where none tells.

        It grows with a queue on the way that holds our bytes back.
        """
        told = tcp_info(self._open)
        return told.receiver_rtt / 1e6 if told else 0.0

    @property
    def _open(self) -> socket.socket:
        if self._socket is None:
            raise RuntimeError("connect first")
        return self._socket

    async def _more(self) -> bytes:
        chunk = await self._receive()
        if not chunk:
            raise EOFError
        return chunk

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._send(self._outgoing.read())

    async def _send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._open, data)
        self._sent += len(data)

    async def _receive(self) -> bytes:
        loop = asyncio.get_running_loop()
        chunk = await loop.sock_recv(self._open, CHUNK_BYTES)
        self._received += len(chunk)
        return chunk
