"""Work that an installed program knows best how to do: git, rsync, sftp."""

import os
import shutil
from dataclasses import replace
from typing import cast
from urllib.parse import urlsplit

from rabta.errors import UsageError
from rabta.model import Command, Message, Push, Rerun, Upload
from rabta.outbox.command import command
from rabta.outbox.limit import in_force
from rabta.outbox.orders import PROGRAMS
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.task import Task
from rabta.steer.ways import Way


_ENVIRONMENT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "SSH_AUTH_SOCK", "TMPDIR")

_SSH = (
    *("-o", "BatchMode=yes", "-o", "ConnectTimeout=10"),
    *("-o", "ServerAliveInterval=2", "-o", "ServerAliveCountMax=3"),
)


async def push(task: Task) -> Outcome:
    """Push one commit to a branch of a remote."""
    work = cast("Push", task.job.order.work)
    what = f"{work.commit}:refs/heads/{work.branch}"
    argv = ("git", "-C", work.folder, "push", "--porcelain", work.remote, what)
    return await _driven(task, argv, work.folder, {"GIT_TERMINAL_PROMPT": "0"})


async def carry(task: Task) -> Outcome:
    """Send a file with rsync or sftp, on from where the last run stopped."""
    work = cast("Upload", task.job.order.work)
    ways = task.ways()
    limit = in_force(work.limit, task.clock.now())
    argv = argv_for(work, ways[0] if ways else None, limit)
    return await _driven(task, argv, "/", {})


def argv_for(work: Upload, way: Way | None, limit: float) -> tuple[str, ...]:
    """Return the command that sends *work* over *way*.

    *limit*: bits per second, 0 for none; it holds for the whole run.

    Raises:
        UsageError: the URL is of no scheme a program is known for.
    """
    url = urlsplit(work.url)
    if url.scheme not in PROGRAMS:
        raise UsageError(f"no program is known for {url.scheme}:// URLs")
    source = way.bindings[0].source if way is not None and way.uplink else ""
    if url.scheme == "sftp":
        return _sftp(work, source, limit)
    # Not --append-verify: it passes over what is as long over there, changed or not.
    argv = ["rsync", "--partial-dir=.rabta-part", "--times", "--timeout=10"]
    if limit:
        argv.append(f"--bwlimit={max(1, round(limit / 8192))}")
    if url.scheme == "rsync":
        argv += [f"--address={source}"] if source else []
        return (*argv, work.file, work.url)
    user = f"{url.username}@" if url.username else ""
    ssh = ["ssh", *_SSH, *(["-b", source] if source else [])]
    ssh += ["-p", str(url.port)] if url.port else []
    place = f"{user}{url.hostname}:{url.path}"
    return (*argv, "-e", " ".join(ssh), work.file, place)


_SFTP = (
    'P="$T.rabta-part"; printf \'put "%s" "%s"\\nrename "%s" "%s"\\n\''
    ' "$F" "$P" "$P" "$T" | sftp -b - "$@"'
)
"""All of it, beside the place and then into it: ``reput`` goes on from the size alone,
whatever lies there. A name that would end its line or its quotes is refused before."""


def _sftp(work: Upload, source: str, limit: float) -> tuple[str, ...]:
    url = urlsplit(work.url)
    user = f"{url.username}@" if url.username else ""
    options = [*_SSH, *(["-P", str(url.port)] if url.port else [])]
    options += ["-o", f"BindAddress={source}"] if source else []
    if limit:
        options += ["-l", str(max(1, round(limit / 1000)))]
    files = ("env", f"F={work.file}", f"T={url.path}", "sh", "-c", _SFTP, "sftp")
    return (*files, *options, f"{user}{url.hostname}")


async def _driven(
    task: Task, argv: tuple[str, ...], folder: str, more: dict[str, str]
) -> Outcome:
    if shutil.which(argv[0]) is None:
        raise FinalError(Message.of("outbox.no_program", program=argv[0]))
    environment = {n: os.environ[n] for n in _ENVIRONMENT if n in os.environ} | more
    work = Command(argv, folder, tuple(environment.items()), Rerun.ALWAYS)
    order = replace(task.job.order, work=work)
    driven = replace(task, job=replace(task.job, order=order))
    try:
        return await command(driven)
    finally:
        task.uplink = driven.uplink
