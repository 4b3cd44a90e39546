"""A small ndt7 server, with knobs to make it misbehave."""

import asyncio
import base64
import hashlib
import json
import struct
import time
from dataclasses import dataclass, field


SUBPROTOCOL = b"net.measurementlab.ndt.v7"


@dataclass
class Ndt7:
    """Serves downloads and uploads of *total* bytes, *pause* seconds a message."""

    total: int = 1 << 20
    pause: float = 0.0
    status: bytes = b"101 Switching Protocols"
    accept: bytes | None = None
    tells: bool = True
    """Whether an upload is told how much has arrived."""
    noise: bytes = b""
    """Raw bytes put before the first message."""
    received: int = 0
    heads: list[bytes] = field(default_factory=list)
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    """Text and control frames of the client."""

    async def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        writer.write(self._shake(head) + self.noise)
        if b"/ndt/v7/upload" in head:
            await self._take(reader, writer)
        else:
            await self._give(reader, writer)

    def _shake(self, head: bytes) -> bytes:
        key = next(
            line.split(b": ")[1]
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key")
        )
        magic = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key + magic).digest())
        lines = (
            b"HTTP/1.1 " + self.status,
            b"Upgrade: websocket",
            b"Connection: Upgrade",
            b"Sec-WebSocket-Accept: " + (self.accept or accept),
            b"Sec-WebSocket-Protocol: " + SUBPROTOCOL,
        )
        return b"\r\n".join(lines) + b"\r\n\r\n"

    async def _give(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        block = bytes(1 << 13)
        for sent in range(0, self.total, len(block)):
            writer.write(frame(2, block))
            if sent % (1 << 18) == 0:
                writer.write(frame(1, b'{"AppInfo":{}}') + frame(9, b"alive"))
            await writer.drain()
            await asyncio.sleep(self.pause)
        writer.write(frame(8, b"\x03\xe8"))
        await self._heed(reader)

    async def _take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        began = time.monotonic()
        writer.write(frame(9, b"alive"))
        while self.received < self.total:
            opcode, payload = await self._frame(reader)
            if opcode == 2:
                self.received += len(payload)
            if self.tells:
                elapsed = int(1e6 * (time.monotonic() - began)) or 1
                told = {"NumBytes": self.received, "ElapsedTime": elapsed}
                writer.write(frame(1, json.dumps({"AppInfo": told}).encode()))
            await asyncio.sleep(self.pause)
        writer.write(frame(8, b"\x03\xe8"))

    async def _heed(self, reader: asyncio.StreamReader) -> None:
        while not self.frames or self.frames[-1][0] != 8:
            await self._frame(reader)

    async def _frame(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        first, second = await reader.readexactly(2)
        assert second & 0x80, "a client must mask"
        size = second & 0x7F
        if size >= 126:
            form, width = ("!H", 2) if size == 126 else ("!Q", 8)
            (size,) = struct.unpack(form, await reader.readexactly(width))
        key = await reader.readexactly(4)
        payload = await reader.readexactly(size)
        opcode = first & 0x0F
        if opcode != 2:
            shown = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
            self.frames.append((opcode, shown))
        return opcode, payload


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a server's frame around *payload*."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    return head + payload
