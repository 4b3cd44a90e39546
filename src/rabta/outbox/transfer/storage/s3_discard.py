"""Removing the parts of an upload that nobody will complete from S3.

A part that was still under way may be stored after the upload was ended, as Amazon's
manual of AbortMultipartUpload says; so the store is asked whether it still knows it.
"""

import asyncio
from typing import cast

from rabta.model import Discard, Message
from rabta.outbox.http import Reply
from rabta.outbox.outcome import FinalError, Outcome, ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import TRANSIENT, Courier, refused
from rabta.outbox.transfer.storage.aws import Bucket
from rabta.probes.url import Url


_GONE = 404


async def discard(task: Task) -> Outcome:
    """End the upload; one that the store knows no more was ended before."""
    work = cast("Discard", task.job.order.work)
    bucket, courier = Bucket(work.url), Courier(task)

    async def ask(method: str, operation: str) -> tuple[Reply, Url]:
        about = {"UploadId": work.upload}
        url = await asyncio.to_thread(bucket.sign, operation, about)
        reply = await courier.ask(method, url)
        await courier.body()
        if reply.status in TRANSIENT:
            raise refused(reply, url, task.clock.now())
        return reply, url

    async def end() -> Outcome:
        reply, url = await ask("DELETE", "abort_multipart_upload")
        if not reply.ok and reply.status != _GONE:
            says = Message.of("outbox.parts_stay", host=url.host, status=reply.status)
            raise FinalError(says)
        listed, _ = await ask("GET", "list_parts")
        if listed.ok:
            raise ServerError(Message.of("outbox.parts_left", host=url.host))
        return Outcome("done", Message.of("outbox.parts_removed", host=url.host))

    try:
        return await courier.until_through(end)
    finally:
        courier.hang_up()
