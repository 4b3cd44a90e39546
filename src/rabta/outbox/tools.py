"""Sending a file by a program that knows best how to: rsync or sftp."""

import asyncio
import shlex
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from rabta.errors import UsageError
from rabta.model import Check, Message, Upload
from rabta.outbox import sftp, ssh
from rabta.outbox.driven import driven, need
from rabta.outbox.limit import in_force
from rabta.outbox.orders import PROGRAMS
from rabta.outbox.outcome import Outcome, ServerError
from rabta.outbox.relayed import relayed
from rabta.outbox.task import Task
from rabta.outbox.traces import Traces
from rabta.outbox.transfer.files import print_of, sha256_of
from rabta.outbox.transfer.state import State, state_of, text_of


async def carry(task: Task) -> Outcome:
    """Send a file with rsync or sftp, on from where the last run stopped."""
    work = cast("Upload", task.job.order.work)
    scheme = work.url.partition(":")[0]
    if scheme not in PROGRAMS:
        raise UsageError(f"no program is known for {scheme}:// URLs")
    need(PROGRAMS[scheme])
    limit = in_force(work.limit, task.clock.now())
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(relayed(task))
        told = ssh.environment(proxy.authority) if proxy else {}
        if scheme == "sftp":
            return await _by_sftp(task, work, limit, told)
        argv = await asyncio.to_thread(rsync_for, work, limit, relayed=bool(proxy))
        if proxy:
            told["RSYNC_PROXY"] = proxy.authority
        done = await driven(task, argv, "/", told)
    return _sent("outbox.sent", done, work)


async def _by_sftp(
    task: Task, work: Upload, limit: float, told: dict[str, str]
) -> Outcome:
    read_back = work.check is Check.READ_BACK
    back = str(Traces(Path(task.folder), task.job.id).back) if read_back else ""
    digest = await _digest(task, work)
    options = await asyncio.to_thread(_options, work, "-P", relayed=bool(told))
    if limit:
        options += ["-l", str(max(1, round(limit / 1000)))]
    done = await driven(task, sftp.argv_for(work, digest, back, options), "/", told)
    if done.exit_code == sftp.DIFFERS:
        host = urlsplit(work.url).hostname or ""
        raise ServerError(Message.of("outbox.differs", host=host))
    return _sent("outbox.sent" if read_back else "outbox.sent_untold", done, work)


async def _digest(task: Task, work: Upload) -> str:
    """Return the SHA-256 of the file; kept, so that it is read once."""
    now, kept = print_of(Path(work.file)), state_of(task.token)
    if (now.size, now.modified) == (kept.size, kept.modified):
        return kept.sha256
    digest = await asyncio.to_thread(sha256_of, Path(work.file))
    await task.remember(text_of(State("sftp", "", now.size, now.modified, digest)))
    return digest


def rsync_for(work: Upload, limit: float, *, relayed: bool) -> tuple[str, ...]:
    """Return the rsync that sends *work*.

    *limit*: bits per second, 0 for none; it holds for the whole run.
    """
    url = urlsplit(work.url)
    # Not --append-verify: it passes over what is as long over there, changed or not;
    # so does what rsync does unasked, where the times are equal as well.
    argv = ["rsync", "--partial-dir=.rabta-part", "--times", "--ignore-times"]
    argv.append("--timeout=10")
    if limit:
        argv.append(f"--bwlimit={max(1, round(limit / 8192))}")
    if url.scheme == "rsync":
        return (*argv, work.file, work.url)
    user = f"{url.username}@" if url.username else ""
    words = ["ssh", *_options(work, "-p", relayed=relayed)]
    place = f"{user}{url.hostname}:{url.path}"
    return (*argv, "-e", shlex.join(words), work.file, place)


def _options(work: Upload, port_flag: str, *, relayed: bool) -> list[str]:
    url = urlsplit(work.url)
    host = url.hostname or ""
    port = [str(url.port)] if url.port else []
    where = [*(["-p", *port] if port else []), host]
    said = ssh.options(where, relayed=relayed)
    return [*said, *([port_flag, *port] if port else [])]


def _sent(key: str, done: Outcome, work: Upload) -> Outcome:
    if done.kind != "done":
        return done
    host = urlsplit(work.url).hostname or ""
    return replace(done, says=Message.of(key, host=host))
