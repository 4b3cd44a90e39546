"""Where the sealed files lie, and how one is replaced, checked and put aside.

::

    series/raw/month=2026-11/bucket=3/2026-11-22.parquet      own, 7 days
    series/minute/month=2026-11/bucket=3/2026-11-22.parquet   own, 90 days
    series/bulk/month=2026-11/bucket=3/2026-11.parquet        other sources, for ever

The bucket is a hash of the entity, so that work per series can be spread over
machines a folder each. A file holds its series whole for its day, or for the month
where nothing expires; with a file a day, retention is an unlink.
"""

import sqlite3
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from rabta.clock import DAY
from rabta.errors import StoreError
from rabta.store.connect import transaction
from rabta.whole import replacement, sync_folder


BUCKETS = 8
RAW, MINUTES, BULK = "raw", "minute", "bulk"
_CHUNK = 1 << 20
_END = 253_402_214_400_000_000  # 9999-12-31, beyond which there are no dates


class UnreadableError(StoreError):
    """A sealed file is damaged; *file* says which."""

    def __init__(self, file: Path) -> None:
        aside = aside_of(file)
        super().__init__(
            f"{file} is damaged",
            hint=f"move it aside: mv '{file}' '{aside}'; all other data stays readable",
        )
        self.file = file


def bucket_of(entity: str) -> int:
    """Return the bucket of *entity*; the same on every machine and version."""
    return zlib.crc32(entity.encode()) % BUCKETS


def day_of(time: int) -> date:
    """Return the UTC day of *time*."""
    return datetime.fromtimestamp(time // DAY * 86400, UTC).date()


def start_of(day: date) -> int:
    """Return the first microsecond of *day*."""
    return (day - date(1970, 1, 1)).days * DAY


def file_of(root: Path, tier: str, day: date, bucket: int) -> Path:
    """Return the path of the file that holds *day*."""
    month = f"{day:%Y-%m}"
    name = month if tier == BULK else day.isoformat()
    folder = root / "series" / tier / f"month={month}" / f"bucket={bucket}"
    return folder / f"{name}.parquet"


def all_files(
    root: Path, tier: str, bucket: int | None = None
) -> list[tuple[date, Path]]:
    """Return (first day, path) of every file, oldest first; None: of all buckets."""
    buckets = "*" if bucket is None else str(bucket)
    paths = (root / "series" / tier).glob(f"month=*/bucket={buckets}/*.parquet")
    return sorted((day, path) for path in paths if (day := _day_in(path.stem)))


def files_between(
    root: Path, tier: str, bucket: int | None, start: int, stop: int
) -> list[tuple[date, Path]]:
    """Return those of ``all_files`` that may hold times in [start, stop)."""
    first, last = day_of(start), day_of(min(max(start, stop - 1), _END))
    if tier == BULK:
        first = first.replace(day=1)
    return [
        (day, path)
        for day, path in all_files(root, tier, bucket)
        if first <= day <= last
    ]


def _day_in(stem: str) -> date | None:
    try:
        return date.fromisoformat(stem if len(stem) == 10 else f"{stem}-01")
    except ValueError:
        return None


def checksum(file: Path) -> int:
    """Return the CRC-32 of all bytes."""
    crc = 0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


class Checked:
    """Which files were found whole; each is read for it once a process."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._whole: set[tuple[Path, int, int, int]] = set()

    def check(self, connection: sqlite3.Connection, files: Iterable[Path]) -> None:
        """Raise ``UnreadableError`` for the first file whose bytes have changed.

        Raises ``FileNotFoundError`` for one that has expired meanwhile.
        A file that no checksum is known of, carried over from elsewhere, passes.
        """
        for file in files:
            while (state := _state(file)) not in self._whole:
                crc = checksum(file)
                rows = connection.execute(
                    "SELECT crc32 FROM sealed WHERE path = ?",
                    (_name(self._root, file),),
                )
                known = {crc for (crc,) in rows}
                if not known or crc in known:
                    self._whole.add(state)
                elif _state(file) == state:  # not replaced under our eyes
                    raise UnreadableError(file)


def _state(file: Path) -> tuple[Path, int, int, int]:
    about = file.stat()
    return file, about.st_ino, about.st_mtime_ns, about.st_size


def replace(
    root: Path,
    connection: sqlite3.Connection,
    file: Path,
    write: Callable[[Path], None],
) -> None:
    """Let *write* make the new content of *file*, by a ``replacement``.

    Raises:
        StoreError: the disk refuses; *file* is as it was.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    name = _name(root, file)
    try:
        with replacement(file) as aside:
            write(aside)
            crc = checksum(aside)
            with transaction(connection):  # known before the file is there, or never
                connection.execute(
                    "INSERT OR IGNORE INTO sealed VALUES (?, ?)", (name, crc)
                )
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror}",
            hint="check the free space; nothing was removed and it can be tried again",
        ) from error
    with transaction(connection, durable=False):  # one too many does no harm
        connection.execute(
            "DELETE FROM sealed WHERE path = ? AND crc32 <> ?", (name, crc)
        )


def forget(root: Path, connection: sqlite3.Connection, files: Iterable[Path]) -> None:
    """Drop the checksums of *files*, which are gone; inside a transaction."""
    connection.executemany(
        "DELETE FROM sealed WHERE path = ?", [(_name(root, file),) for file in files]
    )


def aside_of(file: Path) -> Path:
    """Return a free name for putting a damaged *file* away."""
    aside = file.with_name(f"{file.name}.damaged")
    number = 1
    while aside.exists():
        number += 1
        aside = file.with_name(f"{file.name}.damaged-{number}")
    return aside


def is_remnant(file: Path) -> bool:
    """Whether *file* stands in for a damaged one, and so lacks most of its rows."""
    return file.with_name(f"{file.name}.damaged").exists()


def put_aside(file: Path) -> Path:
    """Move a damaged *file* out of the way; its new name."""
    aside = aside_of(file)
    file.rename(aside)
    sync_folder(file.parent)
    return aside


def _name(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()
