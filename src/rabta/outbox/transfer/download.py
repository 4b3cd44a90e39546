"""Getting a file by ranges (RFC 9110, section 14), on from where it stopped."""

import asyncio
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urljoin, urlsplit

import msgspec

from rabta.model import Download, Message
from rabta.outbox.http import Reply, headers_for
from rabta.outbox.outcome import FinalError, LineError, Outcome, ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer import pieces
from rabta.outbox.transfer.courier import TRANSIENT, Courier, refused
from rabta.outbox.transfer.files import matches, part_of, publish
from rabta.outbox.transfer.pace import Pace
from rabta.outbox.transfer.source import source_of
from rabta.outbox.transfer.spread import good
from rabta.probes.url import Url


_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_REDIRECTS = 10


@dataclass(frozen=True, slots=True)
class _Version:
    """Which state of the file the part on the disk is of."""

    tag: str = ""
    """Strong ETag, or the date of the last change; empty: it cannot be continued."""
    size: int = -1
    whole: bool = False
    """Whether all of it was there and right, and only its name was to be given."""
    pieces: str = ""
    """Which are on the disk, where it is got in pieces; empty where it grows."""


async def download(task: Task) -> Outcome:
    """Get a file; it appears under its name when it is whole and its digest is right.

    Until then it grows in ``NAME.JOB.rabta-part`` beside it. When the file changes on
    the server in between, it is got anew and never mixed.
    """
    return await _Getting(task).run()


class _Getting:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.work = cast("Download", task.job.order.work)
        self.file = Path(self.work.file)
        self.part = part_of(self.file, task.job.id)
        self.courier = Courier(task)
        self.pace = Pace(self.work.limit, task.clock)
        self.source = source_of(self.work)
        self.version = _version_of(task.token)

    async def run(self) -> Outcome:
        """Do it all; raises what a runner may."""
        try:
            if self.version.whole and self.file.exists() and not self.part.exists():
                return self._done("outbox.got", urlsplit(self.work.url).hostname or "")
            if self.file.exists() and not self.work.overwrite:
                raise FinalError(Message.of("outbox.exists", file=str(self.file)))
            return await self.courier.until_through(self._go_on)
        except FileExistsError as error:  # it came while this was got
            says = Message.of("outbox.exists", file=str(self.file))
            raise FinalError(says) from error
        except OSError as error:
            says = Message.of(
                "outbox.disk", file=str(self.part), reason=error.strerror or ""
            )
            raise ServerError(says) from error
        finally:
            self.courier.hang_up()
            if self.task.unwanted:
                self.part.unlink(missing_ok=True)

    async def _go_on(self) -> Outcome:
        if self.version.pieces or self._is_wide():
            reply, url = await self._ask(self.courier, (0, 1))
            if reply.status != 416:
                self._judge(reply, url)
            if await self._begins_in_pieces(reply):
                return await self._in_pieces(reply, url)
            self.courier.hang_up()
        have = self._have()
        reply, url = await self._ask(self.courier, (have, None))
        if reply.status == 416:
            self.part.unlink(missing_ok=True)
            raise LineError("http_unexpected_status_code")
        self._judge(reply, url)
        start, size = _span(reply)
        if start not in {0, have}:
            raise FinalError(Message.of("outbox.no_range", host=url.host))
        await self._note_version(reply, size)
        with self.part.open("r+b" if start else "wb") as stream:
            stream.seek(start)
            stream.truncate()
            await self._take(stream, start)
        got = self.part.stat().st_size
        if size >= 0 and got != size:
            raise LineError("eof_error")
        return await self._whole(reply, url)

    def _have(self) -> int:
        if not self.version.tag or self.version.pieces:
            return 0
        try:
            return self.part.stat().st_size
        except OSError:
            return 0

    def _is_wide(self) -> bool:
        """Whether it is worth while to ask for pieces."""
        return not self._have() and len(good(self.task.ways())) > 1

    async def _begins_in_pieces(self, reply: Reply) -> bool:
        """Whether the server gives pieces of a file that has some; then make room."""
        start, size = _span(reply)
        if reply.status != 206 or start or not _tag_of(reply):
            size = -1
        same = _tag_of(reply) == self.version.tag and size == self.version.size
        if not same or not self.part.exists():
            self.part.unlink(missing_ok=True)
            await self._remember(_Version())
        if size < 2 * pieces.LENGTH:
            return False
        if not self.version.pieces:
            with self.part.open("wb") as stream:
                stream.truncate(size)
            await self._remember(_Version(_tag_of(reply), size, pieces="0"))
        return True

    async def _in_pieces(self, reply: Reply, url: Url) -> Outcome:
        await self.courier.body()
        wanted = pieces.Wanted(self.part, self.version.size, url.host)
        done = pieces.read(self.version.pieces)

        async def ask(courier: Courier, start: int, end: int) -> bool:
            answer, _ = await self._ask(courier, (start, end))
            if answer.status in TRANSIENT:
                raise refused(answer, url, self.task.clock.now())
            same = _tag_of(answer) == self.version.tag
            return (
                answer.status == 206 and same and _span(answer) == (start, wanted.size)
            )

        async def keep(text: str) -> None:
            await self._remember(replace(self.version, pieces=text))

        await pieces.get(self.task, wanted, done, ask, keep, self.pace)
        return await self._whole(reply, url)

    async def _ask(
        self, courier: Courier, span: tuple[int, int | None]
    ) -> tuple[Reply, Url]:
        """Ask for bytes from the first to before the second; None: to the end."""
        home, secret = await self.source.at(courier)
        url = home
        start, end = span
        headers: list[tuple[str, str]] = []
        if start or end is not None:
            last = "" if end is None else end - 1
            headers = [("Range", f"bytes={start}-{last}")]
        if headers and self.version.tag:
            headers.append(("If-Range", self.version.tag))
        for _ in range(_REDIRECTS):
            theirs = headers_for(url, home, secret)
            reply = await courier.ask("GET", url, [*theirs, *headers])
            place = reply.headers.get("location")
            if reply.status not in {301, 302, 303, 307, 308} or not place:
                return reply, url
            await courier.body()
            url = Url.parse(urljoin(url.text, place))
        raise FinalError(Message.of("outbox.redirects", host=url.host))

    async def _note_version(self, reply: Reply, size: int) -> None:
        version = _Version(_tag_of(reply), size)
        if version != self.version:
            await self._remember(version)

    async def _remember(self, version: _Version) -> None:
        self.version = version
        await self.task.remember(msgspec.json.encode(version).decode())

    async def _take(self, stream: BinaryIO, start: int) -> None:
        got = start
        await self.task.moved(got, self.courier.uplink)

        async def take(piece: bytes) -> None:
            nonlocal got
            stream.write(piece)
            got += len(piece)
            await self.pace.take(len(piece))
            await self.task.moved(got, self.courier.uplink)

        await self.courier.receive(take)

    async def _whole(self, reply: Reply, url: Url) -> Outcome:
        same: bool | None
        if self.work.sha256:
            wanted = "sha256", bytes.fromhex(self.work.sha256)
            same = await asyncio.to_thread(matches, self.part, wanted)
        else:
            same = await self.source.same(self.courier, reply, self.part)
        if same is False:
            self.part.unlink(missing_ok=True)
            await self._remember(_Version())
            raise ServerError(Message.of("outbox.differs", host=url.host))
        size = self.part.stat().st_size
        await self._remember(replace(self.version, whole=True))
        await asyncio.to_thread(
            publish, self.part, self.file, overwrite=self.work.overwrite
        )
        await self.task.moved(size, self.courier.uplink)
        return self._done("outbox.got" if same else "outbox.got_untold", url.host)

    def _done(self, key: str, host: str) -> Outcome:
        return Outcome("done", Message.of(key, host=host, file=str(self.file)))

    def _judge(self, reply: Reply, url: Url) -> None:
        if reply.status in {200, 206}:
            return
        error = refused(reply, url, self.task.clock.now())
        if reply.status in TRANSIENT:
            raise error
        raise FinalError(error.says)


def _tag_of(reply: Reply) -> str:
    """Return what shows whether a file is still the same; empty where nothing does."""
    tag = reply.headers.get("etag", "")
    if not tag or tag.startswith("W/"):
        return reply.headers.get("last-modified", "")
    return tag


def _span(reply: Reply) -> tuple[int, int]:
    """Return where the answer's body starts, and the size of the whole or -1."""
    if reply.status == 206:
        found = _RANGE.fullmatch(reply.headers.get("content-range", "").strip())
        if not found:
            return -1, -1
        return int(found[1]), -1 if found[3] == "*" else int(found[3])
    size = reply.number("content-length")
    return 0, -1 if size is None else size


def _version_of(token: str) -> _Version:
    if not token:
        return _Version()
    try:
        return msgspec.json.decode(token, type=_Version)
    except msgspec.DecodeError:
        return _Version()
