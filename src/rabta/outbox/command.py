"""Running a command for a job: once, unless its line took it down."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import cast

from rabta.model import Command, Message, Rerun
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.secret import resolve
from rabta.outbox.task import Task
from rabta.outbox.traces import Traces
from rabta.steer.ways import Way


# Exit codes that mean "the network", from each program's own manual.
NETWORK_EXITS: Mapping[str, frozenset[int]] = {
    "curl": frozenset({5, 6, 7, 18, 28, 35, 52, 55, 56}),
    "wget": frozenset({4}),
    "rsync": frozenset({10, 12, 30, 35, 255}),
    "ssh": frozenset({255}),
    "scp": frozenset({255}),
    "sftp": frozenset({255}),
    "git": frozenset({128}),
    "rclone": frozenset({5}),
    "restic": frozenset({1}),
    "aria2c": frozenset({2, 6, 19}),
}
_LOOK = 0.3
_POLL = 0.05
_MERCY = 5.0  # seconds between asking a command to end and ending it
_BELATED = 3.0
"""Seconds in which a line that took a command down is known to be down."""


async def command(task: Task) -> Outcome:
    """Run the command of *task* over the best way there is.

    Raises:
        FinalError: it cannot be started.
    """
    work = cast("Command", task.job.order.work)
    ways = task.ways()
    way = ways[0] if ways else None
    task.uplink = way.uplink if way is not None else ""
    traces = None if task.foreground else Traces(Path(task.folder), task.job.id)
    code = traces.exit_code() if traces else None
    if code is not None:  # it ended after its worker did
        return _judge(work, code, task, disturbed=task.leans)
    disturbed = asyncio.Event()
    watching = asyncio.create_task(_watch(task, way, disturbed))
    try:
        code = await _run(task, work, way, traces)
        if code is not None and _names_network(work, code):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(disturbed.wait(), _BELATED)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    if code is None:
        return Outcome("failed", Message.of("outbox.interrupted"))
    return _judge(work, code, task, disturbed=disturbed.is_set())


async def _run(
    task: Task, work: Command, way: Way | None, traces: Traces | None
) -> int | None:
    """Return the exit code; None when it ran under another worker and left none."""
    descriptor = None
    if traces is not None:
        begun = traces.begun
        while (descriptor := traces.hold()) is None:  # noqa: ASYNC110 - no event either
            await asyncio.sleep(_LOOK)
        # only now: it may have ended between a look and the hold
        code = traces.exit_code()
        if code is not None or (begun and work.rerun is Rerun.NEVER):
            os.close(descriptor)
            return code
    try:
        process = _start(task, work, way, traces, descriptor)
    finally:
        if descriptor is not None:
            os.close(descriptor)
    try:
        while process.poll() is None:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(_POLL)
        return _plain(process.returncode)
    except asyncio.CancelledError:
        if task.unwanted or task.foreground:
            await _end(process, group=traces is not None)
        raise


def _start(
    task: Task,
    work: Command,
    way: Way | None,
    traces: Traces | None,
    descriptor: int | None,
) -> "subprocess.Popen[bytes]":
    environment = {name: resolve(value) for name, value in work.environment}
    environment |= _about(task, way)
    program = work.argv[0]
    place = Path(work.folder, program) if "/" in program else program
    if which(place, path=environment.get("PATH")) is None:
        raise FinalError(Message.of("outbox.no_program", program=program))
    try:
        if traces is None:
            return subprocess.Popen(work.argv, cwd=work.folder, env=environment)
        with traces.output.open("ab") as output:
            # not asyncio's: that one kills what still runs when its loop ends
            return subprocess.Popen(
                traces.wrapped(work.argv),
                cwd=work.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=() if descriptor is None else (descriptor,),
            )
    except OSError as error:
        reason = error.strerror or str(error)
        says = Message.of("outbox.no_start", program=work.argv[0], reason=reason)
        raise FinalError(says) from error


def _about(task: Task, way: Way | None) -> dict[str, str]:
    """Tell a command what it is part of, so that it can be exact about it."""
    found = {"RABTA_JOB": str(task.job.id)}
    if task.job.order.key:
        found["RABTA_IDEMPOTENCY_KEY"] = task.job.order.key
    if way is not None and way.uplink:
        found["RABTA_UPLINK"] = way.uplink
        found["RABTA_INTERFACE"] = way.bindings[0].interface
        found["RABTA_SOURCE"] = way.bindings[0].source
    return found


async def _watch(task: Task, way: Way | None, disturbed: asyncio.Event) -> None:
    """Note when the way it began over is no longer there as it was."""
    if way is None:
        return
    while True:
        version = task.lines.version
        now = {one for other in task.open_ways() for one in other.bindings}
        if not now.intersection(way.bindings):
            disturbed.set()
            return
        await task.lines.news(version, 60.0)


def _judge(work: Command, code: int, task: Task, *, disturbed: bool) -> Outcome:
    if code == 0:
        return Outcome("done", Message.of("outbox.ran"), 0)
    says = Message.of("outbox.exited", code=code)
    if work.rerun is Rerun.NEVER:
        return Outcome("failed", says, code)
    if disturbed and task.job.order.needs.line:
        return Outcome("line", Message.of("outbox.line_took", code=code), code)
    # the line held: the other side erred, or the program means more by its code
    if work.rerun is Rerun.ALWAYS or _names_network(work, code):
        return Outcome("server", says, code)
    return Outcome("failed", says, code)


def _names_network(work: Command, code: int) -> bool:
    return code in NETWORK_EXITS.get(Path(work.argv[0]).name, ())


async def _end(process: "subprocess.Popen[bytes]", *, group: bool) -> None:
    """End a command and all it started."""
    group = group and os.name == "posix"
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        for _ in range(round(_MERCY / _POLL)):
            if process.poll() is not None and not (group and _has_group(process.pid)):
                return
            await asyncio.sleep(_POLL)


def _has_group(number: int) -> bool:
    """Whether any process of a group lives on, its first one gone or not."""
    try:
        os.killpg(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it became another user's, and is not ours to end
        return False
    return True


def _plain(code: int) -> int:
    """Return what a shell would say of a command that a signal ended."""
    return 128 - code if code < 0 else code
