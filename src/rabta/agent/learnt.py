"""What was learnt of one uplink, on the disk: a snapshot and the minutes since.

A snapshot is large and written now and then; the minutes after it are small and
appended as they pass. Both bear the number of the snapshot: what is not in it stands
in journals of its number or a higher one, whatever happened in between.
"""

import logging
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from rabta.whole import write_whole


log = logging.getLogger(__name__)

_SNAPSHOT, _JOURNAL = ".npz", ".log"
_MINUTE = struct.Struct("<qqqddd")
_CHECK = struct.Struct("<I")
_SIZE = _MINUTE.size + _CHECK.size


@dataclass(frozen=True, slots=True)
class Minute:
    """What one line of an uplink showed in one minute."""

    start: int
    """Microseconds UTC."""
    family: int
    sent: int
    """Probes behind the loss."""
    rtt: float
    """Seconds; this and the following are NaN where nothing was measured."""
    loss: float
    throughput: float
    """Bits per second."""


class Learnt:
    """The folder of one uplink.

    A journal is not synced: a killed process loses nothing of it, a power cut what
    the system had not written yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._number = max((_number(file) for file in self._files()), default=0)
        self._told = False

    def snapshot(self) -> bytes | None:
        """Return the newest snapshot, None before the first; raises OSError."""
        file = self._newest()
        return None if file is None else file.read_bytes()

    def minutes(self) -> Iterator[Minute]:
        """Yield the minutes after the newest snapshot; one cut short ends a journal."""
        newest = self._newest()
        since = 0 if newest is None else _number(newest)
        for file in sorted(self._files(_JOURNAL), key=_number):
            if _number(file) >= since:
                yield from _read(file)

    def append(self, minute: Minute) -> None:
        """Write *minute* down; a refusal is logged once and costs only the minute."""
        packed = _MINUTE.pack(
            minute.start,
            minute.family,
            minute.sent,
            minute.rtt,
            minute.loss,
            minute.throughput,
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self.folder / f"{self._number}{_JOURNAL}"
            with file.open("ab", buffering=0) as journal:
                torn = journal.tell() % _SIZE
                if torn:  # a crash or a full disk cut the last one short
                    journal.truncate(journal.tell() - torn)
                journal.write(packed + _CHECK.pack(crc32(packed)))
        except OSError as error:
            if not self._told:
                log.warning("%s: what is learnt cannot be kept: %s", self.folder, error)
            self._told = True

    def next_snapshot(self) -> Path:
        """Return the file for a snapshot of now; minutes from now on are not in it."""
        self._number += 1
        return self.folder / f"{self._number}{_SNAPSHOT}"

    def forget(self) -> None:
        """Remove everything."""
        for file in self._files():
            file.unlink(missing_ok=True)

    def _newest(self) -> Path | None:
        return max(self._files(_SNAPSHOT), key=_number, default=None)

    def _files(self, suffix: str = "") -> list[Path]:
        """Return snapshots, journals or both."""
        wanted = (suffix,) if suffix else (_SNAPSHOT, _JOURNAL)
        try:
            return [
                file
                for file in self.folder.iterdir()
                if file.suffix in wanted and file.stem.isdecimal()
            ]
        except OSError:
            return []


def write_snapshot(file: Path, content: bytes) -> None:
    """Write a snapshot and remove what it stands for.

    Raises:
        OSError, PlatformError: the disk refuses; what was there stays.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, content)
    for old in file.parent.iterdir():
        known = old.suffix in (_SNAPSHOT, _JOURNAL) and old.stem.isdecimal()
        if known and _number(old) < _number(file):
            old.unlink()


def _number(file: Path) -> int:
    return int(file.stem)


def _read(file: Path) -> Iterator[Minute]:
    try:
        content = file.read_bytes()
    except OSError as error:
        log.warning("what was learnt since the last snapshot is lost: %s", error)
        return
    for at in range(0, len(content) - _SIZE + 1, _SIZE):
        packed = content[at : at + _MINUTE.size]
        (check,) = _CHECK.unpack_from(content, at + _MINUTE.size)
        if crc32(packed) != check:
            log.warning("%s: damaged after %d minutes", file, at // _SIZE)
            return
        start, family, sent, rtt, loss, throughput = _MINUTE.unpack(packed)
        yield Minute(start, family, sent, rtt, loss, throughput)
