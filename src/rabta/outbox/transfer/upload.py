"""Sending a file: by the protocol its URL names, or the server offers."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from urllib.parse import urljoin

from rabta.model import Check, Message
from rabta.outbox.http import Reply, headers_for
from rabta.outbox.outcome import FinalError, Outcome, ServerError
from rabta.outbox.secret import resolve
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import TRANSIENT, refused
from rabta.outbox.transfer.files import matches, told_digest
from rabta.outbox.transfer.sending import Sending, sent
from rabta.probes.url import Url


_TUS = ("Tus-Resumable", "1.0.0")


async def upload(task: Task) -> Outcome:
    """Send a file; what was sent before a cut, a crash or a reboot is not sent again.

    That is so with tus 1.0. A server that only knows PUT gets the whole file anew.
    """
    return await _Sending(task).run()


class _Sending(Sending):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.headers = [(name, resolve(value)) for name, value in self.work.headers]
        self.url = Url.parse(self.work.url)

    async def go_on(self) -> Outcome:
        if not self.state.how:
            await self.remember(replace(self.state, how=await self._protocol()))
        if self.state.how == "put":
            return await self._put()
        return await self._tus()

    async def _protocol(self) -> str:
        reply = await self.courier.ask("OPTIONS", self.url, self.headers)
        await self.courier.body()
        if reply.status in TRANSIENT:
            raise refused(reply, self.url, self.task.clock.now())
        return "tus" if "tus-resumable" in reply.headers else "put"

    async def _put(self) -> Outcome:
        headers = [("Content-Type", "application/octet-stream"), *self.headers]
        reply = await self.courier.ask(
            "PUT", self.url, headers, self._moving(0), self.state.size
        )
        await self.courier.body()
        self.judge(reply, self.url)
        return await self._verified(reply, self.url)

    async def _tus(self) -> Outcome:
        if not self.state.place:
            await self._create()
        place = Url.parse(self.state.place)
        head = await self.courier.ask("HEAD", place, [_TUS, *self._headers_for(place)])
        if head.status in {403, 404, 410}:  # the server forgot it
            await self.forget()
            return await self._tus()
        self.judge(head, place)
        offset = head.number("upload-offset")
        if offset is None or offset > self.state.size:
            raise FinalError(Message.of("outbox.no_tus", host=place.host))
        await self.task.moved(offset, self.courier.uplink)
        if offset < self.state.size:
            head = await self._patch(place, offset)
        return await self._verified(head, place)

    async def _create(self) -> None:
        name = base64.b64encode(self.file.name.encode()).decode()
        digest = base64.b64encode(self.state.sha256.encode()).decode()
        reply = await self.courier.ask(
            "POST",
            self.url,
            [
                _TUS,
                ("Upload-Length", str(self.state.size)),
                ("Upload-Metadata", f"filename {name},sha256 {digest}"),
                *self.headers,
            ],
        )
        await self.courier.body()
        self.judge(reply, self.url)
        place = reply.headers.get("location", "")
        if reply.status != 201 or not place:
            raise FinalError(Message.of("outbox.no_tus", host=self.url.host))
        place = urljoin(self.work.url, place)
        self._headers_for(Url.parse(place))  # before anything is sent there
        await self.begun("tus", place)

    def _headers_for(self, place: Url) -> Sequence[tuple[str, str]]:
        return headers_for(place, self.url, self.headers)

    async def _patch(self, place: Url, offset: int) -> Reply:
        headers = [
            _TUS,
            ("Content-Type", "application/offset+octet-stream"),
            ("Upload-Offset", str(offset)),
            *self._headers_for(place),
        ]
        reply = await self.courier.ask(
            "PATCH", place, headers, self._moving(offset), self.state.size - offset
        )
        await self.courier.body()
        self.judge(reply, place)
        if reply.number("upload-offset") != self.state.size:
            raise ServerError(Message.of("outbox.short", host=place.host))
        return reply

    async def _moving(self, offset: int) -> AsyncGenerator[bytes, None]:
        async for piece in self.pieces(offset, self.state.size):
            yield piece
            offset += len(piece)
            await self.task.moved(offset, self.courier.uplink)

    async def _verified(self, reply: Reply, url: Url) -> Outcome:
        """Compare digests; a far side that has something else gets it all again."""
        await self.task.moved(self.state.size, self.courier.uplink)
        if self.work.check is Check.NONE:
            return sent("outbox.sent_unchecked", url.host)
        told = told_digest(reply.headers)
        if told is None and self.work.check is Check.READ_BACK:
            told = "sha256", await self.read_back(url, self._headers_for(url))
        if told is None:
            return sent("outbox.sent_untold", url.host)
        if await asyncio.to_thread(matches, self.file, told):
            return sent("outbox.sent", url.host)
        await self.forget()
        raise ServerError(Message.of("outbox.differs", host=url.host))
