"""Sending a file to a store in parts.

What arrived is asked of the store itself, so that no part is sent twice, whoever was
killed when. Each part goes with its digest, which the store compares; at the end what
it tells of the object is compared with the file.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Sequence
from xml.etree import ElementTree as ET

from rabta.model import Check, Message
from rabta.outbox.http import Reply
from rabta.outbox.outcome import FinalError, Outcome, ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import Courier
from rabta.outbox.transfer.files import print_of
from rabta.outbox.transfer.sending import Sending, sent
from rabta.outbox.transfer.spread import Free, spread
from rabta.outbox.transfer.storage.parts import Digests, Parts, digests_of
from rabta.outbox.transfer.storage.store import Asked, Part, Store
from rabta.outbox.transfer.tally import Tally
from rabta.probes.url import Url


async def send_in_parts(task: Task, store: Store) -> Outcome:
    """Send a file; parts that arrived before a cut, a crash or a reboot stay."""
    return await _Sending(task, store).run()


class _Sending(Sending):
    def __init__(self, task: Task, store: Store) -> None:
        super().__init__(task)
        self.store = store
        self.tags: dict[int, str] = {}
        """What the store calls each part that arrived."""
        self.digests: dict[int, Digests] = {}
        """Of the parts that this run has read."""
        self.tally = Tally(task)

    @property
    def parts(self) -> Parts:
        return Parts(self.state.size)

    async def go_on(self) -> Outcome:
        if not self.state.place:
            await self._begin()
        elif not await self._listed() and (done := await self._unknown()):
            return done
        await self.tally.tell(self.courier.uplink)
        missing = [n for n in self.parts.numbers if n not in self.tags]
        if not self.state.size and self.store.named_here:
            missing = []  # there is no empty block
        await spread(self.task, missing, self._send_part)
        return await self._complete()

    async def _ask(
        self, method: str, asked: Asked, body: bytes = b""
    ) -> tuple[Reply, Url, ET.Element]:
        """Ask something of the store; return its answer and the document in it."""
        url, headers = asked
        reply = await self.courier.ask(method, url, headers, body)
        return reply, url, _document(await self.courier.body())

    async def _begin(self) -> None:
        asked = await self.store.begun(self.courier)
        if asked is None:
            upload = secrets.token_hex(8)
        else:
            reply, url, answer = await self._ask("POST", asked)
            self.judge(reply, url)
            upload = answer.findtext("UploadId", "")
            if not upload:
                raise FinalError(Message.of("outbox.no_parts", host=url.host))
        await self.begun(self.store.how, upload)
        self._start_over()

    async def _listed(self) -> bool:
        """Ask which parts arrived whole; whether the upload is known at all."""
        self._start_over()
        marker = 0
        while True:
            asked = await self.store.listed(self.courier, self.state.place, marker)
            reply, url, answer = await self._ask("GET", asked)
            if reply.status == 404:
                return False
            self.judge(reply, url)
            for part in self.store.arrived(self.state.place, answer):
                known = part.number in self.parts.numbers
                if known and part.size == self.parts.bytes_of(part.number):
                    self._arrive(part.number, part.tag)
            if answer.findtext("IsTruncated") != "true":
                return bool(self.tags) or not self.store.named_here
            marker = int(answer.findtext("NextPartNumberMarker", "0"))

    async def _send_part(self, courier: Courier, number: int, free: Free) -> None:
        span = self.parts.span(number)
        (own,) = await asyncio.to_thread(digests_of, self.file, [span])
        self.digests[number] = own
        url, headers = await self.store.part(courier, self.state.place, number, own)
        body, size = self._moving(courier, number, free), self.parts.bytes_of(number)
        reply = await courier.ask("PUT", url, headers, body, size)
        await courier.body()
        self.judge(reply, url)
        self._arrive(number, reply.headers.get("etag", ""))

    async def _moving(
        self, courier: Courier, number: int, free: Free
    ) -> AsyncGenerator[bytes, None]:
        moved = 0
        async for piece in self.pieces(*self.parts.span(number)):
            yield piece
            moved += len(piece)
            await self.tally.move(number, moved, courier.uplink)
        free()

    def _start_over(self) -> None:
        self.tags.clear()
        self.tally.clear()

    def _arrive(self, number: int, tag: str) -> None:
        self.tags[number] = tag
        self.tally.arrive(number, self.parts.bytes_of(number))

    async def _complete(self) -> Outcome:
        own = await self._digests()
        upload, join = self.state.place, self.store.join
        asked = await self.store.completed(self.courier, upload, self.file)
        listing = self.store.listing(upload, self._parts(own))
        reply, url, answer = await self._ask(join, asked, listing)
        if reply.status == 404 and (done := await self._unknown()):
            return done
        if reply.status == 400:  # what it holds is not what is here
            await self.abandon()
            raise ServerError(Message.of("outbox.differs", host=url.host))
        self.judge(reply, url)
        if answer.tag == "Error":  # which S3 may tell only after it said 200
            raise ServerError(Message.of("outbox.short", host=url.host))
        return await self._verified(own)

    async def _digests(self) -> list[Digests]:
        """Return the digests of what lies here now; what was read is, if unchanged."""
        now = print_of(self.file)
        if (now.size, now.modified) != (self.state.size, self.state.modified):
            self.digests.clear()
        unread = [n for n in self.parts.numbers if n not in self.digests]
        spans = [self.parts.span(number) for number in unread]
        read = await asyncio.to_thread(digests_of, self.file, spans)
        self.digests.update(zip(unread, read, strict=True))
        return [self.digests[number] for number in self.parts.numbers]

    def _parts(self, own: Sequence[Digests]) -> list[Part]:
        return [
            Part(n, self.parts.bytes_of(n), self.tags.get(n, ""), digests.sha256_text)
            for n, digests in zip(self.parts.numbers, own, strict=True)
        ]

    async def _unknown(self) -> Outcome | None:
        """Find the object there, when only the last answer was lost."""
        own = await self._digests()
        reply, url, same = await self.store.looked_at(self.courier, self.file, own)
        if reply.ok and same:
            return await self._verified(own)
        if self.store.named_here:
            return None
        await self.forget()
        raise ServerError(Message.of("outbox.forgot", host=url.host))

    async def _verified(self, own: Sequence[Digests]) -> Outcome:
        await self.task.moved(self.state.size, self.courier.uplink)
        reply, url, same = await self.store.looked_at(self.courier, self.file, own)
        self.judge(reply, url)
        if self.work.check is Check.NONE:
            return sent("outbox.sent_unchecked", url.host)
        if same is None and self.work.check is Check.READ_BACK:
            whole = await self.store.content(self.courier)
            same = await self.read_back(*whole) == bytes.fromhex(self.state.sha256)
        if same is None:
            return sent("outbox.sent_untold", url.host)
        if same:
            return sent("outbox.sent", url.host)
        await self.forget()
        raise ServerError(Message.of("outbox.differs", host=url.host))


def _document(text: bytes) -> ET.Element:
    """Return what the store says, its namespace taken off; empty when it is no XML."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - expat itself refuses to be blown up
    except ET.ParseError:
        return ET.Element("")
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]
    return root
