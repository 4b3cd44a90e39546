"""The head of a file: what it is, its columns and its first rows."""

import csv
import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from rabta.errors import DataError, UsageError
from rabta.sources.tables.engine import engine, identifier, relation
from rabta.sources.tables.numbers import is_number, missing
from rabta.sources.tables.problems import BrokenRowError, first_line
from rabta.sources.tables.shapes import Table
from rabta.sources.tables.times import time_form


_HEAD = 262_144  # bytes of a CSV file that are looked at
_BLOCK = 1 << 20
_ROWS, _FEWEST = 1_000, 20
_CELLS = 100_000  # of a Parquet file that are looked at
_AT_ONCE = 32  # columns
DELIMITERS = ",;\t|"
_WIDEST = 2_000  # columns
_WHOLE = "was it copied whole?"
_SAVE = "save it to a file, and name that"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def look(file: Path) -> Table:
    """Read the head of *file*.

    Raises ``UsageError`` when it is not there, ``DataError`` when it is no table.
    """
    head = _head(file)
    if not head:
        raise DataError("the file is empty", file=str(file), hint=_WHOLE)
    if head.startswith(b"PAR1"):
        return _parquet(file)
    if head.startswith(b"\x1f\x8b"):
        head = _unpacked(file)
    return _csv(file, _text(file, head), whole=len(head) < _HEAD)


def _head(file: Path) -> bytes:
    """Return the first bytes; what is no file is not opened, for a pipe would wait."""
    if str(file) == "-":
        raise UsageError("- is no file, and tables are read twice", hint=_SAVE)
    try:
        if file.is_dir():
            raise UsageError(f"{file} is a folder", hint="name the files in it")
        if file.exists() and not file.is_file():
            raise UsageError(
                f"{file} is a pipe or a device, and tables are read twice", hint=_SAVE
            )
        with file.open("rb") as stream:
            return stream.read(_HEAD)
    except FileNotFoundError as error:
        raise UsageError(
            f"{file}: no such file", hint=f"look in {file.absolute().parent}"
        ) from error
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{file}: {(what or str(error)).lower()}") from error


def _parquet(file: Path) -> Table:
    bare = Table(file, parquet=True, columns=(), types=(), rows=())
    source = relation(bare)
    try:
        with engine(parquet=True) as connection:
            described = connection.execute(f"DESCRIBE FROM {source}").fetchall()
            names = [str(row[0]) for row in described]
            types = [str(row[1]) for row in described]
            rows = _cells(connection, source, names)
    except duckdb.Error as error:
        raise DataError(
            f"this Parquet file cannot be read: {first_line(error)}",
            file=str(file),
            hint=_WHOLE,
        ) from error
    if not rows:
        raise DataError("the file has columns but no row", file=str(file), hint=_WHOLE)
    return Table(
        file, parquet=True, columns=tuple(names), types=tuple(types), rows=tuple(rows)
    )


def _cells(
    connection: duckdb.DuckDBPyConnection, source: str, names: list[str]
) -> list[tuple[str, ...]]:
    """Return the first rows as text, read some columns at a time: a page of each."""
    rows = max(_FEWEST, min(_ROWS, _CELLS // len(names)))
    found: list[tuple[str, ...]] = [()] * rows
    for start in range(0, len(names), _AT_ONCE):
        texts = ", ".join(
            f"coalesce(CAST({identifier(name)} AS VARCHAR), '')"
            for name in names[start : start + _AT_ONCE]
        )
        some = connection.execute(f"SELECT {texts} FROM {source} LIMIT {rows}")
        found = [
            (*before, *more)
            for before, more in zip(found, some.fetchall(), strict=False)
        ]
    return found


def check_packed(file: Path) -> None:
    """Unpack *file*, if it is packed, for its checksum: the engine has no eye for it.

    Raises ``DataError`` when a byte is wrong or missing.
    """
    if file.suffix == ".gz":
        with _unpacking(file), gzip.open(file) as stream:
            while stream.read(_BLOCK):
                pass


def _unpacked(file: Path) -> bytes:
    if file.suffix != ".gz":
        raise DataError(
            "the file is compressed", file=str(file), hint="its name must end in .gz"
        )
    with _unpacking(file), gzip.open(file) as stream:
        return stream.read(_HEAD)


@contextmanager
def _unpacking(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"cannot be unpacked: {error}", file=str(file), hint=_WHOLE
        ) from error


def _text(file: Path, head: bytes) -> str:
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(head) - 4 and len(head) == _HEAD:
            return head[: error.start].decode("utf-8-sig")  # cut within a letter
        row = head.count(b"\n", 0, error.start) + 1
        raise BrokenRowError(
            "this is not UTF-8 text, nor Parquet",
            file=str(file),
            row=row,
            hint="save it as CSV in UTF-8",
        ) from error


def _csv(file: Path, text: str, *, whole: bool) -> Table:
    if "\0" in text:
        raise BrokenRowError(
            "this is neither text nor Parquet", file=str(file), hint="export it as CSV"
        )
    lines = _LINE.findall(text)  # splitlines() splits at rarer signs too
    if not whole and len(lines) > 1:
        lines.pop()
    preface = 0
    while preface < len(lines) and lines[preface].strip()[:1] in ("", "#"):
        preface += 1
    body = lines[preface:]
    if not body:
        raise DataError("the file holds no row", file=str(file), hint=_WHOLE)
    delimiter, rows = _parted(file, body, preface, whole=whole)
    header, width = shape(rows)
    if width > _WIDEST:
        raise DataError(
            f"{width} columns are too many",
            file=str(file),
            row=preface + 1,
            hint=f"split it: {_WIDEST} at most",
        )
    columns = names(rows[0] if header else [], width)
    data = [(*row, *[""] * (width - len(row)))[:width] for row in rows[header:]]
    if not data:
        raise DataError(
            "the file has a header but no row",
            file=str(file),
            row=preface + 1,
            hint=_WHOLE,
        )
    endings = {_ending(line) for line in body} - {""}
    tidy = len(endings) < 2 and not any("\n" in c or "\r" in c for r in data for c in r)
    return Table(
        file,
        parquet=False,
        columns=columns,
        types=("VARCHAR",) * width,
        rows=tuple(data),
        delimiter=delimiter,
        skip=preface + header,
        tidy=tidy,
    )


def _parted(
    file: Path, body: list[str], preface: int, *, whole: bool
) -> tuple[str, list[list[str]]]:
    """Return the delimiter that fits best, and the rows it gives."""
    fitting, first_error = [], None
    for delimiter in DELIMITERS:
        reader = csv.reader(body, delimiter=delimiter, strict=True)
        rows: list[list[str]] = []
        begun = 0
        try:
            for row in reader:
                if row:
                    rows.append(row)
                begun = reader.line_num
                if len(rows) > _ROWS:
                    break
        except csv.Error as error:
            if whole or reader.line_num < len(body) or not rows:
                what = "a quote is wrong or never closed"
                first_error = first_error or BrokenRowError(
                    what, file=str(file), row=preface + begun + 1, hint=str(error)
                )
                continue
        fitting.append((delimiter, rows))
    best = max(fitting, key=regularity, default=None)
    if best is not None and (first_error is None or regularity(best)[0]):
        return best
    assert first_error is not None  # noqa: S101 - one of the two is there
    raise first_error


def regularity(candidate: tuple[str, list[list[str]]]) -> tuple[float, int]:
    """Rate a delimiter: the share of rows of the usual width, if that is over one."""
    widths = Counter(len(row) for row in candidate[1])
    width, count = widths.most_common(1)[0]
    return (count / len(candidate[1]) if width > 1 else 0.0, width)


def shape(rows: list[list[str]]) -> tuple[bool, int]:
    """Return whether the first of *rows* holds names, and the number of columns."""
    header = _header(rows[0])
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    return header, max(len(rows[0]), usual) if header else usual


def _header(row: list[str]) -> bool:
    """Tell whether *row* holds names: neither a number nor a time among them."""
    filled = [cell for cell in row if not missing(cell)]
    return not any(
        is_number(cell) or time_form("VARCHAR", [cell]) is not None for cell in filled
    )


def names(header: list[str], width: int) -> tuple[str, ...]:
    """Return the names of columns: distinct, and made up where there is none."""
    found: list[str] = []
    taken: set[str] = set()
    for place in range(width):
        given = header[place].strip() if place < len(header) else ""
        bare = name = given or f"column{place + 1}"
        number = 1
        while name in taken:
            number += 1
            name = f"{bare}_{number}"
        found.append(name)
        taken.add(name)
    return tuple(found)


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]
