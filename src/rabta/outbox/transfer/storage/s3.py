"""Sending a file to S3 in parts (AWS, and every store that speaks its protocol).

What arrived is asked of the store itself, so that no part is sent twice, whoever was
killed when. Each part goes with its SHA-256, which the store compares; at the end the
digests of all parts together are compared with what it tells of the object.
"""

import asyncio
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
from rabta.outbox.transfer.storage.aws import About, Bucket
from rabta.outbox.transfer.storage.parts import Digests, Parts, composite, digests_of
from rabta.outbox.transfer.storage.s3_object import tag_of
from rabta.outbox.transfer.tally import Tally
from rabta.probes.url import Url


_SHA256 = "x-amz-checksum-sha256"


async def send(task: Task) -> Outcome:
    """Send a file; parts that arrived before a cut, a crash or a reboot stay."""
    return await _Sending(task).run()


class _Sending(Sending):
    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.bucket = Bucket(self.work.url)
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
        elif not await self._listed():
            return await self._unknown()
        await self.tally.tell(self.courier.uplink)
        missing = [n for n in self.parts.numbers if n not in self.tags]
        await spread(self.task, missing, self._send_part)
        return await self._complete()

    async def _ask(
        self,
        method: str,
        operation: str,
        about: About,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> tuple[Reply, Url, ET.Element]:
        """Ask something of the store; return its answer and the document in it."""
        url = await asyncio.to_thread(self.bucket.sign, operation, about)
        reply = await self.courier.ask(method, url, headers, body)
        text = b"" if method == "HEAD" else await self.courier.body()
        return reply, url, _document(text)

    async def _begin(self) -> None:
        reply, url, answer = await self._ask(
            "POST",
            "create_multipart_upload",
            {"ChecksumAlgorithm": "SHA256"},
            [("x-amz-checksum-algorithm", "SHA256")],
        )
        self.judge(reply, url)
        upload = answer.findtext("UploadId", "")
        if not upload:
            raise FinalError(Message.of("outbox.no_parts", host=url.host))
        await self.begun("s3", upload)
        self._start_over()

    async def _listed(self) -> bool:
        """Ask which parts arrived whole; whether the upload is known at all."""
        self._start_over()
        marker = 0
        while True:
            about: About = {
                "UploadId": self.state.place,
                "PartNumberMarker": marker,
            }
            reply, url, answer = await self._ask("GET", "list_parts", about)
            if reply.status == 404:
                return False
            self.judge(reply, url)
            for part in answer.findall("Part"):
                number = int(part.findtext("PartNumber", "0"))
                if part.findtext("Size") == str(self.parts.bytes_of(number)):
                    self._arrive(number, part.findtext("ETag", ""))
            if answer.findtext("IsTruncated") != "true":
                return True
            marker = int(answer.findtext("NextPartNumberMarker", "0"))

    async def _send_part(self, courier: Courier, number: int, free: Free) -> None:
        span = self.parts.span(number)
        (own,) = await asyncio.to_thread(digests_of, self.file, [span])
        self.digests[number] = own
        about: About = {
            "UploadId": self.state.place,
            "PartNumber": number,
            "ChecksumSHA256": own.sha256_text,
        }
        url = await asyncio.to_thread(self.bucket.sign, "upload_part", about)
        headers = [(_SHA256, own.sha256_text)]
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
        about, body = {"UploadId": self.state.place}, self._list(own)
        reply, url, answer = await self._ask(
            "POST", "complete_multipart_upload", about, body=body
        )
        if reply.status == 404:
            return await self._unknown()
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

    def _list(self, own: Sequence[Digests]) -> bytes:
        root = ET.Element("CompleteMultipartUpload")
        for number, digests in zip(self.parts.numbers, own, strict=True):
            part = ET.SubElement(root, "Part")
            ET.SubElement(part, "ChecksumSHA256").text = digests.sha256_text
            ET.SubElement(part, "ETag").text = self.tags[number]
            ET.SubElement(part, "PartNumber").text = str(number)
        return ET.tostring(root)

    async def _look(self) -> tuple[Reply, Url]:
        headers = [("x-amz-checksum-mode", "ENABLED")]
        reply, url, _ = await self._ask(
            "HEAD", "head_object", {"ChecksumMode": "ENABLED"}, headers
        )
        return reply, url

    async def _unknown(self) -> Outcome:
        """Find the object there, when only the last answer was lost."""
        reply, url = await self._look()
        own = await self._digests()
        if reply.ok and _same(reply, own):
            return await self._verified(own)
        await self.forget()
        raise ServerError(Message.of("outbox.forgot", host=url.host))

    async def _verified(self, own: Sequence[Digests]) -> Outcome:
        await self.task.moved(self.state.size, self.courier.uplink)
        reply, url = await self._look()
        self.judge(reply, url)
        if self.work.check is Check.NONE:
            return sent("outbox.sent_unchecked", url.host)
        same = _same(reply, own)
        if same is None and self.work.check is Check.READ_BACK:
            whole = await asyncio.to_thread(self.bucket.sign, "get_object", {})
            same = await self.read_back(whole) == bytes.fromhex(self.state.sha256)
        if same is None:
            return sent("outbox.sent_untold", url.host)
        if same:
            return sent("outbox.sent", url.host)
        await self.forget()
        raise ServerError(Message.of("outbox.differs", host=url.host))


def _same(reply: Reply, own: Sequence[Digests]) -> bool | None:
    """Whether the object's digests are *own*; None when it tells none."""
    whole, count = composite(own), len(own)
    told = reply.headers.get(_SHA256, "")
    if told:  # S3 adds how many parts there are, others do not
        return told.removesuffix(f"-{count}") == whole.sha256_text
    tag = tag_of(reply)
    if tag is None or not tag[1]:
        return None
    return tag == (whole.md5.hex(), count)


def _document(text: bytes) -> ET.Element:
    """Return what the store says, its namespace taken off; empty when it is no XML."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - expat itself refuses to be blown up
    except ET.ParseError:
        return ET.Element("")
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]
    return root
