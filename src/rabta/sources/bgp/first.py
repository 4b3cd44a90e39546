"""What an MRT file is, told by its first records."""

import struct
from pathlib import Path

from rabta.errors import DataError
from rabta.sources.bgp.kernel import HEADER, LONGEST
from rabta.sources.imported import EARLIEST, Tally
from rabta.sources.stream import Stream


_KINDS = {12: range(1, 3), 13: range(1, 14), 16: range(12), 17: range(12)}
_DUMPS = (12, 13)
_SECOND = 1_000_000


def headers(text: bytes) -> list[tuple[int, int]]:
    """Return (seconds, type) of the records at the beginning, a hundred at most.

    It ends before what is no record.
    """
    found: list[tuple[int, int]] = []
    at = 0
    while at + HEADER <= len(text) and len(found) < 100:
        time, kind, subtype, size = struct.unpack_from(">IHHI", text, at)
        early = time * _SECOND < EARLIEST
        if subtype not in _KINDS.get(kind, ()) or size > LONGEST or early:
            break
        found.append((time, kind))
        at += HEADER + size
    return found


def looks(text: bytes) -> bool:
    """Whether *text* begins as MRT does."""
    return bool(headers(text[: HEADER + 1]))


def in_time(files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return *files* with those that are MRT in the order of their time.

    A table comes before updates of the same time. Other files keep their places.
    """
    keys: dict[Path, tuple[int, bool]] = {}
    for file in files:
        try:
            found = headers(Stream(file, Tally(str(file), 0)).head(4096))
        except (OSError, DataError):
            continue  # said when its turn comes
        if found:
            keys[file] = (found[0][0], found[0][1] not in _DUMPS)
    ordered = iter(sorted(keys, key=keys.__getitem__))
    return tuple(next(ordered) if file in keys else file for file in files)
