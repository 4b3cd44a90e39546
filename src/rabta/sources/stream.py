"""Files of any size and compression as bounded chunks of bytes and of whole lines."""

import bz2
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from rabta.errors import DataError
from rabta.sources.imported import Tally


CHUNK = 4_000_000
LONGEST_LINE = 32_000_000
DOCUMENT = 16_000_000  # a document is decoded whole, to about ten times its size
_RATIO, _FREE = 300, 64_000_000  # nothing sound packs better once it is this large


class _Decompressor(Protocol):
    """What bz2 and zstd offer, and zlib in a wrapper."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Zlib:
    """zlib with the manners of the other decompressors."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


_Make = Callable[[], _Decompressor]


class Stream:
    """One file, decompressed while it is read.

    What is damaged ends the stream: ``tally.partial`` says where and why, and all
    that came before it is good.
    """

    def __init__(self, path: Path, tally: Tally) -> None:
        self.path = path
        self.tally = tally
        self.read_bytes = 0
        """Bytes of the file, as compressed, that were read."""

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """Yield the file's bytes, decompressed, at most *size* at a time."""
        with self.path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            make = _decompressor(magic, self.path)
            if make is None:
                while chunk := file.read(size):
                    self.read_bytes += len(chunk)
                    yield chunk
                return
            yield from self._decompressed(file, make, size)

    def _decompressed(self, file: BinaryIO, make: _Make, size: int) -> Iterator[bytes]:
        engine, fresh, written = make(), True, 0
        data = b""
        while True:
            if not data and (fresh or engine.needs_input):
                data = file.read(1 << 18)
                self.read_bytes += len(data)
                if not data:
                    if not fresh:
                        self._stop("cut off", written)
                    return
            try:
                out = engine.decompress(data, size)
            except (OSError, zlib.error, EOFError, ValueError) as error:
                self._stop(f"damaged ({str(error)[:80]})", written)
                return
            data, fresh = b"", False
            if out:
                written += len(out)
                yield out
                if written > _FREE and written > _RATIO * self.read_bytes:
                    self._stop("it grows more than any real file does", written)
                    return
            if engine.eof:
                data = engine.unused_data.lstrip(b"\0")
                engine, fresh = make(), True

    def _stop(self, why: str, offset: int) -> None:
        self.tally.partial = f"{why} at byte {offset} of what it holds"

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield (offset, lines): chunks that end with a line, the last one may not."""
        tail, offset, skipping = b"", 0, 0
        for read in self.chunks():
            chunk = read
            if skipping:
                start = chunk.find(b"\n") + 1
                if not start:
                    skipping += len(chunk)
                    continue
                offset += skipping + start
                chunk, skipping = chunk[start:], 0
            end = chunk.rfind(b"\n") + 1
            if not end:
                tail += chunk
                if len(tail) > LONGEST_LINE:
                    self.tally.put_aside("the line is too long", offset, tail[:400])
                    tail, skipping = b"", len(tail)
                continue
            block = tail + chunk[:end]
            yield offset, block
            offset += len(block)
            tail = chunk[end:]
        if tail:
            yield offset, tail

    def document(self) -> bytes:
        """Return the whole file, for formats that are one document.

        Raises:
            DataError: it holds more than 16 MB; larger exports come in parts.
        """
        parts, size = [], 0
        for chunk in self.chunks():
            size += len(chunk)
            if size > DOCUMENT:
                raise DataError(
                    f"one JSON document of more than {DOCUMENT // 1_000_000} MB",
                    file=str(self.path),
                    hint="export shorter periods, one file each",
                )
            parts.append(chunk)
        return b"".join(parts)

    def head(self, size: int = 65536) -> bytes:
        """Return the first bytes, decompressed."""
        found = b""
        for chunk in self.chunks(size):
            found += chunk
            if len(found) >= size:
                break
        return found[:size]


def _decompressor(magic: bytes, path: Path) -> _Make | None:
    if magic.startswith(b"\x1f\x8b"):
        return _Zlib
    if magic.startswith(b"BZh"):
        return bz2.BZ2Decompressor
    if magic == b"\x28\xb5\x2f\xfd":
        return _zstd(path)
    return None


def _zstd(path: Path) -> _Make:
    try:
        from compression.zstd import (  # type: ignore[import-not-found,unused-ignore]
            ZstdDecompressor,  # of Python 3.14
        )
    except ImportError:
        raise DataError(
            "Zstandard is read on Python 3.14 and later",
            file=str(path),
            hint=f"unpack it first: zstd -d '{path.name}'",
        ) from None
    found: _Make = ZstdDecompressor
    return found
