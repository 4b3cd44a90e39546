"""How ssh is told to notice a dead line, and to go over the uplink of its job."""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rabta.outbox import bridge


OPTIONS = (
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
    *("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"),
)
"""A line that is full of what is sent answers late; one that died, not in 15 s."""


def options(where: Sequence[str], *, relayed: bool) -> list[str]:
    """Return what is said to ssh or sftp about the host *where* (``[-p PORT] HOST``).

    A host that its user reaches by way of another is left to that.
    """
    if not relayed or _goes_its_own_way(where):
        return list(OPTIONS)
    script = shlex.join([sys.executable, "-I", str(Path(bridge.__file__))])
    return [*OPTIONS, "-o", f"ProxyCommand={script} %h %p"]


def _goes_its_own_way(where: Sequence[str]) -> bool:
    """Whether the configuration of ssh has a way of its own to that host."""
    told = subprocess.run(
        ["ssh", "-G", *where], capture_output=True, text=True, check=False
    )
    names = ("proxycommand ", "proxyjump ")
    lines = [one for one in told.stdout.splitlines() if one.startswith(names)]
    return any(not one.endswith(" none") for one in lines)


def environment(proxy_authority: str) -> dict[str, str]:
    """Return what the bridge is told, where no other user can read it."""
    return {bridge.VARIABLE: proxy_authority}
