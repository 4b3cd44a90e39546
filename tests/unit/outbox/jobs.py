"""Jobs for this machine, and jobs whose worker was killed."""

from dataclasses import replace

from rabta.model import Job, Needs, Order
from rabta.outbox import desk
from rabta.outbox.transfer.state import State, text_of
from rabta.store.outbox import Queue


def local(made: Order) -> Order:
    """The same order, in need of no line."""
    return replace(made, needs=Needs(line=False))


def half_done(queue: Queue, order: Order, state: State) -> Job:
    """Queue a job whose worker was killed when it was so far."""
    job = desk.enqueue(queue, local(order))
    queue._database.execute(
        "UPDATE job SET token = ? WHERE id = ?", (text_of(state), job.id)
    )
    return job
