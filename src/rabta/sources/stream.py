"""Files of any size and compression as bounded chunks of bytes and of whole lines."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from rabta.errors import DataError
from rabta.sources.imported import Tally
from rabta.sources.unpack import DAMAGE, Blocks, Make, unpacker
from rabta.sources.zipped import DAMAGED, ZIP, only_member


CHUNK = 4_000_000
_BLOCK = 1_000_000  # more than bzip2 packs at once
LONGEST_LINE = 32_000_000
DOCUMENT = 16_000_000  # a document is decoded whole, to about ten times its size
_RATIO, _FREE = 300, 64_000_000  # nothing sound packs better once it is this large


def is_packed(magic: bytes) -> bool:
    """Whether a file that begins with these octets is unpacked when it is read."""
    return magic == ZIP or unpacker(magic) is not None


class Stream:
    """One file, decompressed while it is read.

    What is damaged ends the stream: ``tally.partial`` says where and why, and all
    that came before it is good.
    """

    def __init__(self, path: Path, tally: Tally, *, digest: bool = False) -> None:
        self.path = path
        self.tally = tally
        self.sha256 = ""
        """Of the file as it lies there, where *digest* was asked for and one pass came
        to its end; "" else."""
        self._digest = hashlib.sha256() if digest else None
        self.read_bytes = 0
        """Bytes of the file, as compressed, that were read."""
        self.ends_open = False
        """Whether the lines that were yielded last end without an end of line."""

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """Yield the file's bytes, decompressed, at most *size* at a time."""
        self._begin()
        with self.path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic == ZIP:
                yield from self._member(file, size)
                return
            make = unpacker(magic)
            if make is None:
                while chunk := file.read(size):
                    self._count(chunk)
                    yield chunk
                self._count(b"")
                return
            if magic.startswith(b"BZh") and size >= _BLOCK:
                yield from self._blocks(file, make, size)
            else:
                yield from self._decompressed(file, make, size)

    def fill(self, where: Callable[[], memoryview], size: int) -> Iterator[int]:
        """Put the file's bytes where one says; yield how many, at most *size* each.

        *where* is asked before each turn and answers with room for *size*. A plain
        file is read straight into it, without memory of its own.
        """
        with self.path.open("rb", buffering=0) as file:
            if not is_packed(file.read(4)):
                self._begin()
                file.seek(0)
                while count := file.readinto(room := where()[:size]):
                    self._count(room[:count])
                    yield count
                self._count(b"")
                return
        for chunk in self.chunks(size):
            where()[: len(chunk)] = chunk
            yield len(chunk)

    def _begin(self) -> None:
        """Begin a pass: what was read before of the file, to look at it, is no part."""
        if self._digest is not None:
            self._digest = hashlib.sha256()

    def _count(self, data: bytes | memoryview) -> None:
        """Take note of what was read of the file; nothing is its end."""
        self.read_bytes += len(data)
        if self._digest is None:
            return
        if len(data):
            self._digest.update(data)
        else:
            self.sha256 = self._digest.hexdigest()

    def _blocks(self, file: BinaryIO, make: Make, size: int) -> Iterator[bytes]:
        """Unpack on every core; what is damaged once more, to tell where and why."""
        given, length = 0, self.path.stat().st_size
        for chunk in (blocks := Blocks(self.path)).chunks(size):
            given += len(chunk)
            self.read_bytes = min(length, round(length * blocks.share))
            yield chunk
            if given > _FREE and given > _RATIO * length:
                self._stop("it grows more than any real file does", given)
                return
        if blocks.whole:
            self.read_bytes = length
            return
        self.read_bytes = 0
        for chunk in self._decompressed(file, make, size):
            new = chunk[given:]
            given = max(0, given - len(chunk))
            if new:
                yield new

    def _member(self, file: BinaryIO, size: int) -> Iterator[bytes]:
        """Unpack the only file of a ZIP archive."""
        given = 0
        with only_member(file, self.path) as member:
            try:
                while chunk := member.read(size):
                    self.read_bytes = file.tell()
                    given += len(chunk)
                    yield chunk
                    if given > _FREE and given > _RATIO * self.path.stat().st_size:
                        self._stop("it grows more than any real file does", given)
                        return
            except DAMAGED as error:
                self._stop(f"damaged ({str(error)[:80]})", given)

    def _decompressed(self, file: BinaryIO, make: Make, size: int) -> Iterator[bytes]:
        engine, fresh, written = make(), True, 0
        data = b""
        while True:
            if not data and (fresh or engine.needs_input):
                data = file.read(1 << 18)
                self._count(data)
                if not data:
                    if not fresh:
                        self._stop("cut off", written)
                    return
            try:
                out = engine.decompress(data, size)
            except DAMAGE as error:
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
            self.ends_open = True
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
                    f"one document of more than {DOCUMENT // 1_000_000} MB",
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
