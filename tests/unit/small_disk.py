"""A disk of a few megabytes, in a namespace of its own, for tests that fill it up."""

import shutil
import subprocess
import sys
import textwrap

import pytest


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_a_small_disk = pytest.mark.skipif(
    not _can_mount(), reason="needs unshare -rm and tmpfs"
)

_PRELUDE = """
from pathlib import Path
disk = Path("/mnt")
ballast = disk / "ballast"

def fill(leave=0):
    size = 1 << 20
    with ballast.open("ab", buffering=0) as stream:
        while size >= 4096:
            try:
                stream.write(b"x" * size)
            except OSError:
                size //= 2
    if leave:
        with ballast.open("r+b") as stream:
            stream.truncate(ballast.stat().st_size - leave)
"""


def on_a_small_disk(script: str, *, size: str) -> None:
    """Run *script* where ``disk`` is a disk of *size*; ``fill`` leaves some bytes."""
    command = (
        f"mount -t tmpfs -o size={size} tmpfs /mnt && exec {sys.executable} -W error -"
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", command],
        input=_PRELUDE + textwrap.dedent(script),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
