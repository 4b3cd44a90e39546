"""Takes the routes back when whoever set them is gone or hangs.

A process of its own, as ``kill -9`` leaves nobody else to do it. It hears a sign of
life each second; when the pipe closes, or nothing came for ten seconds, everything of
ours leaves the kernel and the system's own routes count again.
"""

import os
import select
import signal
import subprocess
import sys

from rabta.steer.kernel import Kernel


SILENCE = 10.0  # seconds; also how long a stopped process keeps its routes
BEAT = 1.0
_DONE = b"d"


class Guard:
    """The handle of whoever sets routes."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rabta.steer.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C is not for it
        )
        if self._process.stdout is not None:
            self._process.stdout.readline()  # it has loaded all it needs

    def beat(self) -> bool:
        """Show life; False when the guard is gone and the routes with it."""
        return self._say(b".")

    def dismiss(self) -> None:
        """Have the routes taken back, and wait for it."""
        self._say(_DONE)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _say(self, word: bytes) -> bool:
        if self._process.poll() is not None or self._process.stdin is None:
            return False
        try:
            self._process.stdin.write(word)
            self._process.stdin.flush()
        except OSError:
            return False
        return True


def main() -> None:
    """Watch over the standard input, then clear."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    kernel = Kernel()
    kernel.check()  # loads what clearing needs, while the disk can still be read
    sys.stdout.write("watching\n")
    sys.stdout.flush()
    while select.select([0], [], [], SILENCE)[0]:
        if os.read(0, 64)[-1:] in {b"", _DONE}:
            break
    kernel.clear()


if __name__ == "__main__":
    main()
