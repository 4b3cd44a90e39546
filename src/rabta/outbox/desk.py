"""Where jobs are handed in and asked for: nothing here does any work."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from rabta.clock import SystemClock
from rabta.config import Config
from rabta.model import Download, Job, JobState, Order
from rabta.outbox.leftover import AT_ONCE, LATER, aftermath, beginning
from rabta.outbox.orders import host_of
from rabta.outbox.traces import Traces
from rabta.outbox.transfer.files import part_of
from rabta.store.outbox import Queue


@contextmanager
def opened(config: Config) -> Iterator[Queue]:
    """Open the queue of the configured store."""
    with Queue.open(config.store.path, clock=SystemClock()) as queue:
        yield queue


def enqueue(queue: Queue, order: Order) -> Job:
    """Queue one order; with a known key, return the job it already is."""
    return queue.job(queue.add([(order, host_of(order.work))])[0])


def cancel(queue: Queue, number: int) -> Job:
    """Do a job no more; what it has left in a store, or here, is removed."""
    job = queue.cancel(number, partial(aftermath, pause=AT_ONCE))
    work = job.order.work
    if isinstance(work, Download) and job.state is JobState.CANCELLED:
        # whoever still gets it removes what it writes before it hears of this
        with suppress(OSError):
            part_of(Path(work.file), number).unlink()
    return job


def stop(queue: Queue, number: int) -> Job:
    """Do a job no more for now; what it has left in a store stays there for a day."""
    return queue.cancel(number, partial(aftermath, pause=LATER))


def again(queue: Queue, number: int) -> Job:
    """Queue a job again that failed, was cancelled or waits out an error.

    It goes on where it stopped, unless what it had left is being removed already.
    """
    if queue.job(number).state in {JobState.FAILED, JobState.CANCELLED}:
        Traces(queue.path, number).forget_ended()
    return queue.retry(number, partial(aftermath, pause=AT_ONCE))


def cleaners(queue: Queue, number: int) -> list[Job]:
    """Return the jobs that remove what job *number* has left in a store."""
    return [queue.job(one) for one in queue.keyed(beginning(number))]
