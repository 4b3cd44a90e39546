"""Run a command where it is root over networks of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache


_INSIDE = "RABTA_INSIDE"
_PREPARE = """
mount -t tmpfs tmpfs /run || exit 111
ip link set lo up || exit 111
exec "$@"
"""


def unshared(argv: Sequence[str], *, root: bool = False) -> list[str]:
    """Return the command that runs *argv* in new user, net, mount and PID namespaces.

    Everything in them dies with the command, so that nothing has to be cleaned up.
    *root*: whoever is root here stays that, without a new user namespace, in which
    groups cannot be set.
    """
    kinds = "-nmpf" if root and os.geteuid() == 0 else "-rnmpf"
    unshare = ["setpriv", "--pdeathsig", "KILL"]  # with whoever started it
    unshare += ["unshare", kinds, "--kill-child", "--mount-proc"]
    return [*unshare, "sh", "-c", _PREPARE, "lab", *argv]


@lru_cache
def obstacle() -> str:
    """Return why namespaces cannot be used here; empty when they can."""
    trial = """
        mkdir -p /run/netns && ip netns add trial || exit 1
        nsenter --net=/run/netns/trial ip tuntap add dev trial mode tun || exit 1
        nsenter --net=/run/netns/trial nft add table inet trial || exit 1
    """
    try:
        done = subprocess.run(
            unshared(["sh", "-c", trial]),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except OSError as error:
        return f"network namespaces are not available: {error}"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        return f"network namespaces are not available: {lines[-1]}"
    return ""


def run_inside(module: str, *, root: bool = False) -> int | None:
    """Run *module* again, with the words of this run, in namespaces; its exit code.

    None when this is that run already; 0 where there are none, and why is said.
    """
    if is_inside(module):
        return None
    if left_out():
        return 0
    with start_inside(module, root=root) as inner:
        return inner.wait()


def is_inside(module: str) -> bool:
    """Whether this is the run of *module* in namespaces."""
    return os.environ.get(_INSIDE) == module


def start_inside(
    module: str, *more: str, root: bool = False, stdout: int | None = None
) -> "subprocess.Popen[str]":
    """Start *module* with the words of this run, and *more*, in namespaces."""
    argv = [sys.executable, "-m", module, *sys.argv[1:], *more]
    return subprocess.Popen(
        unshared(argv, root=root),
        env={**os.environ, _INSIDE: module},
        stdout=stdout,
        text=True,
    )


def left_out() -> bool:
    """Whether namespaces cannot be used here; why is said, for people and the gate."""
    if obstacle():
        print(f"skipped: {obstacle()}")
    return bool(obstacle())
