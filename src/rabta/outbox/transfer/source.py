"""Where a file is got from: how it is asked for, and whether what came is right."""

import asyncio
from pathlib import Path
from typing import Protocol

from rabta.model import Download
from rabta.outbox.http import Reply
from rabta.outbox.secret import resolve
from rabta.outbox.transfer import storage
from rabta.outbox.transfer.courier import Courier, Headers
from rabta.outbox.transfer.files import matches, told_digest
from rabta.probes.url import Url


class Source(Protocol):
    """A file on a server, asked for with GET."""

    async def at(self, courier: Courier) -> tuple[Url, Headers]:
        """Return where it is now, and what must be said to get it."""

    async def same(self, courier: Courier, reply: Reply, file: Path) -> bool | None:
        """Whether *file* is what *reply* tells of; None when it tells no digest."""


class Web:
    """A file of any web server."""

    def __init__(self, work: Download) -> None:
        self._work = work

    async def at(self, courier: Courier) -> tuple[Url, Headers]:
        """Return its URL and the headers that were wished for."""
        del courier
        headers = [(name, resolve(value)) for name, value in self._work.headers]
        return Url.parse(self._work.url), headers

    async def same(self, courier: Courier, reply: Reply, file: Path) -> bool | None:
        """Compare with the digest in the answer's head."""
        del courier
        told = told_digest(reply.headers)
        return await asyncio.to_thread(matches, file, told) if told else None


def source_of(work: Download) -> Source:
    """Return what the URL of *work* means."""
    scheme = work.url.partition(":")[0]
    if scheme == "s3":
        from rabta.outbox.transfer.storage.s3_object import Object

        return Object(work.url)
    if scheme == "az":
        from rabta.outbox.transfer.storage.az import Object as AzureObject

        return AzureObject(work.url)
    if scheme in storage.SCHEMES:
        from rabta.outbox.transfer.storage.gs import Object as GoogleObject

        return GoogleObject(work.url)
    return Web(work)
