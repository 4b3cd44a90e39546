"""Which source a file comes from, told by its first bytes and never by its name."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from rabta.errors import DataError
from rabta.sources import SOURCES
from rabta.sources.foreign import refuse
from rabta.sources.imported import OWN, Joint, Licence, Parse, Tally
from rabta.sources.stream import Stream


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file."""

    text: bytes
    keys: frozenset[str]
    """Of the outermost object, or of the first one in an array."""
    columns: frozenset[str]
    """Of the first line, as cells of a table: lower case, no blanks."""
    parquet: bool = False
    nested: frozenset[str] = frozenset()
    """All keys further in, as far as the beginning shows them."""


@dataclass(frozen=True, slots=True)
class Format:
    """One form a file may have."""

    name: str
    source: str
    """A key of ``rabta.sources.SOURCES``."""
    says: str
    module: str
    matches: Callable[[Head], bool]
    function: str = "read"
    learns: bool = False
    """Whether it holds no series, but which networks are whose: ``learn`` keeps it."""
    joint: str = ""
    """The class in ``module`` that reads several such files as parts of one whole."""

    @property
    def parse(self) -> Parse:
        """Import and return what reads it."""
        found: Parse = getattr(import_module(self.module), self.function)
        return found

    def joined(self) -> Joint | None:
        """Return what reads several of them together, where that is needed."""
        if not self.joint:
            return None
        made: Joint = getattr(import_module(self.module), self.joint)()
        return made

    @property
    def licence(self) -> Licence:
        """Return the terms of its source."""
        source = SOURCES.get(self.source)
        return source.licence if source else OWN


TABLE = Format(
    "table", "file", "a table", "rabta.sources.tables", lambda _: False, function="read"
)
"""Any other CSV or Parquet file: its columns are chosen or named."""

_BRACKETED = re.compile(rb"\s*\[[^][{}\"\n]*\][ \t]*[^\s]")
"""A line on which more follows what is in brackets, such as a time: no JSON does so."""
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*(:)?|([{}\[\]])')


def head_of(path: Path) -> Head:
    """Read the beginning of *path*.

    Raises:
        DataError: it is empty, no file, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
        text = Stream(path, Tally(str(path), 0)).head()
    except IsADirectoryError:
        raise DataError("this is a folder", file=str(path)) from None
    except OSError as error:
        raise DataError(
            f"cannot be read: {error.strerror or error}", file=str(path)
        ) from None
    if not text.strip():
        raise DataError("the file is empty", file=str(path))
    if parquet:
        return Head(b"", frozenset(), _parquet_columns(path), parquet=True)
    refuse(path, text)
    text = text.removeprefix(b"\xef\xbb\xbf")
    keys, nested = _keys(text)
    return Head(text, keys, _columns(text), nested=nested)


def _keys(text: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Return the keys of the outermost object and all others, of a cut document."""
    start = text.lstrip()
    if start[:1] not in (b"{", b"["):
        return frozenset(), frozenset()
    depth, wanted = 0, 2 if start[:1] == b"[" else 1
    outer: set[str] = set()
    inner: set[str] = set()
    for found in _KEY.finditer(start):
        name, colon, bracket = found.groups()
        if bracket is not None:
            depth += 1 if bracket in b"{[" else -1
            if depth <= wanted - 1 and outer:
                break
        elif colon:
            (outer if depth == wanted else inner).add(name.decode("utf-8", "replace"))
    return frozenset(outer), frozenset(inner)


def _columns(text: bytes) -> frozenset[str]:
    line = text.lstrip().split(b"\n", 1)[0].decode("utf-8", "replace")
    cells = re.split(r"[,;\t|]", line)
    if len(cells) < 2:
        return frozenset()
    return frozenset(_plain(cell) for cell in cells)


def _plain(cell: str) -> str:
    return cell.strip().strip('"').lower().replace(" ", "").replace("_", "")


def _parquet_columns(path: Path) -> frozenset[str]:
    from rabta.sources.tables import look

    return frozenset(_plain(name) for name in look(path).columns)


def recognise(path: Path) -> Format:
    """Return the form of the file *path*.

    Raises:
        DataError: it is none of those known; the message says what it looks like.
    """
    from rabta.sources.formats import FORMATS

    head = head_of(path)
    for one in FORMATS:
        if one.matches(head):
            return one
    if head.keys or (
        head.text.lstrip()[:1] in (b"{", b"[") and not _BRACKETED.match(head.text)
    ):
        known = ", ".join(sorted(head.keys)[:8]) or "no names"
        raise DataError(
            f"JSON of an unknown form (it has {known})",
            file=str(path),
            hint="known forms: rabta import --formats",
        )
    if head.parquet or len(head.columns) > 1:
        return TABLE
    from rabta.sources.pinglog import CURE, UNTIMED

    if UNTIMED.search(head.text):
        raise DataError("a log of ping without times", file=str(path), hint=CURE)
    raise DataError(
        "neither a known export nor a table",
        file=str(path),
        hint="known forms: rabta import --formats",
    )
