"""What an upload that is given up leaves in a store, and who removes it there.

A store keeps the parts of an upload that nobody completes, and charges for them. The
name of the upload stays with its job while that can go on; once the job is given up,
a job of its own removes the parts, as soon as a line is open.
"""

from dataclasses import replace

from rabta.clock import DAY, SECOND
from rabta.model import Discard, Job, Order, Upload
from rabta.outbox.orders import host_of, plain
from rabta.outbox.transfer import storage
from rabta.outbox.transfer.state import state_of
from rabta.store.outbox import Aftermath


AT_ONCE = 2.0
"""Seconds: whoever sends has heard by then that the job is cancelled."""
LATER = DAY / SECOND
"""Seconds for which a job that failed, or was stopped, can go on where it was."""


def discard_of(job: Job, token: str) -> Order | None:
    """Return the order to remove what *job* has begun; None where nothing is left."""
    work, state = job.order.work, state_of(token)
    kept = isinstance(work, Upload) and state.place and state.how in storage.IN_PARTS
    if not kept or not isinstance(work, Upload):
        return None
    return Order(
        Discard(work.url, state.place),
        f"abort-multipart-upload {plain(work.url)}",
        job.order.priority,
        needs=replace(job.order.needs, bits_per_second=0.0),
        key=f"{beginning(job.id)}{state.place}",
    )


def beginning(number: int) -> str:
    """Return how the keys of the jobs begin that remove what job *number* left."""
    return f"rabta-left/{number}/"


def aftermath(job: Job, pause: float, token: str | None = None) -> Aftermath | None:
    """Return what follows once *job* is given up, *pause* seconds later."""
    order = discard_of(job, job.token if token is None else token)
    if order is None:
        return None
    return Aftermath(order, host_of(order.work), pause)
