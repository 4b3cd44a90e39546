"""Google's storage as a store of parts: its XML API, which speaks as S3 does.

Each part goes with its MD5, which Google compares. Of an object made of parts it tells
a CRC32C and no MD5; that is compared where google-crc32c is installed.
"""

import asyncio
import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

from rabta.outbox.http import Reply
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.storage.google import Place, allowed
from rabta.outbox.transfer.storage.gs import described_as, same_as
from rabta.outbox.transfer.storage.parts import Digests
from rabta.outbox.transfer.storage.store import (
    Asked,
    Part,
    arrived_as_s3,
    listing_as_s3,
)
from rabta.probes.url import Url


class GoogleParts:
    """One object of one bucket."""

    how = "gs-parts"
    join = "POST"
    named_here = False

    def __init__(self, url: str) -> None:
        self._place = Place(url)

    async def _allowed(self, courier: Courier, query: str, *more: Headers) -> Asked:
        headers = [one for headers in more for one in headers]
        url = Url.parse(f"{self._place.xml}{query}")
        return url, [*await allowed(courier), *headers]

    async def begun(self, courier: Courier) -> Asked:
        """Return where an upload begins."""
        kind = [("Content-Type", "application/octet-stream")]
        return await self._allowed(courier, "?uploads", kind)

    async def listed(self, courier: Courier, upload: str, after: int) -> Asked:
        """Return where the parts are listed."""
        query = f"{_of(upload)}&part-number-marker={after}"
        return await self._allowed(courier, query)

    async def part(
        self, courier: Courier, upload: str, number: int, own: Digests
    ) -> Asked:
        """Return where a part goes."""
        digest = [("Content-MD5", base64.b64encode(own.md5).decode())]
        query = f"{_of(upload)}&partNumber={number}"
        return await self._allowed(courier, query, digest)

    async def completed(self, courier: Courier, upload: str, file: Path) -> Asked:
        """Return where the parts are made the object."""
        del file
        kind = [("Content-Type", "application/xml")]
        return await self._allowed(courier, _of(upload), kind)

    async def aborted(self, courier: Courier, upload: str) -> Asked:
        """Return where the parts are removed."""
        return await self._allowed(courier, _of(upload))

    async def content(self, courier: Courier) -> Asked:
        """Return where the object's bytes are."""
        return self._place.content, await allowed(courier)

    def arrived(self, upload: str, answer: ET.Element) -> Iterator[Part]:
        """Yield the parts that a listing tells."""
        del upload
        return arrived_as_s3(answer)

    def listing(self, upload: str, parts: Sequence[Part]) -> bytes:
        """Return what is said of the parts when the upload is completed."""
        del upload
        return listing_as_s3(parts, checksums=False)

    async def looked_at(
        self, courier: Courier, file: Path, own: Sequence[Digests]
    ) -> tuple[Reply, Url, bool | None]:
        """Compare what describes the object with the file."""
        del own
        reply = await courier.ask("GET", self._place.about, await allowed(courier))
        told = described_as(await courier.body()) if reply.ok else None
        same = await asyncio.to_thread(same_as, file, told) if told else None
        return reply, self._place.about, same


def _of(upload: str) -> str:
    return f"?uploadId={quote(upload, safe='')}"
