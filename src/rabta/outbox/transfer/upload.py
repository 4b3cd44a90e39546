"""Sending a file: by the protocol its URL names, or the server offers."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from urllib.parse import urljoin

import msgspec

from rabta.model import Check, Message, Upload
from rabta.outbox.http import Reply, headers_for
from rabta.outbox.http.connection import PIECE
from rabta.outbox.outcome import FinalError, Outcome, ServerError
from rabta.outbox.secret import resolve
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import TRANSIENT, Courier, refused
from rabta.outbox.transfer.files import matches, print_of, sha256_of, told_digest
from rabta.outbox.transfer.pace import Pace
from rabta.probes.url import Url


_TUS = ("Tus-Resumable", "1.0.0")


@dataclass(frozen=True, slots=True)
class _State:
    """How far an upload is; what is kept to go on after a crash."""

    how: str = ""
    """``tus`` or ``put``; empty when the server was not asked yet."""
    place: str = ""
    """The URL tus gave to this upload."""
    size: int = -1
    modified: int = -1
    sha256: str = ""


async def upload(task: Task) -> Outcome:
    """Send a file; what was sent before a cut, a crash or a reboot is not sent again.

    That is so with tus 1.0. A server that only knows PUT gets the whole file anew.
    """
    return await _Sending(task).run()


class _Sending:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.work = cast("Upload", task.job.order.work)
        self.file = Path(self.work.file)
        self.courier = Courier(task)
        self.pace = Pace(self.work.limit_bits_per_second, task.clock)
        self.headers = [(name, resolve(value)) for name, value in self.work.headers]
        self.url = Url.parse(self.work.url)
        self.state = _state_of(task.token)

    async def run(self) -> Outcome:
        """Do it all; raises what a runner may."""
        await self._look_at_file()
        try:
            return await self.courier.until_through(self._go_on)
        finally:
            self.courier.hang_up()

    async def _look_at_file(self) -> None:
        now = print_of(self.file)
        if (now.size, now.modified) != (self.state.size, self.state.modified):
            digest = await asyncio.to_thread(sha256_of, self.file)
            if digest != self.state.sha256:  # another content: what was sent is void
                await self._remember(
                    _State(self.state.how, "", now.size, now.modified, digest)
                )

    async def _remember(self, state: _State) -> None:
        self.state = state
        await self.task.remember(msgspec.json.encode(state).decode())

    async def _go_on(self) -> Outcome:
        if not self.state.how:
            await self._remember(replace(self.state, how=await self._protocol()))
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
            "PUT", self.url, headers, self._pieces(0), self.state.size
        )
        await self.courier.body()
        self._judge(reply, self.url)
        return await self._verified(reply, self.url)

    async def _tus(self) -> Outcome:
        if not self.state.place:
            await self._create()
        place = Url.parse(self.state.place)
        head = await self.courier.ask("HEAD", place, [_TUS, *self._headers_for(place)])
        if head.status in {403, 404, 410}:  # the server forgot it
            await self._remember(replace(self.state, place=""))
            return await self._tus()
        self._judge(head, place)
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
        self._judge(reply, self.url)
        place = reply.headers.get("location", "")
        if reply.status != 201 or not place:
            raise FinalError(Message.of("outbox.no_tus", host=self.url.host))
        place = urljoin(self.work.url, place)
        self._headers_for(Url.parse(place))  # before anything is sent there
        await self._remember(replace(self.state, place=place))

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
            "PATCH", place, headers, self._pieces(offset), self.state.size - offset
        )
        await self.courier.body()
        self._judge(reply, place)
        if reply.number("upload-offset") != self.state.size:
            raise ServerError(Message.of("outbox.short", host=place.host))
        return reply

    async def _pieces(self, offset: int) -> AsyncGenerator[bytes, None]:
        with self.file.open("rb") as stream:
            stream.seek(offset)
            while piece := stream.read(PIECE):
                await self.pace.take(len(piece))
                yield piece
                offset += len(piece)
                await self.task.moved(offset, self.courier.uplink)
        if offset != self.state.size:
            raise FinalError(Message.of("outbox.changed", file=str(self.file)))

    def _judge(self, reply: Reply, url: Url) -> None:
        if reply.ok:
            return
        error = refused(reply, url, self.task.clock.now())
        if reply.status in TRANSIENT:
            raise error
        raise FinalError(error.says)

    async def _verified(self, reply: Reply, url: Url) -> Outcome:
        """Compare digests; a far side that has something else gets it all again."""
        await self.task.moved(self.state.size, self.courier.uplink)
        if self.work.check is Check.NONE:
            return _sent("outbox.sent_unchecked", url)
        told = told_digest(reply.headers)
        if told is None and self.work.check is Check.READ_BACK:
            told = await self._read_back(url)
        if told is None:
            return _sent("outbox.sent_untold", url)
        if await asyncio.to_thread(matches, self.file, told):
            return _sent("outbox.sent", url)
        await self._remember(replace(self.state, place=""))
        raise ServerError(Message.of("outbox.differs", host=url.host))

    async def _read_back(self, url: Url) -> tuple[str, bytes]:
        import hashlib

        reply = await self.courier.ask("GET", url, self._headers_for(url))
        self._judge(reply, url)
        digest = hashlib.sha256()

        async def take(piece: bytes) -> None:
            digest.update(piece)

        await self.courier.receive(take)
        return "sha256", digest.digest()


def _sent(key: str, url: Url) -> Outcome:
    return Outcome("done", Message.of(key, host=url.host))


def _state_of(token: str) -> _State:
    if not token:
        return _State()
    try:
        return msgspec.json.decode(token, type=_State)
    except msgspec.DecodeError:
        return _State()
