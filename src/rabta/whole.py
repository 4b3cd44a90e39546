"""Files that are there whole or not at all, whatever happens while they are written."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rabta.errors import PlatformError


_NAME = ".rabta-{}.tmp"
_LONGEST = 3600.0
"""Seconds for which what is begun may be under way."""
_CLEARED: set[Path] = set()


def write_whole(file: Path, content: bytes, *, mode: int | None = None) -> None:
    """Give *file* new *content*, by a ``replacement``.

    What is no regular file, such as ``/dev/stdout``, is written to as it is.

    Raises:
        PlatformError: the disk refuses; *file* is as it was.
    """
    try:
        if file.exists() and not file.is_file():
            file.write_bytes(content)
        else:
            with replacement(file, mode=mode) as aside:
                aside.write_bytes(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PlatformError(f"{file} cannot be written: {reason}") from error


@contextmanager
def replacement(
    file: Path, *, mode: int | None = None, durable: bool = True, new: bool = False
) -> Iterator[Path]:
    """Yield an empty file in the same folder, which becomes *file* once all is in it.

    Others see the old content or the new, and so does who comes after a kill or a
    power cut. Links are followed. Without a *mode* a file keeps its own, and a new one
    gets the usual; until then nobody else can read what is to be kept from others.
    *durable*: on the disk before this returns. An exception leaves *file* as it was.

    Raises:
        OSError: the disk refuses; with *new* ``FileExistsError`` where *file* is there,
            be it since a moment ago.
    """
    target = Path(os.path.realpath(file))
    if mode is None and target.exists():
        mode = stat.S_IMODE(target.stat().st_mode)
    # a name of its own: two may write at once, and a long name has no room for more
    aside = target.with_name(_NAME.format(os.urandom(8).hex()))
    first = 0o666 if mode is None else 0o600
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, first))
    _clear(target.parent, aside.stat().st_mtime - _LONGEST)
    try:
        yield aside
        if durable:
            _sync(aside, os.O_RDWR)
        if mode is not None:
            aside.chmod(mode)
        if new:
            rename_new(aside, target)
        else:
            aside.replace(target)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise
    if durable:
        sync_folder(target.parent)


def _clear(folder: Path, before: float) -> None:
    """Remove what was begun *before* and never ended: who began it was killed.

    Once for each process and folder: large ones take a while to look through.
    """
    if folder in _CLEARED:
        return
    _CLEARED.add(folder)
    with suppress(OSError):
        for leftover in folder.glob(_NAME.format("*")):
            with suppress(OSError):  # another user's, or another was quicker
                if leftover.lstat().st_mtime < before:
                    leftover.unlink()


def rename_new(part: Path, file: Path) -> None:
    """Rename *part* to *file* unless that is there; one step where links are known.

    Raises:
        FileExistsError: it is there.
    """
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # FAT and its kind
        if file.exists():
            raise FileExistsError(file) from None
        part.rename(file)
    else:
        part.unlink()


def sync_folder(folder: Path) -> None:
    """Have the names in *folder* on the disk, where system and file system can."""
    if os.name == "posix":
        with suppress(OSError):
            _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
