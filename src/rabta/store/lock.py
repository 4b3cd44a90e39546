"""One measuring process per store, one sealing process per store."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Self

from rabta.errors import StoreError


WRITER = "writer.lock"
SEALER = "sealer.lock"


class Lock:
    """A file held locked; the system lets go of it when the process dies.

    The file stays behind: it is the lock on it that counts.
    """

    def __init__(self, file: Path, *, hint: str) -> None:
        """Raise ``StoreError`` naming the process when another one holds *file*."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            holder = os.read(self._descriptor, 20).decode("ascii", "replace")
            os.close(self._descriptor)
            raise StoreError(
                f"another rabta is running, pid {holder.strip() or 'unknown'}",
                hint=hint,
            ) from error
        # a full disk must not keep the one process from running that can free it
        with contextlib.suppress(OSError):
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, b"%-19d\n" % os.getpid())

    def release(self) -> None:
        """Let the next one in, and name no process that is through with the store."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def writer_of(path: Path) -> int:
    """Return the process that measures into the store at *path*; 0 if none is seen."""
    try:
        number = int((path / WRITER).read_text("ascii"))
        command = Path(f"/proc/{number}/cmdline").read_bytes()
    except (OSError, ValueError):
        return 0
    return number if b"rabta" in command else 0


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # a byte far behind the process number, which others must be able to read
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
