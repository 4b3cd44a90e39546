"""Sending a file to Google's storage, and getting one: its resumable upload.

One stream that goes on from the last byte that arrived, so it changes its uplink and
does not use two; over several a file goes in parts, see ``gs_parts``. The address that
Google gives to an upload is kept: it alone is needed to go on, holds a week, and leads
to this one object.
"""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from rabta.model import Check, Message
from rabta.outbox.http import Reply
from rabta.outbox.outcome import FinalError, Outcome, ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.files import matches
from rabta.outbox.transfer.sending import Sending, sent
from rabta.outbox.transfer.storage.crc32c import crc32c_of
from rabta.outbox.transfer.storage.google import Place, allowed
from rabta.probes.url import Url


_CHUNK = 8 * 1024 * 1024
"""Bytes at a time; a multiple of 256 KiB, as Google asks."""
_STORED = re.compile(r"bytes=0-(\d+)")
_INCOMPLETE = 308


class Told(msgspec.Struct, rename="camel"):
    """What Google tells of an object's content, base64; empty where it does not."""

    md5_hash: str = ""
    crc32c: str = ""


async def send(task: Task) -> Outcome:
    """Send a file; what arrived before a cut, a crash or a reboot stays."""
    return await _Sending(task).run()


class _Sending(Sending):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.place = Place(self.work.url)

    async def go_on(self) -> Outcome:
        if not self.state.place:
            await self._begin()
        upload = Url.parse(self.state.place)
        reply = await self._put(upload, 0, 0)
        while reply.status == _INCOMPLETE:
            offset = _stored(reply)
            await self.task.moved(offset, self.courier.uplink)
            end = min(offset + _CHUNK, self.state.size)
            reply = await self._put(upload, offset, end)
        told = described_as(await self.courier.body())
        if reply.status in {
            404,
            410,
        }:  # forgotten, or done when its last answer was lost
            told = await described(self.courier, self.place)
            if told is None or not await self._is_here(told):
                await self.forget()
                says = Message.of("outbox.forgot", host=upload.host)
                raise ServerError(says)
        else:
            self.judge(reply, upload)
        return await self._verified(told, upload)

    async def _begin(self) -> None:
        at = self.place.uploads
        headers = [
            *await allowed(self.courier),
            ("Content-Type", "application/json"),
            ("X-Upload-Content-Length", str(self.state.size)),
        ]
        reply = await self.courier.ask("POST", at, headers, b"{}")
        await self.courier.body()
        self.judge(reply, at)
        where = reply.headers.get("location", "")
        if not where:
            raise FinalError(Message.of("outbox.no_parts", host=at.host))
        await self.begun("gs", where)

    async def _put(self, upload: Url, start: int, end: int) -> Reply:
        """Send bytes *start* to *end*; of none, only ask what arrived."""
        size = self.state.size
        span = f"bytes {start}-{end - 1}/{size}" if end > start else f"bytes */{size}"
        reply = await self.courier.ask(
            "PUT",
            upload,
            [("Content-Range", span)],
            self._moving(start, end),
            end - start,
        )
        if reply.status == _INCOMPLETE:
            await self.courier.body()
        return reply

    async def _moving(self, start: int, end: int) -> AsyncGenerator[bytes, None]:
        async for piece in self.pieces(start, end):
            yield piece
            start += len(piece)
            await self.task.moved(start, self.courier.uplink)

    async def _is_here(self, told: Told) -> bool | None:
        return await asyncio.to_thread(same_as, self.file, told)

    async def _verified(self, told: Told | None, upload: Url) -> Outcome:
        await self.task.moved(self.state.size, self.courier.uplink)
        if self.work.check is Check.NONE:
            return sent("outbox.sent_unchecked", upload.host)
        same = None if told is None else await self._is_here(told)
        if same is None and self.work.check is Check.READ_BACK:
            headers = await allowed(self.courier)
            digest = await self.read_back(self.place.content, headers)
            same = digest == bytes.fromhex(self.state.sha256)
        if same is None:
            return sent("outbox.sent_untold", upload.host)
        if same:
            return sent("outbox.sent", upload.host)
        await self.forget()
        raise ServerError(Message.of("outbox.differs", host=upload.host))


class Object:
    """One object of a bucket, to be got."""

    def __init__(self, url: str) -> None:
        self._place = Place(url)

    async def at(self, courier: Courier) -> tuple[Url, Headers]:
        """Return where its bytes are, and the token."""
        return self._place.content, await allowed(courier)

    async def same(self, courier: Courier, reply: Reply, file: Path) -> bool | None:
        """Compare with what describes the object."""
        del reply
        told = await described(courier, self._place)
        return await asyncio.to_thread(same_as, file, told) if told else None


async def described(courier: Courier, place: Place) -> Told | None:
    """Return what the store knows of an object; None when there is none."""
    reply = await courier.ask("GET", place.about, await allowed(courier))
    text = await courier.body()
    return described_as(text) if reply.ok else None


def described_as(text: bytes) -> Told | None:
    """Return what a description tells; None when it is none."""
    try:
        return msgspec.json.decode(text, type=Told)
    except msgspec.DecodeError:
        return None


def same_as(file: Path, told: Told) -> bool | None:
    """Whether *file* is what Google tells of; None where that cannot be compared.

    Of an object made of parts it tells a CRC32C alone, which needs google-crc32c.
    """
    try:
        md5 = base64.b64decode(told.md5_hash, validate=True)
        crc = base64.b64decode(told.crc32c, validate=True)
    except ValueError:
        return None
    if md5:
        return matches(file, ("md5", md5))
    own = crc32c_of(file) if crc else None
    return None if own is None else own == crc


def _stored(reply: Reply) -> int:
    """Return how many bytes arrived; Google keeps none of less than 256 KiB."""
    found = _STORED.fullmatch(reply.headers.get("range", "").strip())
    return int(found[1]) + 1 if found and found[1] != "0" else 0
