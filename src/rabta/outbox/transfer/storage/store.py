"""A store that takes an object in parts, as Amazon's S3 does and Google's speaks it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rabta.outbox.http import Reply
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.storage.parts import Digests
from rabta.probes.url import Url


Asked = tuple[Url, Headers]
"""Where something is asked of a store, and what must be said there."""


class Store(Protocol):
    """One object of one bucket: where what is asked about it."""

    how: str
    """The name by which a job keeps that it began an upload here."""

    async def begun(self, courier: Courier) -> Asked:
        """Return where an upload begins (POST)."""

    async def listed(self, courier: Courier, upload: str, after: int) -> Asked:
        """Return where the parts are listed whose numbers are above *after* (GET)."""

    async def part(
        self, courier: Courier, upload: str, number: int, own: Digests
    ) -> Asked:
        """Return where a part goes (PUT); the store compares its digest."""

    async def completed(self, courier: Courier, upload: str) -> Asked:
        """Return where the parts are made the object (POST)."""

    async def aborted(self, courier: Courier, upload: str) -> Asked:
        """Return where the parts are removed (DELETE)."""

    async def content(self, courier: Courier) -> Asked:
        """Return where the object's bytes are (GET)."""

    def entry(self, number: int, tag: str, own: Digests) -> Mapping[str, str]:
        """Return what is said of a part when the upload is completed."""

    async def looked_at(
        self, courier: Courier, file: Path, own: Sequence[Digests]
    ) -> tuple[Reply, Url, bool | None]:
        """Look at the object: the answer, whose it is, and whether it is *file*.

        None when the store tells no digest.
        """
