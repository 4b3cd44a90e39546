"""Gzip, bzip2, Zstandard and xz, by the quickest that is installed."""

import bz2
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol


try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # before Python 3.14
    from backports import zstd

try:
    from isal.igzip_lib import IsalError
except ImportError:  # of the extra "fast"
    _isal_error: type[Exception] = zlib.error
else:
    _isal_error = IsalError  # type: ignore[assignment,unused-ignore]

try:
    import lzma
except ImportError:  # of a Python that was built without it
    lzma = None  # type: ignore[assignment,unused-ignore]

_XZ_MEMORY = 130_000_000  # what `xz -9` needs, twice

DAMAGE: tuple[type[Exception], ...] = (
    *(OSError, EOFError, ValueError),
    *(_isal_error, zlib.error, zstd.ZstdError),
    *((lzma.LZMAError,) if lzma else ()),
)
"""What decompressors raise on what is damaged."""

_OF_BLOCKS: tuple[type[Exception], ...] = (RuntimeError, *DAMAGE)
_WORTH_BLOCKS = 2_000_000  # octets of bzip2; below, one thread is done as soon


class Decompressor(Protocol):
    """What bz2 and zstd offer, and zlib in a wrapper."""

    @property
    def eof(self) -> bool: ...  # noqa: D102 - as in bz2
    @property
    def needs_input(self) -> bool: ...  # noqa: D102
    @property
    def unused_data(self) -> bytes: ...  # noqa: D102
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...  # noqa: D102


Make = Callable[[], Decompressor]


class _Zlib:
    """zlib with the manners of the other decompressors."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        tail = self._inner.unconsumed_tail
        return self._inner.decompress(tail + data if tail else data, max_length)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


def gunzip() -> Decompressor:
    """Return what unpacks a member of gzip."""
    try:
        from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor
    except ImportError:  # of the extra "fast"
        return _Zlib()
    return IgzipDecompressor(DECOMP_GZIP)


def unpacker(magic: bytes) -> Make | None:
    """Return what unpacks a file that begins with *magic*; None where it is plain."""
    if magic.startswith(b"\x1f\x8b"):
        return gunzip
    if magic.startswith(b"BZh"):
        return bz2.BZ2Decompressor
    if magic == b"\x28\xb5\x2f\xfd":
        made: Make = zstd.ZstdDecompressor
        return made
    if magic == b"\xfd7zX" and lzma:
        return _xz
    return None


def _xz() -> Decompressor:
    found: Decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    return found


class Blocks:
    """A large bzip2 file, unpacked on every core."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.whole = False
        """Whether it was unpacked to its end; not where it is damaged or not tried."""
        self.share = 0.0

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield what it holds as far as it is sound.

        Nothing comes where nothing is to be gained: few octets, one core, no library.
        """
        cores = min(4, os.cpu_count() or 1)
        length = self._path.stat().st_size
        if length < _WORTH_BLOCKS or cores < 2:
            return
        try:
            from rapidgzip import IndexedBzip2File
        except ImportError:  # of the extra "fast"
            return
        with IndexedBzip2File(str(self._path), parallelization=cores) as file:
            held = b""  # a block may turn out to be damaged once it was handed out
            try:
                while chunk := file.read(size):
                    if held:
                        yield held
                    self.share = file.tell_compressed() / 8 / length
                    held = chunk
            except _OF_BLOCKS:
                return
        self.whole = True
        yield held
