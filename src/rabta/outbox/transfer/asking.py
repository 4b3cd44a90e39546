"""One request whose answer says whether it was done."""

from collections.abc import Sequence

from rabta.model import Message
from rabta.outbox.outcome import FinalError, Outcome
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import TRANSIENT, Courier, refused
from rabta.probes.url import Url


async def ask_once(
    task: Task,
    method: str,
    address: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
) -> Outcome:
    """Make the request, again as often as its line fails; raises what a runner may."""
    url = Url.parse(address)
    courier = Courier(task)

    async def ask() -> Outcome:
        reply = await courier.ask(method, url, headers, body)
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
