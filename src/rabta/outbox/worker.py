"""Does the work of the queue: each job as soon as a way for it is open."""

import asyncio
import logging
from collections.abc import Mapping

from rabta.errors import RabtaError, StoreError
from rabta.model import (
    Call,
    Command,
    Discard,
    Download,
    Job,
    JobState,
    Message,
    Push,
    Upload,
    Work,
)
from rabta.outbox.call import call
from rabta.outbox.command import command
from rabta.outbox.git import push
from rabta.outbox.leftover import LATER, aftermath, discard_of
from rabta.outbox.limit import may_go
from rabta.outbox.orders import PROGRAMS, host_of
from rabta.outbox.outcome import FinalError, LineError, Outcome, ServerError
from rabta.outbox.task import Keep, Leave, Runner, Task
from rabta.outbox.tools import carry
from rabta.outbox.traces import Traces
from rabta.outbox.transfer import storage
from rabta.outbox.transfer.download import download
from rabta.outbox.transfer.upload import upload
from rabta.steer.lines import Lines
from rabta.store.outbox import Queue, Reached, Worker


log = logging.getLogger(__name__)

_POLL = 0.1  # seconds between looks for what other processes queued: one counter
_LOOK = 1.0  # for pauses that end
_BEAT = 1.0
_RECLAIM = 5.0
_LINE_PAUSE = 1.0
"""Seconds after a way that is believed open failed: a job must not spin."""


async def send(task: Task) -> Outcome:
    """Send a file by what its URL asks for."""
    work = task.job.order.work
    scheme = work.url.partition(":")[0] if isinstance(work, Upload) else ""
    if scheme in storage.SCHEMES:
        return await storage.send(task, scheme)
    return await (carry(task) if scheme in PROGRAMS else upload(task))


RUNNERS: Mapping[type[Work], Runner] = {
    Command: command,
    Upload: send,
    Download: download,
    Call: call,
    Push: push,
    Discard: storage.discard,
}


class Works:
    """One worker: leases jobs, runs some at a time, acknowledges each once."""

    def __init__(
        self,
        queue: Queue,
        lines: Lines,
        *,
        slots: int = 4,
        only: int = 0,
        runners: Mapping[type[Work], Runner] = RUNNERS,
    ) -> None:
        """With *only*, do that job and no other."""
        self._queue = queue
        self._lines = lines
        self._clock = queue.clock
        self._slots = slots
        self._only = only
        self._runners = runners
        self._worker = Worker.enter(queue.path)
        self._running: dict[asyncio.Task[None], Task] = {}

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return bool(self._running)

    async def run(self, *, until_idle: bool = False) -> None:
        """Work until cancelled; *until_idle*: until nothing more can be done now."""
        await self._reclaim()
        upkeep = asyncio.create_task(self._upkeep())
        try:
            while True:
                version = self._queue.version(), self._lines.version
                if upkeep.done():
                    upkeep.result()
                leased = await self._fill()
                if until_idle and not leased and not self._running:
                    return
                await self._wait(version)
        finally:
            upkeep.cancel()
            for one in self._running:
                one.cancel()
            await asyncio.gather(upkeep, *self._running, return_exceptions=True)
            self._worker.leave()

    async def _fill(self) -> bool:
        """Start jobs while there is room and one is ready; whether any was."""
        started = False
        while len(self._running) < self._slots:
            try:
                job = await asyncio.to_thread(self._lease)
            except StoreError as error:
                log.warning("the queue cannot be asked: %s", error)
                return started
            if job is None:
                return started
            started = True
            task = Task(
                job,
                host_of(job.order.work),
                self._lines,
                self._clock,
                self._keeper(job),
                self._leaver(job),
                folder=str(self._queue.path),
                token=job.token,
                done_bytes=job.done_bytes,
            )
            self._running[asyncio.create_task(self._do(task))] = task
        return started

    def _lease(self) -> Job | None:
        now = self._clock.now()
        gates = [
            gate.id
            for gate in self._queue.gates()
            if may_go(gate.needs, now) and self._lines.ways(gate.needs, gate.host)
        ]
        return self._queue.lease(self._worker, gates, self._only) if gates else None

    def _keeper(self, job: Job) -> Keep:
        async def keep(done: int, token: str, uplink: str) -> None:
            try:
                held = await asyncio.to_thread(
                    self._queue.progress, job, Reached(done, token, uplink)
                )
            except StoreError as error:
                if token != job.token:  # what is not kept cannot be gone on with
                    raise ServerError(
                        Message.of("outbox.store", reason=error.message)
                    ) from error
                return
            if not held:
                raise asyncio.CancelledError

        return keep

    def _leaver(self, job: Job) -> Leave:
        async def leave(token: str) -> None:
            order = discard_of(job, token)
            if order is None:
                return
            try:
                what = [(order, host_of(order.work))]
                await asyncio.to_thread(self._queue.add, what)
            except StoreError as error:
                says = Message.of("outbox.store", reason=error.message)
                raise ServerError(says) from error

        return leave

    async def _wait(self, version: tuple[int, int]) -> None:
        """Wait until a job may have become ready."""
        end = self._clock.monotonic() + _LOOK
        running = set(self._running)
        while self._clock.monotonic() < end:
            if running:
                done, _ = await asyncio.wait(
                    running, timeout=_POLL, return_when=asyncio.FIRST_COMPLETED
                )
                if done:
                    break
            else:
                await self._lines.news(version[1], _POLL)
            if (self._queue.version(), self._lines.version) != version:
                break
        for task in [one for one in self._running if one.done()]:
            del self._running[task]

    async def _do(self, task: Task) -> None:
        """Run one job and settle what follows from how it ended."""
        outcome = await self._outcome(task)
        while True:
            try:
                await asyncio.to_thread(self._settle, task, outcome)
            except StoreError as error:  # done is done: say so as soon as the disk can
                log.warning("job %d cannot be settled: %s", task.job.id, error)
                await asyncio.sleep(_LOOK)
            else:
                return

    async def _outcome(self, task: Task) -> Outcome:
        runner = self._runners[type(task.job.order.work)]
        try:
            return await runner(task)
        except LineError as error:
            return Outcome("line", Message.of("outbox.line", failure=error.reason))
        except ServerError as error:
            return Outcome("server", error.says, pause=error.pause)
        except FinalError as error:
            return Outcome("failed", error.says)
        except RabtaError as error:
            return Outcome("server", Message.of("outbox.refuses", reason=str(error)))
        except Exception:
            log.exception("job %d", task.job.id)
            return Outcome("server", Message.of("outbox.mistake"))

    def _settle(self, task: Task, outcome: Outcome) -> None:
        queue, job, says = self._queue, task.job, outcome.says
        reached = Reached(task.done_bytes, task.token, task.uplink)
        traces = Traces(queue.path, job.id)
        retry = job.order.retry
        match outcome.kind:
            case "done":
                queue.finish(job, JobState.DONE, says, outcome.exit_code, reached)
                traces.forget()
            case "line":
                traces.forget()
                queue.give_back(job, "line", says, _LINE_PAUSE, reached)
            case "server" if not retry.attempts or job.failures + 1 < retry.attempts:
                traces.forget()
                pause = outcome.pause or retry.pause(job.failures + 1)
                queue.give_back(job, "server", says, pause, reached)
            case _:
                left = aftermath(job, LATER, task.token)
                queue.finish(
                    job, JobState.FAILED, says, outcome.exit_code, reached, left
                )
                traces.forget()

    async def _reclaim(self) -> None:
        try:
            await asyncio.to_thread(self._queue.reclaim)
        except StoreError as error:
            log.warning("jobs of dead workers wait: %s", error)

    async def _upkeep(self) -> None:
        """Show life, hear of jobs that are no longer wanted, free those of the dead."""
        reclaimed = self._clock.monotonic()
        while True:
            try:
                if self._clock.monotonic() - reclaimed >= _RECLAIM:
                    reclaimed = self._clock.monotonic()
                    await self._reclaim()
                leases = [task.job.lease for task in self._running.values()]
                held = await asyncio.to_thread(self._queue.beat, leases)
            except StoreError as error:
                log.warning("the queue cannot be asked: %s", error)
            else:
                for running, task in list(self._running.items()):
                    if task.job.lease in leases and task.job.lease not in held:
                        task.unwanted = True
                        running.cancel()
            await asyncio.sleep(_BEAT)
