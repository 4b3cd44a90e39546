"""What a running command leaves on the disk, so that it outlives its worker.

A worker may be killed while its command goes on. The next one sees by the lock that
the command still runs, and by the exit file how it ended, and does not start it again.
"""

import contextlib
import os
import sys
from pathlib import Path


FOLDER = "runs"
WRAPPER = (
    'exit_file=$1; shift; "$@"; code=$?; '
    'echo $code >"$exit_file.part" && mv "$exit_file.part" "$exit_file"; exit $code'
)


class Traces:
    """Of the command of job *number* of the queue in the folder *path*."""

    def __init__(self, path: Path, number: int) -> None:
        self._folder = path / FOLDER
        self._exit = self._folder / f"{number}.exit"
        self._lock = self._folder / f"{number}.lock"
        self.output = self._folder / f"{number}.log"
        self.back = self._folder / f"{number}.back"
        """What a command gets back to compare."""

    def wrapped(self, argv: tuple[str, ...]) -> list[str]:
        """Return the command that runs *argv* and keeps its exit code."""
        if os.name != "posix":
            return list(argv)
        return ["/bin/sh", "-c", WRAPPER, "rabta", str(self._exit), *argv]

    @property
    def begun(self) -> bool:
        """Whether the command was started, or was about to be."""
        return self._lock.exists()

    def exit_code(self) -> int | None:
        """Return how the command ended; None when that was not kept."""
        try:
            return int(self._exit.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def hold(self) -> int | None:
        """Return a descriptor for the command to inherit; None while one still runs."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return None
        return descriptor

    def forget_ended(self) -> None:
        """Remove all but the output, unless the command still runs."""
        if self.begun and (descriptor := self.hold()) is not None:
            self.forget()
            os.close(descriptor)

    def forget(self) -> None:
        """Remove all but the output."""
        half = self._exit.with_suffix(".exit.part")
        for file in (self._exit, half, self._lock, self.back):
            with contextlib.suppress(OSError):
                file.unlink()

    def remove(self) -> None:
        """Remove everything."""
        self.forget()
        with contextlib.suppress(OSError):
            self.output.unlink()
