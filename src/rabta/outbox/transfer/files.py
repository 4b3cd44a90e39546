"""Files as transfers read and write them."""

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rabta.errors import PlatformError
from rabta.model import Message
from rabta.outbox.outcome import FinalError
from rabta.whole import rename_new, sync_folder


@dataclass(frozen=True, slots=True)
class Print:
    """What shows that a file is still the one a transfer began with."""

    size: int
    modified: int
    """Nanoseconds."""


def print_of(file: Path) -> Print:
    """Look at *file*; one that is gone ends the job."""
    try:
        found = file.stat()
        if not file.is_file():
            raise FinalError(Message.of("outbox.no_file", file=str(file)))
    except OSError as error:
        raise FinalError(Message.of("outbox.no_file", file=str(file))) from error
    return Print(found.st_size, found.st_mtime_ns)


def part_of(file: Path, number: int) -> Path:
    """Return where *file* grows while job *number* gets it."""
    return file.with_name(f"{file.name}.{number}.rabta-part")


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of *file*, hexadecimal."""
    return digest_of(file, "sha256").hex()


def digest_of(file: Path, algorithm: str) -> bytes:
    """Return a digest of *file*, by hashlib's name for it."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).digest()


def told_digest(headers: Mapping[str, str]) -> tuple[str, bytes] | None:
    """Return (algorithm, digest) of the whole as the far side tells it.

    ``Repr-Digest`` (RFC 9530), ``Digest`` (RFC 3230), ``Content-MD5``, and the names
    of S3 and of Google's storage.
    """
    for name in ("repr-digest", "digest"):
        for part in headers.get(name, "").split(","):
            algorithm, _, value = part.strip().partition("=")
            algorithm = algorithm.lower().replace("-", "")
            if algorithm in {"sha256", "sha512", "md5"} and (
                found := _base64(value.strip(":"))
            ):
                return algorithm, found
    if found := _base64(headers.get("x-amz-checksum-sha256", "")):
        return "sha256", found
    for part in headers.get("x-goog-hash", "").split(","):
        if part.strip().startswith("md5=") and (found := _base64(part.strip()[4:])):
            return "md5", found
    of_part = "content-range" in headers  # then it is the digest of that alone
    if not of_part and (found := _base64(headers.get("content-md5", ""))):
        return "md5", found
    return None


def matches(file: Path, told: tuple[str, bytes]) -> bool:
    """Whether *file* has the digest *told*."""
    algorithm, digest = told
    return digest_of(file, algorithm) == digest


def publish(part: Path, file: Path, *, overwrite: bool) -> None:
    """Give a finished *part* its name, on the disk before this returns.

    Raises:
        FileExistsError: *file* is there and not to be overwritten.
        PlatformError: the disk refuses.
    """
    try:
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        if overwrite:
            part.replace(file)
        else:
            rename_new(part, file)
        sync_folder(file.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise PlatformError(f"{file}: {error.strerror}") from error


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
