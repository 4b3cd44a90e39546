"""Files that are there whole or not at all."""

import os
import tempfile
from pathlib import Path

from rabta.errors import PlatformError


def write_whole(file: Path, content: bytes) -> None:
    """Write *content* to *file*, which keeps its old one until all is on the disk.

    Raises:
        PlatformError: the disk refuses; nothing of it is left behind.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=file.absolute().parent, suffix=".part")
    except OSError as error:
        raise PlatformError(f"{file}: {error.strerror}") from error
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.chmod(0o666 & ~_umask())
        partial.replace(file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise PlatformError(f"{file}: {error.strerror}") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return the mask new files get; there is no way to ask but to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
