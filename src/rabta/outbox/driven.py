"""Work that an installed program does for a job."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rabta.model import Command, Message, Rerun
from rabta.outbox.command import command
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.task import Task


_ENVIRONMENT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "SSH_AUTH_SOCK", "TMPDIR")


def need(program: str) -> None:
    """Raise ``FinalError`` where *program* is not installed."""
    if shutil.which(program) is None:
        raise FinalError(Message.of("outbox.no_program", program=program))


async def driven(
    task: Task, argv: Sequence[str], folder: str, more: Mapping[str, str]
) -> Outcome:
    """Run *argv* in *folder* for *task*; it has *more* in its environment."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment = {**kept, **more}
    work = Command(tuple(argv), folder, tuple(environment.items()), Rerun.ALWAYS)
    order = replace(task.job.order, work=work)
    running = replace(task, job=replace(task.job, order=order), leans=True)
    try:
        return await command(running)
    finally:
        task.uplink = running.uplink
