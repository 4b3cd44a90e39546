"""WebSocket framing (RFC 6455, section 5), as much of it as ndt7 needs.

Payloads of binary messages are counted and dropped as they arrive, so that a frame
of any length costs no memory; text and control payloads are kept up to 16 KiB.
"""

import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from rabta import failure
from rabta.probes.stream import BadAnswerError


class Opcode(IntEnum):
    """RFC 6455, section 11.8."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame, or the *size* bytes of a binary one that came just now."""

    opcode: Opcode
    size: int
    payload: bytes = b""


_KEPT = frozenset({Opcode.TEXT, Opcode.CLOSE, Opcode.PING, Opcode.PONG})
_MAX_KEPT_BYTES = 16 * 1024


class FrameReader:
    """Turns a server's bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skipping = 0
        self._opcode = Opcode.BINARY

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield what *data* completes.

        Raises:
            BadAnswerError: masked by the server, an unknown opcode, or a text or
                control frame too long to be a measurement.
        """
        self._buffer += data
        while self._buffer:
            if self._skipping:
                size = min(self._skipping, len(self._buffer))
                del self._buffer[:size]
                self._skipping -= size
                yield Frame(self._opcode, size)
                continue
            head = self._head()
            if head is None:
                return
            opcode, offset, length = head
            if opcode not in _KEPT:
                del self._buffer[:offset]
                self._opcode, self._skipping = opcode, length
                continue
            if length > _MAX_KEPT_BYTES:
                raise BadAnswerError(failure.HTTP_MALFORMED)
            if len(self._buffer) < offset + length:
                return
            payload = bytes(self._buffer[offset : offset + length])
            del self._buffer[: offset + length]
            yield Frame(opcode, length, payload)

    def _head(self) -> tuple[Opcode, int, int] | None:
        """Return opcode, size of the header and length of the payload."""
        if len(self._buffer) < 2:
            return None
        first, second = self._buffer[:2]
        try:
            opcode = Opcode(first & 0x0F)
        except ValueError:
            raise BadAnswerError(failure.HTTP_MALFORMED) from None
        if first & 0x70 or second & 0x80:
            raise BadAnswerError(failure.HTTP_MALFORMED)
        if second < 126:
            return opcode, 2, second
        size, form = (2, "!H") if second == 126 else (8, "!Q")
        if len(self._buffer) < 2 + size:
            return None
        (length,) = struct.unpack_from(form, self._buffer, 2)
        return opcode, 2 + size, length


def masked(opcode: Opcode, payload: bytes) -> bytes:
    """Return the client's frame around *payload*, at most 125 bytes of it."""
    key = secrets.token_bytes(4)
    hidden = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload[:125]))
    return bytes((0x80 | opcode, 0x80 | len(hidden))) + key + hidden


def load(noise: bytes) -> bytes:
    """Return a binary frame of random content.

    Random bytes under a random mask are random bytes: *noise* goes out as it is, and
    nobody spends time on masking.
    """
    head = struct.pack("!BBQ", 0x80 | Opcode.BINARY, 0x80 | 127, len(noise))
    return head + secrets.token_bytes(4) + noise
