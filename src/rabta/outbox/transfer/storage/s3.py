"""S3 (AWS, and every store that speaks its protocol) as a store of parts.

Each part goes with its SHA-256; of the object it tells the digest of these.
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from rabta.outbox.http import Reply
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.storage.aws import About, Bucket
from rabta.outbox.transfer.storage.parts import Digests, composite
from rabta.outbox.transfer.storage.s3_object import tag_of
from rabta.outbox.transfer.storage.store import (
    Asked,
    Part,
    arrived_as_s3,
    listing_as_s3,
)
from rabta.probes.url import Url


_SHA256 = "x-amz-checksum-sha256"


class S3:
    """One object of one bucket; its URLs are signed, so nothing else says who asks."""

    how = "s3"
    join = "POST"
    named_here = False

    def __init__(self, url: str) -> None:
        self._bucket = Bucket(url)

    async def _signed(
        self, operation: str, about: About, headers: Headers = ()
    ) -> Asked:
        return await asyncio.to_thread(self._bucket.sign, operation, about), headers

    async def begun(self, courier: Courier) -> Asked:
        """Return where an upload begins."""
        del courier
        headers = [("x-amz-checksum-algorithm", "SHA256")]
        about = {"ChecksumAlgorithm": "SHA256"}
        return await self._signed("create_multipart_upload", about, headers)

    async def listed(self, courier: Courier, upload: str, after: int) -> Asked:
        """Return where the parts are listed."""
        del courier
        about: About = {"UploadId": upload, "PartNumberMarker": after}
        return await self._signed("list_parts", about)

    async def part(
        self, courier: Courier, upload: str, number: int, own: Digests
    ) -> Asked:
        """Return where a part goes."""
        del courier
        about: About = {
            "UploadId": upload,
            "PartNumber": number,
            "ChecksumSHA256": own.sha256_text,
        }
        return await self._signed("upload_part", about, [(_SHA256, own.sha256_text)])

    async def completed(self, courier: Courier, upload: str, file: Path) -> Asked:
        """Return where the parts are made the object."""
        del courier, file
        return await self._signed("complete_multipart_upload", {"UploadId": upload})

    async def aborted(self, courier: Courier, upload: str) -> Asked:
        """Return where the parts are removed."""
        del courier
        return await self._signed("abort_multipart_upload", {"UploadId": upload})

    async def content(self, courier: Courier) -> Asked:
        """Return where the object's bytes are."""
        del courier
        return await self._signed("get_object", {})

    def arrived(self, upload: str, answer: ET.Element) -> Iterator[Part]:
        """Yield the parts that a listing tells."""
        del upload
        return arrived_as_s3(answer)

    def listing(self, upload: str, parts: Sequence[Part]) -> bytes:
        """Return what is said of the parts when the upload is completed."""
        del upload
        return listing_as_s3(parts, checksums=True)

    async def looked_at(
        self, courier: Courier, file: Path, own: Sequence[Digests]
    ) -> tuple[Reply, Url, bool | None]:
        """Compare what the object's head tells with the digests of all parts."""
        del file
        headers = [("x-amz-checksum-mode", "ENABLED")]
        url, _ = await self._signed("head_object", {"ChecksumMode": "ENABLED"})
        reply = await courier.ask("HEAD", url, headers)
        return reply, url, _same(reply, own)


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
