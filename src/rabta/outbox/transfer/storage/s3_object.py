"""Getting an object from S3: by a signed URL, and judged by how it was sent."""

import asyncio
import re
from pathlib import Path

from rabta.outbox.http import Reply
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.files import matches
from rabta.outbox.transfer.storage.aws import Bucket
from rabta.outbox.transfer.storage.parts import composite, cut, digests_of
from rabta.probes.url import Url


_TAG = re.compile(r"([0-9a-f]{32})(?:-(\d+))?")


class Object:
    """One object of a bucket."""

    def __init__(self, url: str) -> None:
        self._bucket = Bucket(url)

    async def at(self, courier: Courier) -> tuple[Url, Headers]:
        """Return a URL that holds for an hour."""
        del courier
        return await asyncio.to_thread(self._bucket.sign, "get_object", {}), ()

    async def same(self, courier: Courier, reply: Reply, file: Path) -> bool | None:
        """Compare MD5s; of an object of parts with the length its first part had."""
        tag = tag_of(reply)
        if tag is None:
            return None
        told, count = tag
        if not count:
            return await asyncio.to_thread(matches, file, ("md5", bytes.fromhex(told)))
        about = {"PartNumber": 1}
        url = await asyncio.to_thread(self._bucket.sign, "head_object", about)
        first = await courier.ask("HEAD", url)
        length = first.number("content-length") if first.ok else None
        if not length:
            return None
        return await asyncio.to_thread(_is_of_parts, file, length, count, told)


def _is_of_parts(file: Path, length: int, count: int, told: str) -> bool | None:
    spans = cut(file.stat().st_size, length)
    if len(spans) != count:
        return None  # parts of unequal length, as some tools make them
    return composite(digests_of(file, spans)).md5.hex() == told


def tag_of(reply: Reply) -> tuple[str, int] | None:
    """Return (MD5, how many parts; 0 for one piece) of an ETag that is made of MD5s.

    It is not when the store encrypts with keys of its own (S3's manual, "Checking
    object integrity").
    """
    found = _TAG.fullmatch(reply.headers.get("etag", "").strip('"'))
    encryption = reply.headers.get("x-amz-server-side-encryption", "")
    own_key = "x-amz-server-side-encryption-customer-algorithm" in reply.headers
    if not found or "kms" in encryption or own_key:
        return None
    return found[1], int(found[2] or 0)
