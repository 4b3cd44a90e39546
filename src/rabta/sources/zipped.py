"""ZIP archives that hold one file; of others, what they are and the cure."""

import shlex
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO
from zipfile import BadZipFile, ZipFile

from rabta.errors import DataError


ZIP = b"PK\x03\x04"
DAMAGED = (BadZipFile, zlib.error, EOFError, OSError)
_SHEET = "save the sheet as CSV (UTF-8) and import that"
_DIRECTORY = 4_000_000  # octets of the list of members; it is read at once
_END = 66_000  # octets in which the list is described
_ENCRYPTED = 1


@contextmanager
def only_member(file: BinaryIO, path: Path) -> Iterator[IO[bytes]]:
    """Lend the only file in the archive *file*, unpacked while it is read.

    Raises:
        DataError: it holds several, is damaged, encrypted, or a sheet of Office.
    """
    name = shlex.quote(str(path))
    _check_directory(file, path)
    try:
        with ZipFile(file) as archive:
            named = {one.filename: one for one in archive.infolist()}
            if "[Content_Types].xml" in named:
                raise DataError("an Excel or Office file", file=str(path), hint=_SHEET)
            if "content.xml" in named and "mimetype" in named:
                raise DataError("an OpenDocument file", file=str(path), hint=_SHEET)
            members = [
                one
                for one in named.values()
                if not (one.is_dir() or one.filename.startswith("__MACOSX/"))
            ]
            if len(members) != 1:
                shown = ", ".join(one.filename for one in members[:4])
                more = ", …" if len(members) > 4 else ""
                raise DataError(
                    f"a ZIP archive of {len(members)} files ({shown}{more})",
                    file=str(path),
                    hint=f"unpack it and import them: unzip {name}",
                )
            (member,) = members
            if member.flag_bits & _ENCRYPTED:
                raise DataError(
                    "an encrypted ZIP archive",
                    file=str(path),
                    hint=f"unpack it with its password: unzip {name}",
                )
            with archive.open(member) as opened:
                yield opened
    except (BadZipFile, NotImplementedError) as error:
        raise DataError(
            f"a ZIP archive that cannot be read: {error}",
            file=str(path),
            hint="was it copied whole?",
        ) from error


def _check_directory(file: BinaryIO, path: Path) -> None:
    """Look at the length of the list of members, which is read at once.

    Raises:
        DataError: it takes more memory than a recording is worth.
    """
    file.seek(max(0, file.seek(0, 2) - _END))
    end = file.read()
    at = end.rfind(b"PK\5\6")
    file.seek(0)
    if at >= 0 and len(end) - at >= 16:
        (size,) = struct.unpack_from("<I", end, at + 12)
        if size > _DIRECTORY:
            raise DataError(
                "a ZIP archive of very many files",
                file=str(path),
                hint=f"unpack it and import them: unzip {shlex.quote(str(path))}",
            )
