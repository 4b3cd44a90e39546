"""The CRC32C of a file, by Google's own library where that is installed."""

from importlib import import_module
from pathlib import Path


_PIECE = 1024 * 1024


def crc32c_of(file: Path) -> bytes | None:
    """Return the CRC32C of *file*, big-endian; None without google-crc32c."""
    try:
        library = import_module("google_crc32c")
    except ImportError:
        return None
    found = library.Checksum()
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            found.update(piece)
    digest: bytes = found.digest()
    return digest
