"""Files that are no recording as they stand: what they are, and what makes them one."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from rabta.errors import DataError


@dataclass(frozen=True, slots=True)
class Foreign:
    """One such form."""

    magic: bytes
    says: str
    cure: str
    """Advice, or a command: ``{file}`` is the file, ``{bare}`` its name alone."""
    at: int = 0
    """Where in the file *magic* stands."""


_SHEET = "save the sheet as CSV (UTF-8) and import that"
_TEXT = "iconv -f UTF-16 -t UTF-8 {file} > {bare}.txt, and import that"
_CAPTURE = "no series can be made of it: import a log of ping, or a table"
FOREIGN = (
    Foreign(b"ustar", "a tar archive", "unpack it: tar -xf {file}", at=257),
    Foreign(b"PK\5\6", "an empty ZIP archive", "was it made whole?"),
    Foreign(b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it: 7z x {file}"),
    Foreign(b"Rar!", "a RAR archive", "unpack it: unrar x {file}"),
    Foreign(
        b"\x04\x22\x4d\x18",
        "packed by LZ4",
        "lz4 -d {file} {bare}.out, and import that",
    ),
    Foreign(
        b"\x1f\x9d",
        "packed by compress",
        "gzip -dc {file} > {bare}.out, and import that",
    ),
    Foreign(b"LZIP", "packed by lzip", "unpack it: lzip -dk {file}"),
    Foreign(
        b"RRD\0",
        "a database of RRDtool",
        "rrdtool fetch {file} AVERAGE --start -30d > {bare}.txt, and import that",
    ),
    Foreign(b"\xd0\xcf\x11\xe0", "an old Excel or Office file", _SHEET),
    Foreign(b"%PDF", "a PDF", "import the data it was made of"),
    Foreign(b"\xff\xfe", "text in UTF-16", _TEXT),
    Foreign(b"\xfe\xff", "text in UTF-16", _TEXT),
    Foreign(b"ARROW1", "a file of Arrow (Feather)", "save it as Parquet"),
    Foreign(b"\x89HDF", "a file of HDF5", "save it as CSV or Parquet"),
    Foreign(b"\xd4\xc3\xb2\xa1", "a capture of packets", _CAPTURE),
    Foreign(b"\x0a\x0d\x0d\x0a", "a capture of packets", _CAPTURE),
    Foreign(b"<!doctype html", "a web page", "was an error page saved as the file?"),
    Foreign(b"<html", "a web page", "was an error page saved as the file?"),
)


def refuse(file: Path, text: bytes) -> None:
    """Raise ``DataError`` where *text*, the beginning of *file*, is of such a form."""
    start = text[:64].lower()
    for one in FOREIGN:
        here = text[one.at : one.at + len(one.magic)]
        if here == one.magic or (one.magic[:1] == b"<" and start.startswith(one.magic)):
            cure = one.cure.format(
                file=shlex.quote(str(file)), bare=shlex.quote(file.stem or "file")
            )
            raise DataError(one.says, file=str(file), hint=cure)
