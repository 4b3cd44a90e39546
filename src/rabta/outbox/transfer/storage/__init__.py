"""Object storage, by URL: who signs, and how a large object gets there in parts."""

import os
from importlib.util import find_spec
from urllib.parse import urlsplit

from rabta.errors import PlatformError
from rabta.outbox.outcome import Outcome
from rabta.outbox.task import Task


_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "gs": ("STORAGE_EMULATOR_HOST",),
}
"""The variables by which each maker's own tools are told of another store."""
SCHEMES = tuple(_ENDPOINTS)
IN_PARTS = frozenset({"s3"})
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
    named = (os.environ.get(name, "") for name in _ENDPOINTS[scheme])
    return urlsplit(next(filter(None, named), "")).hostname or ""


async def send(task: Task, scheme: str) -> Outcome:
    """Send the file of *task* into a bucket."""
    if scheme == "gs":
        from rabta.outbox.transfer.storage.gs import send as by_it
    else:
        from rabta.outbox.transfer.storage.s3 import send as by_it
    return await by_it(task)


async def discard(task: Task) -> Outcome:
    """Remove from a store what an upload that was given up has left there."""
    from rabta.outbox.transfer.storage.s3_discard import discard as by_it

    return await by_it(task)
