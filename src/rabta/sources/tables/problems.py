"""Errors that say which file, row and column, and what to do."""

import csv
import gzip
import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from difflib import get_close_matches

from rabta.errors import DataError, RabtaError, UsageError
from rabta.sources.tables.numbers import unit_of
from rabta.sources.tables.shapes import Choice, Picked, Table


Explain = Callable[[str], tuple[str, str]]
"""From a wrong cell to what is wrong with it and the cure."""
_SHOWN = 40  # characters of a wrong cell
_SEARCHED = 5_000_000  # rows counted one by one to name the line of a wrong cell
csv.field_size_limit(2_097_152)  # as long as a line may be; else 131,072 characters
_LINE = re.compile(r"CSV Error on Line: (\d+)")


class BrokenRowError(DataError):
    """Some row is no row of a table; ``salvage`` makes a copy without it."""


def no_column(table: Table, name: str) -> UsageError:
    """Say that a column does not exist, with the nearest that does."""
    near = get_close_matches(name, table.columns, n=1, cutoff=0.5)
    cure = f"did you mean {near[0]!r}? " if near else ""
    listed = ", ".join(table.columns[:20])
    more = ", …" if len(table.columns) > 20 else ""
    return UsageError(
        f"{table.file}: there is no column {name!r}",
        hint=f"{cure}the file has: {listed}{more}",
    )


def bad_cell(
    table: Table, row: int, column: str, cell: str, *, hint: str, what: str
) -> DataError:
    """Say that one cell cannot be used; *row* is the line of a CSV file."""
    shown = cell if len(cell) <= _SHOWN else cell[: _SHOWN - 1] + "…"
    return DataError(
        f"{shown!r} is {what}" if cell else what,
        file=str(table.file),
        row=row,
        column=column,
        hint=hint,
    )


def time_problem(choice: Choice) -> Explain:
    """Explain a cell of the time column."""
    form = choice.form.says.replace("-", " ")

    def explain(cell: str) -> tuple[str, str]:
        if not cell.strip():
            return "there is no time", "every row needs one"
        return (
            f"no time like the others ({form})",
            "write the whole column in one form and one unit",
        )

    return explain


def number_problem(picked: Picked) -> Explain:
    """Explain a cell of a signal."""
    usual = picked.form.unit

    def explain(cell: str) -> tuple[str, str]:
        unit = unit_of(cell)
        if unit or usual:
            others = (
                f"the others are in {usual}" if usual else "the others have no unit"
            )
            return f"in another unit; {others}", "write the whole column in one unit"
        return "not a number", "leave the cell empty where nothing was measured"

    return explain


def zone_problem(zone: tzinfo) -> Explain:
    """Explain a wall clock that the zone never showed."""

    def explain(_: str) -> tuple[str, str]:
        return (
            f"a time that {zone} skipped when its clocks were set forward",
            "the times are of another zone: try --timezone UTC",
        )

    return explain


def engine_problem(table: Table, error: Exception) -> RabtaError:
    """Explain what the engine could not read."""
    text = str(error)
    found = _LINE.search(text)
    row = int(found.group(1)) if found else 0
    for sign, what, hint in (
        ("Expected Number of Columns", "more cells than columns", "quote the cell"),
        ("unicode", "this is not UTF-8 text", "save the file as CSV in UTF-8"),
        (
            "unterminated quote",
            "a quote is never closed",
            'close it, or write "" for "',
        ),
        ("Maximum line size", "the line is too long", "is this a table?"),
        ("Out of Memory", "this takes more memory than allowed", "split the file"),
    ):
        if sign in text:
            kind = DataError if table.parquet or not row else BrokenRowError
            return kind(what, file=str(table.file), row=row, hint=hint)
    what = "this Parquet file is damaged" if table.parquet else "this cannot be read"
    packed = table.file.suffix == ".gz" or table.parquet
    return DataError(
        f"{what}: {first_line(error)}",
        file=str(table.file),
        row=row,
        hint="was it copied whole?" if packed else "is this a table?",
    )


def line_of(table: Table, row: int) -> int:
    """Return the line of data row *row* (from 1); of Parquet the row itself."""
    return lines_of(table, [row])[0]


def lines_of(table: Table, rows: Sequence[int]) -> list[int]:
    """Return the line of each of these data rows (from 1), which ascend."""
    if table.parquet:
        return list(rows)
    wanted = iter([row for row in rows if row <= _SEARCHED])
    known: dict[int, int] = {}
    opened = gzip.open if table.file.suffix == ".gz" else open
    with opened(table.file, "rt", encoding="utf-8-sig", newline="") as stream:
        for _ in range(table.skip):
            stream.readline()
        reader = csv.reader(stream, delimiter=table.delimiter)
        held, row = 0, next(wanted, 0)
        for cells in reader:
            if not row:
                break
            held += bool(cells)
            if held == row:
                known[row] = table.skip + reader.line_num
                row = next(wanted, 0)
    return [known.get(row, table.skip + row) for row in rows]


def first_line(error: Exception) -> str:
    """Return the first line of an engine's message, without its kind."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else "unreadable"
    return text.removeprefix("Invalid Input Error: ").removeprefix("IO Error: ")
