"""Named network namespaces and the commands that act inside them."""

import ctypes
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


HOME = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def entered(namespace: str) -> list[str]:
    """Return the words to put before a command that shall run in *namespace*."""
    return ["nsenter", f"--net={HOME / namespace}", "--"]


def command(argv: list[str], text: str = "") -> str:
    """Run *argv* with *text* on stdin; what it says of a failure is the error."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}\n{text}")
    return done.stdout


def ip(namespace: str, *lines: str) -> None:
    """Run ``ip`` commands in *namespace*; those that begin with ``-6`` come last."""
    six = [line.removeprefix("-6 ") for line in lines if line.startswith("-6 ")]
    rest = [line for line in lines if not line.startswith("-6 ")]
    for flags, batch in ((), rest), (("-6",), six):
        if batch:
            argv = [*entered(namespace), "ip", *flags, "-batch", "-"]
            command(argv, "\n".join(batch) + "\n")


def nft(namespace: str, rules: str) -> None:
    """Load nftables *rules* in *namespace*."""
    command([*entered(namespace), "nft", "-f", "-"], rules)


def sysctl(namespace: str, settings: Iterable[tuple[str, str]]) -> None:
    """Write settings below ``net`` in *namespace*; names use slashes."""
    with inside(namespace):
        for name, value in settings:
            Path("/proc/sys/net", name).write_text(value)


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Move this thread into *namespace*; sockets stay where they were made."""
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(HOME / namespace, os.O_RDONLY)
    try:
        _setns(there)
        yield
    finally:
        _setns(back)
        os.close(there)
        os.close(back)


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
