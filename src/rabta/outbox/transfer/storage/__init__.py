"""Object storage, by URL: who signs, and how a large object gets there in parts."""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from rabta.errors import PlatformError
from rabta.outbox.outcome import Outcome
from rabta.outbox.task import Task
from rabta.outbox.transfer.state import state_of


if TYPE_CHECKING:
    from rabta.model import Discard, Upload
    from rabta.outbox.transfer.storage.store import Abortable, Store


_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "gs": ("STORAGE_EMULATOR_HOST",),
    "az": (),  # its connection string says it
}
"""The variables by which each maker's own tools are told of another store."""
SCHEMES = tuple(_ENDPOINTS)
IN_PARTS = frozenset({"s3", "gs-parts"})
"""Uploads, as their state names them, of which parts stay until they are removed."""
_SIGNERS = {"s3": ("botocore", "botocore"), "gs": ("google.auth", "google-auth")}
"""Module and package that know who may."""


def require(scheme: str) -> None:
    """See that what signs for *scheme* is installed; other schemes need nothing.

    Raises:
        PlatformError: it is not, with the command that installs it.
    """
    module, package = _SIGNERS.get(scheme, ("", ""))
    try:
        there = not module or find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package around it
        there = False
    if not there:
        raise PlatformError(
            f"{scheme}:// needs the package {package}",
            hint=f"install it into Rabta's environment: pip install {package}",
        )


def host_of(scheme: str) -> str:
    """Return the host of the store that is named by a variable; else empty."""
    if scheme == "az":
        from rabta.outbox.transfer.storage.azure import host

        return host()
    named = (os.environ.get(name, "") for name in _ENDPOINTS[scheme])
    return urlsplit(next(filter(None, named), "")).hostname or ""


async def send(task: Task, scheme: str) -> Outcome:
    """Send the file of *task* into a bucket."""
    if scheme == "gs" and not _goes_in_parts(task):
        from rabta.outbox.transfer.storage.gs import send as in_one_stream

        return await in_one_stream(task)
    from rabta.outbox.transfer.storage.in_parts import send_in_parts

    work = cast("Upload", task.job.order.work)
    return await send_in_parts(task, _store(work.url))


async def discard(task: Task) -> Outcome:
    """Remove from a store what an upload that was given up has left there."""
    from rabta.outbox.transfer.storage.discard import discard_parts

    work = cast("Discard", task.job.order.work)
    return await discard_parts(task, _kept(work.url), work.upload)


def _store(url: str) -> "Store":
    if url.startswith("az:"):
        from rabta.outbox.transfer.storage.az import Azure

        return Azure(url)
    return _kept(url)


def _kept(url: str) -> "Abortable":
    if url.startswith("gs:"):
        from rabta.outbox.transfer.storage.gs_parts import GoogleParts

        return GoogleParts(url)
    from rabta.outbox.transfer.storage.s3 import S3

    return S3(url)


def _goes_in_parts(task: Task) -> bool:
    """Whether it began so; what begins now does where several uplinks can share it."""
    from rabta.outbox.transfer.spread import good
    from rabta.outbox.transfer.storage.parts import Parts

    state = state_of(task.token)
    if state.place:
        return state.how in IN_PARTS
    several = len(Parts(task.job.order.size or 0).numbers) > 1
    return several and len(good(task.ways())) > 1
