"""A store that takes an object in parts, as Amazon's S3 does and Google's speaks it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree as ET

from rabta.outbox.http import Reply
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.storage.parts import Digests
from rabta.probes.url import Url


Asked = tuple[Url, Headers]
"""Where something is asked of a store, and what must be said there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an upload."""

    number: int
    size: int
    tag: str
    """What the store calls it; empty where it has no such name."""
    sha256: str = ""
    """Base64; of parts that lie here."""


class Store(Protocol):
    """One object of one bucket: where what is asked about it."""

    how: str
    """The name by which a job keeps that it began an upload here."""
    join: str
    """The method that makes the parts the object."""
    named_here: bool
    """Whether we name an upload: one that is unknown then only has no parts yet."""

    async def begun(self, courier: Courier) -> Asked | None:
        """Return where an upload begins (POST); None where we name it ourselves."""

    async def listed(self, courier: Courier, upload: str, after: int) -> Asked:
        """Return where the parts are listed whose numbers are above *after* (GET)."""

    async def part(
        self, courier: Courier, upload: str, number: int, own: Digests
    ) -> Asked:
        """Return where a part goes (PUT); the store compares its digest."""

    async def completed(self, courier: Courier, upload: str, file: Path) -> Asked:
        """Return where the parts are made the object."""

    async def content(self, courier: Courier) -> Asked:
        """Return where the object's bytes are (GET)."""

    def arrived(self, upload: str, answer: ET.Element) -> Iterator[Part]:
        """Yield the parts that a listing tells."""

    def listing(self, upload: str, parts: Sequence[Part]) -> bytes:
        """Return what is said of the parts when the upload is completed."""

    async def looked_at(
        self, courier: Courier, file: Path, own: Sequence[Digests]
    ) -> tuple[Reply, Url, bool | None]:
        """Look at the object: the answer, whose it is, and whether it is *file*.

        None when the store tells no digest.
        """


class Abortable(Store, Protocol):
    """A store that keeps the parts of an upload until they are removed."""

    async def aborted(self, courier: Courier, upload: str) -> Asked:
        """Return where the parts are removed (DELETE)."""


def arrived_as_s3(answer: ET.Element) -> Iterator[Part]:
    """Yield the parts of a listing as S3 writes it."""
    for one in answer.findall("Part"):
        number, size = one.findtext("PartNumber", "0"), one.findtext("Size", "-1")
        yield Part(int(number), int(size), one.findtext("ETag", ""))


def listing_as_s3(parts: Sequence[Part], *, checksums: bool) -> bytes:
    """Return the parts as S3 wants them named."""
    root = ET.Element("CompleteMultipartUpload")
    for one in parts:
        part = ET.SubElement(root, "Part")
        if checksums:
            ET.SubElement(part, "ChecksumSHA256").text = one.sha256
        ET.SubElement(part, "ETag").text = one.tag
        ET.SubElement(part, "PartNumber").text = str(one.number)
    return ET.tostring(root)
