"""Throughput by ndt7 (M-Lab, ndt-server ``spec/ndt7-protocol.md`` v0.11).

One TCP connection, WebSocket over TLS where the URL says ``wss``. The path of the
target's URL chooses the direction: ``…/ndt/v7/download`` or ``…/ndt/v7/upload``. Made
only against a server the user configured, for 10 s and at most 200 MB, or what the
day's budget leaves. Value: bits per second of payload over the whole test; for an
upload as the server counted it where it tells, else what the system took from us.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from contextlib import closing, suppress

import h11

from rabta import failure
from rabta.model.observation import Certificate, Observation
from rabta.model.target import Probe
from rabta.probes import certificate
from rabta.probes.aim import Aim
from rabta.probes.fetch import Meter
from rabta.probes.http_exchange import ask, header, open_url
from rabta.probes.stream import CHUNK_BYTES, BadAnswerError, Stream, attempt
from rabta.probes.throughput_frames import (
    Frame,
    FrameReader,
    Opcode,
    load,
    masked,
)
from rabta.probes.url import Url


TEST_SECONDS = 10.0
MAX_BYTES = 200_000_000
_SUBPROTOCOL = "net.measurementlab.ndt.v7"
_ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_GRACE_SECONDS = 1.0
_SMALLEST, _LARGEST = 1 << 13, 1 << 20


async def probe(aim: Aim) -> Observation:
    """Run one test; the aim's timeout bounds getting started, not the test."""
    test = _Test(aim)
    sent = aim.clock.now()
    with closing(test.stream):
        failed = await attempt(aim.timeout, test.begin())
        if failed is None:
            failed = await test.run()
    return aim.observe(
        Probe.THROUGHPUT,
        sent,
        value=None if failed else test.rate,
        failure=failed,
        detail=test.meter.detail(),
        spent_bytes=test.stream.spent_bytes,
    )


class _Test:
    """One direction of one test."""

    def __init__(self, aim: Aim) -> None:
        self.stream = Stream(aim)
        self.meter = Meter(aim.clock)
        self._aim = aim
        self._url = Url.parse(aim.target.url)
        self._uploads = self._url.path.partition("?")[0].endswith("/upload")
        self._frames = FrameReader()
        self._early = b""
        self._pong = b""
        self._deadline = 0.0
        self._in_flight = 0
        self._acknowledged: float | None = None
        self._most = MAX_BYTES if aim.payload is None else min(MAX_BYTES, aim.payload)

    async def begin(self) -> None:
        """Open the WebSocket.

        Raises:
            BadAnswerError: the server's certificate or its answer is not right.
        """
        shown: Certificate | None = await open_url(self.stream, self._aim, self._url)
        if problem := certificate.objection(self._aim.target, shown):
            raise BadAnswerError(problem)
        key = base64.b64encode(secrets.token_bytes(16))
        connection, reply = await ask(
            self.stream,
            self._url,
            extra=(
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Key", key.decode()),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Protocol", _SUBPROTOCOL),
            ),
        )
        if not isinstance(reply, h11.InformationalResponse):
            raise BadAnswerError(failure.HTTP_STATUS)
        digest = hashlib.sha1(key + _ACCEPT_SUFFIX, usedforsecurity=False).digest()
        if header(reply, b"sec-websocket-accept") != base64.b64encode(digest).decode():
            raise BadAnswerError(failure.HTTP_MALFORMED)
        if header(reply, b"sec-websocket-protocol") != _SUBPROTOCOL:
            raise BadAnswerError(failure.HTTP_MALFORMED)
        self._early = connection.trailing_data[0]

    async def run(self) -> str | None:
        """Move bytes until time, the cap or the server ends it."""
        self._deadline = self._aim.clock.monotonic() + TEST_SECONDS
        transfer = self._upload() if self._uploads else self._download()
        failed = await attempt(TEST_SECONDS + _GRACE_SECONDS, transfer)
        self.meter.stop()
        self._in_flight = self.stream.unacknowledged_bytes
        if failed is None and not self.meter.total:
            return failure.EOF
        if failed is None:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_GRACE_SECONDS):
                    await self.stream.send(masked(Opcode.CLOSE, b"\x03\xe8"))
        if failed == failure.GENERIC_TIMEOUT and self.meter.total:
            return None  # stuck in the middle of a message, which is slow, not broken
        if failed == failure.CONNECTION_RESET and self._acknowledged is not None:
            return None  # it had told what came, and closed while more was under way
        return failed

    @property
    def rate(self) -> float:
        """Bits per second."""
        if self._acknowledged is not None:
            return self._acknowledged
        sent = self.meter.total - self._in_flight
        return 8 * max(sent, 0) / self.meter.seconds if self.meter.seconds else 0.0

    def _goes_on(self) -> bool:
        in_time = self._aim.clock.monotonic() < self._deadline
        return in_time and self.meter.total < self._most

    async def _download(self) -> None:
        while self._goes_on():
            frames = await self._arrived()
            if not frames:
                return
            for frame in frames:
                if frame.opcode in (Opcode.BINARY, Opcode.CONTINUATION):
                    self.meter.add(frame.size)
                elif not await self._heed(frame):
                    return

    async def _upload(self) -> None:
        listener = asyncio.create_task(self._listen())
        try:
            size = _SMALLEST
            while self._goes_on() and not listener.done():
                message = self._pong + load(secrets.token_bytes(size))
                self._pong = b""
                for begin in range(0, len(message), CHUNK_BYTES):
                    await asyncio.sleep(0)
                    piece = message[begin : begin + CHUNK_BYTES]
                    await self.stream.send(piece)
                    self.meter.add(len(piece))
                if size < _LARGEST and size < self.meter.total / 16:
                    size *= 2
            if listener.done():
                await listener
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _listen(self) -> None:
        while frames := await self._arrived():
            for frame in frames:
                if frame.opcode is Opcode.TEXT:
                    self._acknowledge(frame.payload)
                elif frame.opcode is Opcode.PING:
                    self._pong = masked(Opcode.PONG, frame.payload)
                elif frame.opcode is Opcode.CLOSE:
                    return

    async def _arrived(self) -> list[Frame]:
        """Return at least one frame, or none at the end of the stream."""
        while True:
            data, self._early = self._early or await self.stream.receive(), b""
            if not data:
                return []
            if frames := list(self._frames.feed(data)):
                return frames

    async def _heed(self, frame: Frame) -> bool:
        """Answer what must be answered; False when the server ends the test."""
        if frame.opcode is Opcode.PING:
            await self.stream.send(masked(Opcode.PONG, frame.payload))
        return frame.opcode is not Opcode.CLOSE

    def _acknowledge(self, text: bytes) -> None:
        """Take over what the server says it has received; microseconds and bytes."""
        for part, size in (("TCPInfo", "BytesReceived"), ("AppInfo", "NumBytes")):
            with suppress(LookupError, TypeError, ValueError, ArithmeticError):
                info = json.loads(text)[part]
                rate = 8e6 * float(info[size]) / float(info["ElapsedTime"])
                if 0 < rate < 1e12:
                    self._acknowledged = rate
