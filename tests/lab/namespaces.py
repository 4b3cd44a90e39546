"""Named network namespaces and the commands that act inside them."""

import ctypes
import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


HOME = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_PATIENCE = 10.0
_libc = ctypes.CDLL(None, use_errno=True)


def entered(namespace: str) -> list[str]:
    """Return the words to put before a command that shall run in *namespace*."""
    return ["nsenter", f"--net={HOME / namespace}", "--"]


def command(argv: list[str], text: str = "") -> str:
    """Run *argv* with *text* on stdin; what it says of a failure is the error."""
    done = _run(argv, text)
    if done.returncode:
        raise _failure(argv, done, text)
    return done.stdout


def _run(argv: list[str], text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, input=text, capture_output=True, text=True, check=False)


def _failure(
    argv: list[str], done: subprocess.CompletedProcess[str], text: str
) -> RuntimeError:
    return RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}\n{text}")


def ip(namespace: str, *lines: str) -> None:
    """Run ``ip`` commands in *namespace*; those that begin with ``-6`` come last."""
    six = [line.removeprefix("-6 ") for line in lines if line.startswith("-6 ")]
    rest = [line for line in lines if not line.startswith("-6 ")]
    _batch(namespace, (), rest)
    _batch(namespace, ("-6",), six)


def _batch(namespace: str, flags: tuple[str, ...], lines: list[str]) -> None:
    """Run *lines*, with patience for gateways that are not known to be near yet.

    The kernel adds the route to an IPv6 neighbourhood after the address, in its own
    time; until then a route over it is refused with EHOSTUNREACH.
    """
    argv = [*entered(namespace), "ip", *flags, "-batch", "-"]
    end = time.monotonic() + _PATIENCE
    while lines:
        text = "\n".join(lines) + "\n"
        done = _run(argv, text)
        failed = re.search(r"Command failed -:(\d+)", done.stderr)
        if not done.returncode:
            return
        early = failed is not None and "No route to host" in done.stderr
        if not early or time.monotonic() > end:
            raise _failure(argv, done, text)
        lines = lines[int(failed[1]) - 1 :] if failed else lines
        time.sleep(0.02)


def nft(namespace: str, rules: str) -> None:
    """Load nftables *rules* in *namespace*."""
    command([*entered(namespace), "nft", "-f", "-"], rules)


def tc(namespace: str, line: str) -> None:
    """Run one ``tc`` command in *namespace*."""
    command([*entered(namespace), "tc", *line.split()])


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
