"""Removing the parts of an upload that nobody will complete.

A part that was still under way may be stored after the upload was ended, as Amazon's
manual of AbortMultipartUpload says; so the store is asked whether it still knows it.
"""

from rabta.model import Message
from rabta.outbox.http import Reply
from rabta.outbox.outcome import FinalError, Outcome, ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import TRANSIENT, Courier, refused
from rabta.outbox.transfer.storage.store import Abortable, Asked


_GONE = 404


async def discard_parts(task: Task, store: Abortable, upload: str) -> Outcome:
    """End the upload; one that the store knows no more was ended before."""
    courier = Courier(task)

    async def ask(method: str, asked: Asked) -> Reply:
        url, headers = asked
        reply = await courier.ask(method, url, headers)
        await courier.body()
        if reply.status in TRANSIENT:
            raise refused(reply, url, task.clock.now())
        return reply

    async def end() -> Outcome:
        asked = await store.aborted(courier, upload)
        host, reply = asked[0].host, await ask("DELETE", asked)
        if not reply.ok and reply.status != _GONE:
            says = Message.of("outbox.parts_stay", host=host, status=reply.status)
            raise FinalError(says)
        if (await ask("GET", await store.listed(courier, upload, 0))).ok:
            raise ServerError(Message.of("outbox.parts_left", host=host))
        return Outcome("done", Message.of("outbox.parts_removed", host=host))

    try:
        return await courier.until_through(end)
    finally:
        courier.hang_up()
