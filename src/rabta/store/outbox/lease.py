"""Whose a job is: told by a file that the system unlocks when a process dies.

Clocks step and machines sleep, so that no time says whether a worker lives. The lock
does: after ``kill -9`` or a power cut it is free, and while a worker is only slow, or
stopped, its jobs stay its own.
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Self

from rabta.errors import StoreError
from rabta.store.lock import Lock


FOLDER = "workers"
_RECENT = 4
"""Files that are left alone: a worker that just begins must find its own free."""


class Worker:
    """One process that works on jobs; its leases last as long as it lives."""

    def __init__(self, folder: Path, name: str, lock: Lock) -> None:
        self.name = name
        self._file = folder / f"{name}.lock"
        self._lock = lock
        self._leases = 0

    @classmethod
    def enter(cls, path: Path) -> Self:
        """Become a worker of the queue in the folder *path*."""
        folder = path / FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{os.getpid()}-{secrets.token_hex(6)}"
            lock = Lock(folder / f"{name}.lock", hint="")
        except OSError as error:
            raise StoreError(
                f"{folder} cannot be written: {error.strerror}",
                hint="check the free space and who owns it",
            ) from error
        return cls(folder, name, lock)

    def lease(self) -> str:
        """Return a new lease: of this worker and of no other job or time."""
        self._leases += 1
        return f"{self.name}/{self._leases}"

    def leave(self) -> None:
        """Let others have what this one did not finish."""
        with contextlib.suppress(OSError):
            self._file.unlink()
        self._lock.release()


def lives(path: Path, lease: str) -> bool:
    """Whether the worker that took *lease* still runs."""
    file = path / FOLDER / f"{lease.partition('/')[0]}.lock"
    if not file.exists():
        return False
    try:
        Lock(file, hint="").release()
    except FileNotFoundError:
        return False
    except (StoreError, OSError):  # in doubt it lives: a job must not be done twice
        return True
    with contextlib.suppress(OSError):
        file.unlink()
    return False


def bury(path: Path) -> None:
    """Remove what workers left that were killed while they had no job."""
    with contextlib.suppress(OSError):
        files = sorted((path / FOLDER).glob("*.lock"), key=_begun)
        for file in files[:-_RECENT]:
            lives(path, file.stem)


def _begun(file: Path) -> float:
    return file.stat().st_mtime
