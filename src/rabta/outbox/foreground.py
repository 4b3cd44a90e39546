"""Work a person waits for: done by this process, with or without the daemon."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

from rabta.clock import Clock, SystemClock
from rabta.config import Config
from rabta.errors import StoreError
from rabta.model import Job, JobState, Message, Order, Work
from rabta.outbox.command import command
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.task import Runner, Task
from rabta.outbox.traces import Traces
from rabta.outbox.waiting import out_of_hours
from rabta.outbox.worker import Works
from rabta.probes.uplinks import names_of
from rabta.steer.lines import Lines
from rabta.store.outbox import KEPT, Queue


_LOOK = 0.2
_FINISHED = {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


def run_command(config: Config, order: Order, say: Callable[[Message], None]) -> int:
    """Run a command here and now, again when its line took it down; its exit code."""
    clock = SystemClock()
    job = Job(0, order, JobState.RUNNING, clock.now())
    return asyncio.run(_run_command(config, job, clock, say))


async def _run_command(
    config: Config, job: Job, clock: Clock, say: Callable[[Message], None]
) -> int:
    order = job.order
    lines = _lines(config, clock)

    async def keep(_done: int, _token: str, _uplink: str) -> None:
        pass

    failures = 0
    async with lines.followed():
        while True:
            task = Task(job, "", lines, clock, keep, foreground=True)
            if not task.ways():
                hours = out_of_hours(order.needs, clock.now())
                say(hours or Message.of("cli.outbox.waits"))
                while not await task.another_way(3600.0):
                    pass
            try:
                outcome = await command(task)
            except FinalError as error:
                say(error.says)
                return 127
            if outcome.kind in {"done", "failed"}:
                return outcome.exit_code or 0
            failures = failures + 1 if outcome.kind == "server" else 0
            attempts = job.order.retry.attempts
            if attempts and failures >= attempts:
                return outcome.exit_code or 1
            await _pause(job, outcome, failures, lines, say)


async def _pause(
    job: Job,
    outcome: Outcome,
    failures: int,
    lines: Lines,
    say: Callable[[Message], None],
) -> None:
    if outcome.says is not None:
        say(outcome.says)
    if outcome.kind == "server":
        pause = job.order.retry.pause(failures)
        say(Message.of("cli.outbox.again", span=pause))
        await asyncio.sleep(pause)
    else:
        await lines.news(lines.version, 1.0)


def work_on(config: Config, queue: Queue, job: Job, show: Callable[[Job], None]) -> Job:
    """Work on one queued job until it is finished, telling *show* how far it is."""
    return asyncio.run(_work_on(config, queue, job, show))


async def _work_on(
    config: Config, queue: Queue, job: Job, show: Callable[[Job], None]
) -> Job:
    lines = _lines(config, queue.clock)
    async with lines.followed():
        works = Works(queue, lines, slots=1, only=job.id)
        working = asyncio.create_task(works.run())
        try:
            while job.state not in _FINISHED:
                if working.done():
                    working.result()
                await asyncio.sleep(_LOOK)
                job = await asyncio.to_thread(queue.job, job.id)
                show(job)
        finally:
            await _end(working)
            await asyncio.to_thread(_let_wait, queue)
    return job


def drain(
    config: Config,
    queue: Queue,
    runners: Mapping[type[Work], Runner],
    show: Callable[[], None],
) -> None:
    """Do all that can be done now, then return."""
    asyncio.run(_drain(config, queue, runners, show))


async def _drain(
    config: Config,
    queue: Queue,
    runners: Mapping[type[Work], Runner],
    show: Callable[[], None],
) -> None:
    lines = _lines(config, queue.clock)
    async with lines.followed():
        works = Works(queue, lines, runners=runners)
        working = asyncio.create_task(works.run(until_idle=True))
        try:
            while not working.done():
                await asyncio.wait((working,), timeout=_LOOK)
                show()
            working.result()
        finally:
            await _end(working)
            await asyncio.to_thread(_let_wait, queue)


async def serve(
    config: Config, runners: Mapping[type[Work], Runner], *, idle: float
) -> None:
    """Work until nothing has been queued for *idle* seconds, or cancelled."""
    clock = SystemClock()
    with Queue.open(config.store.path, clock=clock) as queue:
        with contextlib.suppress(StoreError):  # a full disk: another time
            for number in queue.expire(clock.now() - KEPT):
                Traces(queue.path, number).remove()
        lines = _lines(config, clock)
        async with lines.followed():
            working = asyncio.create_task(Works(queue, lines, runners=runners).run())
            busy = clock.monotonic()
            try:
                while clock.monotonic() - busy < idle:
                    await asyncio.wait((working,), timeout=1.0)
                    if working.done():
                        working.result()
                    if await asyncio.to_thread(queue.has_work):
                        busy = clock.monotonic()
            finally:
                await _end(working)
                await asyncio.to_thread(_let_wait, queue)


def _let_wait(queue: Queue) -> None:
    """Let others have at once what this process leaves."""
    with contextlib.suppress(StoreError):  # they find it themselves, in seconds
        queue.reclaim()


async def _end(working: "asyncio.Task[None]") -> None:
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


def _lines(config: Config, clock: Clock) -> Lines:
    return Lines(Path(config.store.path), names_of(config.uplinks), clock)
