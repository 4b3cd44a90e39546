"""Run a command where it is root over networks of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache


_PREPARE = """
mount -t tmpfs tmpfs /run || exit 111
ip link set lo up || exit 111
exec "$@"
"""


def unshared(argv: Sequence[str]) -> list[str]:
    """Return the command that runs *argv* in new user, net, mount and PID namespaces.

    Everything in them dies with the command, so that nothing has to be cleaned up.
    """
    unshare = ["setpriv", "--pdeathsig", "KILL"]  # with whoever started it
    unshare += ["unshare", "-rnmpf", "--kill-child", "--mount-proc"]
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


def run_inside(module: str) -> int | None:
    """Run *module* again, with the words of this run, in namespaces; its exit code.

    None when this is that run already.
    """
    mark = "RABTA_INSIDE"
    if os.environ.get(mark) == module:
        return None
    if obstacle():
        print(obstacle(), file=sys.stderr)
        return 1
    argv = [sys.executable, "-m", module, *sys.argv[1:]]
    environment = {**os.environ, mark: module}
    return subprocess.run(unshared(argv), env=environment, check=False).returncode
