"""A git push, over the uplink of its job and with an eye on the line."""

import asyncio
import os
import shlex
import subprocess
from collections.abc import Iterator
from typing import cast

from rabta.model import Push
from rabta.outbox import ssh
from rabta.outbox.driven import driven, need
from rabta.outbox.outcome import Outcome
from rabta.outbox.relayed import Proxy, relayed
from rabta.outbox.task import Task


_STALLED = (("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "60"))
"""Else git waits for ever where nothing comes back; a server that is busy with a pack
shows life every five seconds (git-config, receive.keepAlive)."""


async def push(task: Task) -> Outcome:
    """Push one commit to a branch of a remote."""
    work = cast("Push", task.job.order.work)
    need("git")
    what = f"{work.commit}:refs/heads/{work.branch}"
    argv = ("git", "-C", work.folder, "push", "--porcelain", work.remote, what)
    async with relayed(task) as proxy:
        told = await asyncio.to_thread(_environment, work, proxy)
        return await driven(task, argv, work.folder, told)


def _environment(work: Push, proxy: Proxy | None) -> dict[str, str]:
    """Return what git and the ssh it starts are told; a choice of the user's stays."""
    found = {"GIT_TERMINAL_PROMPT": "0"}
    git = ["git", "-C", work.folder]
    where = [work.host] if work.host else []
    if not _asked(*git, "config", "ssh.variant"):
        base = _asked(*git, "config", "core.sshCommand") or "ssh"
        words = ssh.options(where, relayed=proxy is not None and bool(where))
        found["GIT_SSH_COMMAND"] = f"{base} {shlex.join(words)}"
    settings = [*_STALLED]
    if proxy is not None:
        found |= ssh.environment(proxy.authority)
        url = _asked(*git, "remote", "get-url", "--push", work.remote) or work.remote
        theirs = _asked(*git, "config", "--get-urlmatch", "http.proxy", url)
        if not theirs and not _asked(*git, "config", f"remote.{work.remote}.proxy"):
            settings += [
                ("http.proxy", f"http://{proxy.authority}"),
                ("http.proxyAuthMethod", "basic"),
            ]
    return found | dict(_counted(settings))


def _counted(settings: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the variables by which git takes settings that no file has."""
    yield "GIT_CONFIG_COUNT", str(len(settings))
    for number, (name, value) in enumerate(settings):
        yield f"GIT_CONFIG_KEY_{number}", name
        yield f"GIT_CONFIG_VALUE_{number}", value


def _asked(*words: str) -> str:
    """Return what git says; empty where it says no."""
    told = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return "" if told.returncode else told.stdout.strip()
