"""A file as the parts of a multipart upload, and their digests."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


_SMALLEST = 5 * 1024 * 1024
"""S3 takes none that is smaller but the last; small parts lose little at a cut."""
_MOST = 10_000
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """How a file of *size* bytes is cut, always the same; numbers begin at 1."""

    size: int

    @property
    def length(self) -> int:
        """Bytes of every part but the last."""
        needed = -(-self.size // _MOST)
        return max(_SMALLEST, -(-needed // _MIB) * _MIB)

    @property
    def numbers(self) -> range:
        """All of them; an empty file is one empty part."""
        return range(1, max(1, -(-self.size // self.length)) + 1)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each of them lies."""
        return [self.span(number) for number in self.numbers]

    def span(self, number: int) -> tuple[int, int]:
        """Return the first byte of a part and the one after its last."""
        start = (number - 1) * self.length
        return start, min(start + self.length, self.size)

    def bytes_of(self, number: int) -> int:
        """Return how long a part is."""
        start, end = self.span(number)
        return end - start


@dataclass(frozen=True, slots=True)
class Digests:
    """Of one part; or of the digests of all parts, as S3 tells it of an object."""

    md5: bytes
    sha256: bytes

    @property
    def sha256_text(self) -> str:
        """As a header has it."""
        return base64.b64encode(self.sha256).decode()


def digests_of(file: Path, spans: Sequence[tuple[int, int]]) -> list[Digests]:
    """Read these parts of *file*."""
    with file.open("rb") as stream:
        found = []
        for start, end in spans:
            md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
            stream.seek(start)
            left = end - start
            while chunk := stream.read(min(_MIB, left)):
                md5.update(chunk)
                sha256.update(chunk)
                left -= len(chunk)
            found.append(Digests(md5.digest(), sha256.digest()))
        return found


def cut(size: int, length: int) -> list[tuple[int, int]]:
    """Return where parts of *length* bytes lie in a file of *size*."""
    starts = range(0, size, length)
    return [(start, min(start + length, size)) for start in starts]


def composite(parts: Sequence[Digests]) -> Digests:
    """Return the digests of the parts' digests."""
    md5 = hashlib.md5(b"".join(one.md5 for one in parts), usedforsecurity=False)
    sha256 = hashlib.sha256(b"".join(one.sha256 for one in parts))
    return Digests(md5.digest(), sha256.digest())
