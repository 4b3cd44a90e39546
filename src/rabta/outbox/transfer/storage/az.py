"""Azure's storage as a store of parts: blocks that a list makes a blob.

Each block goes with its MD5, which Azure compares. A block's name bears that of the
upload, so that no block of another content is taken for one of this. The MD5 of the
whole is stored with the blob for whoever gets it: Azure does not compute it. Blocks
that no list names are gone after a week.
"""

import asyncio
import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from rabta.outbox.http import Reply
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.files import digest_of, matches
from rabta.outbox.transfer.storage.azure import Blob
from rabta.outbox.transfer.storage.parts import Digests
from rabta.outbox.transfer.storage.store import Asked, Part
from rabta.probes.url import Url


class Azure:
    """One blob of one container."""

    how = "az"
    join = "PUT"
    named_here = True

    def __init__(self, url: str) -> None:
        self._blob = Blob(url)

    async def begun(self, courier: Courier) -> Asked | None:
        """Return nothing: the first block begins an upload."""
        del courier
        return None

    async def listed(self, courier: Courier, upload: str, after: int) -> Asked:
        """Return where the blocks are listed that no list has named yet."""
        del courier, upload, after
        return await self._blob.asked(comp="blocklist", blocklisttype="uncommitted")

    async def part(
        self, courier: Courier, upload: str, number: int, own: Digests
    ) -> Asked:
        """Return where a block goes."""
        del courier
        url, says = await self._blob.asked(comp="block", blockid=_name(upload, number))
        return url, [*says, ("Content-MD5", base64.b64encode(own.md5).decode())]

    async def completed(self, courier: Courier, upload: str, file: Path) -> Asked:
        """Return where the blocks are made the blob."""
        del courier, upload
        md5 = base64.b64encode(await asyncio.to_thread(digest_of, file, "md5")).decode()
        kind = ("x-ms-blob-content-type", "application/octet-stream")
        url, says = await self._blob.asked(comp="blocklist")
        return url, [*says, kind, ("x-ms-blob-content-md5", md5)]

    async def content(self, courier: Courier) -> Asked:
        """Return where the blob's bytes are."""
        del courier
        return await self._blob.asked()

    def arrived(self, upload: str, answer: ET.Element) -> Iterator[Part]:
        """Yield the parts that a listing tells, of this upload."""
        for one in answer.iterfind("UncommittedBlocks/Block"):
            number = _number(upload, one.findtext("Name", ""))
            yield Part(number, int(one.findtext("Size", "-1")), "")

    def listing(self, upload: str, parts: Sequence[Part]) -> bytes:
        """Return the list that makes the blocks a blob."""
        root = ET.Element("BlockList")
        for part in parts:
            if not part.size:  # a blob of nothing has no block
                continue
            ET.SubElement(root, "Uncommitted").text = _name(upload, part.number)
        text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return text

    async def looked_at(
        self, courier: Courier, file: Path, own: Sequence[Digests]
    ) -> tuple[Reply, Url, bool | None]:
        """Compare the MD5 that was stored as all blocks were there with the file's."""
        del own
        url, says = await self._blob.asked()
        reply = await courier.ask("HEAD", url, says)
        told = _stored(reply)
        same = await asyncio.to_thread(matches, file, ("md5", told)) if told else None
        return reply, url, same


class Object:
    """One blob, to be got."""

    def __init__(self, url: str) -> None:
        self._blob = Blob(url)

    async def at(self, courier: Courier) -> tuple[Url, Headers]:
        """Return where the blob is; a signature holds for a day."""
        del courier
        return await self._blob.asked()

    async def same(self, courier: Courier, reply: Reply, file: Path) -> bool | None:
        """Compare with the MD5 that was stored with the blob."""
        del reply
        head = await courier.ask("HEAD", *await self._blob.asked())
        told = _stored(head) if head.ok else None
        return await asyncio.to_thread(matches, file, ("md5", told)) if told else None


def _name(upload: str, number: int) -> str:
    """Return the name of a block: of one length for all, as Azure asks."""
    return base64.b64encode(f"{upload}-{number:05}".encode()).decode()


def _number(upload: str, name: str) -> int:
    """Return which part a block is; 0 for one of another upload."""
    try:
        of, _, number = base64.b64decode(name, validate=True).decode().rpartition("-")
        return int(number) if of == upload else 0
    except ValueError:
        return 0


def _stored(reply: Reply) -> bytes:
    try:
        return base64.b64decode(reply.headers.get("content-md5", ""), validate=True)
    except ValueError:
        return b""
