"""A copy of a CSV file without the lines that no reader of tables takes.

Those are lines that are not UTF-8, hold more cells than there are columns, or open a
quote that is never closed. Each leaves an empty line in the copy, so that all others
keep their numbers, and is put aside with its row and column.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rabta.errors import DataError
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream
from rabta.sources.tables.look import DELIMITERS, names, regularity, shape
from rabta.sources.tables.problems import BrokenRowError


_HEAD = 262_144
_SEEN = 1_000  # lines that tell the delimiter
_SPAN = 50  # lines that one cell may run over
_LONGEST = 1_000_000  # octets of a line, half of what the engine takes
_CURE = 'write UTF-8, close quotes, and write "" for " in them'
_NO_ROW = (b"", b"#")


@dataclass(frozen=True, slots=True)
class _Form:
    """What a line should look like."""

    delimiter: str
    columns: tuple[str, ...]

    def column(self, place: int) -> str:
        """Name a cell, which may lie beyond the last column."""
        known = place < len(self.columns)
        return repr(self.columns[place]) if known else str(place + 1)


@dataclass(frozen=True, slots=True)
class _Bad:
    """Why a line is of no use, and which of its cells."""

    reason: str
    place: int = 0
    is_open: bool = False
    """Whether a quote is not closed before the line ends."""


def salvage(file: Path, into: Path, tally: Tally, refused: DataError) -> None:
    """Write *file* without its damaged lines to *into*; put those aside in *tally*.

    Raises:
        DataError: *refused*, where not even half of the lines are sound; or there is
            no room for the copy.
    """
    form = _form(file)
    if form is None:
        raise refused
    sound = damaged = 0
    try:
        with into.open("wb") as out:
            for number, line, found in _Lines(file, tally, form):
                if isinstance(found, bytes):
                    out.write(found)
                    sound += 1
                    continue
                out.write(b"\n")
                damaged += 1
                where = f"row {number}, column {form.column(found.place)}"
                tally.put_aside(found.reason, -1, line.strip(), where=where)
                if found.is_open and not line.endswith(b"\n"):
                    tally.partial = tally.partial or f"cut off in row {number}"
    except OSError as error:
        raise DataError(
            f"a copy without what is damaged cannot be written: {error.strerror}",
            file=str(file),
            hint=refused.message,
        ) from None
    if damaged >= sound:
        raise refused


def check_lines(file: Path) -> None:
    """Look at every line, as some engines take all after an open quote as one cell.

    Raises:
        BrokenRowError: the first that is no row.
    """
    form = _form(file)
    for number, _, found in _Lines(file, Tally(str(file), 0), form) if form else ():
        if isinstance(found, _Bad):
            raise BrokenRowError(
                found.reason,
                file=str(file),
                row=number,
                column=form.column(found.place).strip("'") if form else "",
                hint=_CURE,
            )


def _form(file: Path) -> _Form | None:
    """Tell delimiter and columns by the first lines, each taken for itself."""
    text = Stream(file, Tally(str(file), 0)).head(_HEAD).decode("utf-8-sig", "replace")
    lines = [one for one in text.split("\n") if one.strip()[:1] not in ("", "#")]
    found = []
    for delimiter in DELIMITERS:
        rows = [row for one in lines[:_SEEN] if (row := _cells(one, delimiter))]
        if rows:
            found.append((delimiter, rows))
    if not found:
        return None
    delimiter, rows = max(found, key=regularity)
    header, width = shape(rows)
    return _Form(delimiter, names(rows[0] if header else [], width))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # longer than any cell
        return []


class _Lines:
    """Every line: its number, what it is, and what may be written instead of it."""

    def __init__(self, file: Path, tally: Tally, form: _Form) -> None:
        self._form = form
        self._lines = _numbered(file, tally)
        self._ahead: deque[tuple[int, bytes]] = deque()

    def __iter__(self) -> Iterator[tuple[int, bytes, bytes | _Bad]]:
        begun = False
        while (one := self._next()) is not None:
            number, line = one
            if not begun and line.strip()[:1] in _NO_ROW:
                yield number, line, _text(line)
                continue
            if not begun:  # the names: better with a letter spoilt than none
                line = _text(line)
            begun = True
            found = _checked(line, self._form)
            if isinstance(found, _Bad) and found.is_open:
                found = self._closed(line) or found
            yield number, line, found

    def _next(self) -> tuple[int, bytes] | None:
        return self._ahead.popleft() if self._ahead else next(self._lines, None)

    def _closed(self, line: bytes) -> bytes:
        """Return the lines of a cell with line breaks in it; nothing if it has no end.

        The lines that were looked at for it come again.
        """
        whole = line
        for count in range(1, _SPAN):
            if len(self._ahead) < count:
                one = next(self._lines, None)
                if one is None:
                    return b""
                self._ahead.append(one)
            more = self._ahead[count - 1][1]
            whole += more
            if b'"' not in more:
                continue
            found = _checked(whole, self._form)
            if isinstance(found, bytes):
                for _ in range(count):
                    self._ahead.popleft()
                return found
            if not found.is_open:
                return b""
        return b""


def _numbered(file: Path, tally: Tally) -> Iterator[tuple[int, bytes]]:
    number = 0
    for _, block in Stream(file, tally).lines():
        start = 0
        while start < len(block):  # split() would make all lines at once
            end = block.find(b"\n", start) + 1 or len(block)
            number += 1
            yield number, block[start:end]
            start = end


def _text(line: bytes) -> bytes:
    return line.decode("utf-8", "replace").encode()


def _checked(line: bytes, form: _Form) -> bytes | _Bad:
    """Return the line, or lines of a cell, without empty cells after the last."""
    width = len(form.columns)
    if len(line) > _LONGEST:
        return _Bad("the line is too long")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        place = line.count(form.delimiter.encode(), 0, error.start)
        return _Bad("not UTF-8 text", min(place, width - 1))
    if "\0" in text:
        place = text.count(form.delimiter, 0, text.index("\0"))
        return _Bad("a letter that no text has (NUL)", min(place, width - 1))
    if '"' in text:
        cells = _parsed(text, form)
        if isinstance(cells, _Bad):
            return cells
    else:
        cells = text.rstrip("\r\n").split(form.delimiter)
    if any(one.strip() for one in cells[width:]):
        return _Bad("a cell beyond the last column", width)
    return line if len(cells) <= width else _trimmed(line, len(cells) - width, form)


def _parsed(text: str, form: _Form) -> list[str] | _Bad:
    lines = io.StringIO(text, newline="")  # splitlines() splits at rarer signs too
    try:
        return next(csv.reader(lines, delimiter=form.delimiter, strict=True), [])
    except csv.Error as error:
        last = len(form.columns) - 1
        if "end of data" in str(error):
            place = len(_cells(text, form.delimiter)) - 1
            return _Bad("a quote is never closed", min(place, last), is_open=True)
        return _Bad("a quote is wrong", min(_wrong(text, form.delimiter), last))


def _wrong(text: str, delimiter: str) -> int:
    """Return the place of the first cell in which a quote is wrong."""
    parts = text.split(delimiter)
    for count in range(1, len(parts) + 1):
        start = delimiter.join(parts[:count])
        try:
            next(csv.reader([start], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if "end of data" not in str(error):
                return len(_cells(delimiter.join(parts[: count - 1]), delimiter))
    return 0


def _trimmed(line: bytes, more: int, form: _Form) -> bytes:
    bare = line.rstrip(b"\r\n")
    end = line[len(bare) :]
    delimiter = form.delimiter.encode()
    for _ in range(more):
        bare = bare.rstrip(b" ").removesuffix(b'""').removesuffix(delimiter)
    return bare + end
