"""One HTTP request, with the key by which a server knows it has seen it before."""

from typing import cast

from rabta.model import Call, Message
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.secret import resolve
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import TRANSIENT, Courier, refused
from rabta.probes.url import Url


async def call(task: Task) -> Outcome:
    """Make the request; the idempotency key goes with it in ``Idempotency-Key``.

    (draft-ietf-httpapi-idempotency-key-header.) Without a key, a server that answers
    into a line that fails gets the request again.
    """
    work = cast("Call", task.job.order.work)
    url = Url.parse(work.url)
    headers = [(name, resolve(value)) for name, value in work.headers]
    if task.job.order.key:
        headers.append(("Idempotency-Key", task.job.order.key))
    courier = Courier(task)

    async def ask() -> Outcome:
        body = work.body.encode()
        reply = await courier.ask(work.method, url, headers, body)
        await courier.body()
        says = Message.of("outbox.answered", host=url.host, status=reply.status)
        if reply.ok:
            await task.moved(len(body), courier.uplink)
            return Outcome("done", says)
        if reply.status in TRANSIENT:
            raise refused(reply, url, task.clock.now())
        raise FinalError(says)

    try:
        return await courier.until_through(ask)
    finally:
        courier.hang_up()
