"""Why a job waits, beside what its last attempt came to."""

from collections.abc import Iterator

from rabta.model import Job, JobState, Message, Needs
from rabta.outbox.limit import may_go
from rabta.store.outbox import Queue


_AFTER = {
    JobState.WAITING: "outbox.after_waiting",
    JobState.RUNNING: "outbox.after_waiting",
    JobState.FAILED: "outbox.after_failed",
    JobState.CANCELLED: "outbox.after_cancelled",
}


def waits(queue: Queue, job: Job) -> tuple[Message, ...]:
    """Return what *job* waits for, as far as the queue and the clock know."""
    if job.state is not JobState.WAITING:
        return ()
    return tuple(_reasons(queue, job, queue.clock.now()))


def out_of_hours(needs: Needs, now: int) -> Message | None:
    """Return the hours for which a job waits; None where it may go *now*."""
    if may_go(needs, now):
        return None
    start, end = (f"{at // 60:02}:{at % 60:02}" for at in needs.between)
    return Message.of("outbox.hours", start=start, end=end)


def _reasons(queue: Queue, job: Job, now: int) -> Iterator[Message]:
    if job.waits_for:
        for other in map(queue.job, job.order.after):
            if key := _AFTER.get(other.state):
                yield Message.of(key, number=other.id)
    if (hours := out_of_hours(job.order.needs, now)) is not None:
        yield hours
    if job.due is not None and job.due > now:
        yield Message.of("outbox.again", at=job.due)
