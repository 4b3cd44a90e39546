"""The newest checkpoint, once more, in a file beside the log.

A database that was put back from a backup, or cut short with its own checkpoints, is
whole in itself; gone on with, it would be a second log of the same name. This file
shows it. Whoever rolls back both is found by a checkpoint that somebody else holds.
"""

from collections.abc import Sequence
from pathlib import Path

from rabta.errors import StoreError
from rabta.report.evidence import note
from rabta.report.evidence.merkle import root_of
from rabta.whole import replacement


FILE = "evidence.checkpoint"


def write(folder: Path, text: str) -> None:
    """Put the signed note *text* there, whole or not at all.

    Raises:
        StoreError: it cannot be written; the log is then ahead of it, which is fine.
    """
    try:
        with replacement(folder / FILE) as aside:
            aside.write_bytes(text.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(
            f"{folder / FILE} cannot be written: {reason}", hint="check the free space"
        ) from error


def read(folder: Path) -> str | None:
    """Return the signed note that is there; None where there is none.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        return (folder / FILE).read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{folder / FILE} cannot be read: {error}") from error


def fits(text: str | None, hashes: Sequence[bytes]) -> bool:
    """Whether the log of leaf *hashes* is the note *text*'s, or grew out of it."""
    if text is None:
        return True
    try:
        told = note.read(text)
    except ValueError:
        return False
    return told.size <= len(hashes) and root_of(hashes[: told.size]) == told.root
