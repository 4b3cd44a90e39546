"""One HTTP request, with the key by which a server knows it has seen it before."""

from typing import TYPE_CHECKING, cast

from rabta.outbox.outcome import Outcome
from rabta.outbox.secret import resolve
from rabta.outbox.task import Task
from rabta.outbox.transfer.asking import ask_once


if TYPE_CHECKING:
    from rabta.model import Call


async def call(task: Task) -> Outcome:
    """Make the request; the idempotency key goes with it in ``Idempotency-Key``.

    (draft-ietf-httpapi-idempotency-key-header.) Without a key, a server that answers
    into a line that fails gets the request again.
    """
    work = cast("Call", task.job.order.work)
    headers = [(name, resolve(value)) for name, value in work.headers]
    if task.job.order.key:
        headers.append(("Idempotency-Key", task.job.order.key))
    return await ask_once(task, work.method, work.url, headers, work.body.encode())
