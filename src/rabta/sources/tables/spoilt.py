"""Rows of a table that cannot be used, found in one look and left out of the rest."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rabta.sources.tables.engine import literal
from rabta.sources.tables.problems import Explain, lines_of
from rabta.sources.tables.shapes import Table


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TAIL = 65_536  # bytes of a file that its last line is looked for in
_LISTED = 1000  # rows; all are counted
_SHOWN = 1000  # letters of a cell


@dataclass(frozen=True, slots=True)
class Check:
    """What must not be so in a row."""

    condition: str
    """SQL."""
    cell: str
    column: str
    explain: Explain
    place: int = -1
    """Of the signal, where it is about one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that cannot be used."""

    reason: str
    line: int
    """Of a CSV file; of Parquet the row."""
    column: str
    text: str
    """The cell that is wrong."""
    last: bool
    """Whether no row follows it."""


@dataclass(slots=True)
class Spoilt:
    """All of them: the first thousand, and how many there are."""

    rows: list[Row] = field(default_factory=list)
    count: int = 0

    def find(
        self,
        connection: "DuckDBPyConnection",
        table: Table,
        rows: str,
        total: int,
        checks: Sequence[Check],
    ) -> None:
        """Take note of those of the *total* rows that fail a check."""
        cases = " ".join(
            f"WHEN {one.condition} THEN {place}" for place, one in enumerate(checks)
        )
        cells = " ".join(
            f"WHEN {place} THEN left(coalesce(CAST({one.cell} AS VARCHAR), ''),"
            f" {_SHOWN})"
            for place, one in enumerate(checks)
        )
        ((self.count, listed),) = connection.execute(
            "SELECT count(*), arg_min({'n': n, 'wrong': wrong, 'cell': cell}, n,"
            f" {_LISTED}) FROM (SELECT n, wrong, CASE wrong {cells} END AS cell"
            f" FROM (SELECT *, CASE {cases} END AS wrong"
            f" FROM (SELECT *, row_number() OVER () AS n FROM ({rows})))"
            " WHERE wrong IS NOT NULL)"
        ).fetchall()
        lines = lines_of(table, [int(row["n"]) for row in listed])
        for row, line in zip(listed, lines, strict=True):
            check, cell = checks[row["wrong"]], row["cell"]
            reason, _ = check.explain(cell)
            last = row["n"] == total
            self.rows.append(Row(reason, line, check.column, cell.strip(), last))


def cut_off(table: Table) -> list[str]:
    """Return the cells of a last line that ends before its time; nothing otherwise."""
    if table.parquet or table.file.suffix == ".gz":
        return []
    with table.file.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, 2) - _TAIL))
        line = stream.read().rpartition(b"\n")[2].decode("utf-8", "replace")
    if not line.strip() or line.endswith("\r"):
        return []
    cells = next(csv.reader([line], delimiter=table.delimiter), [])
    return cells if len(cells) < len(table.columns) else []


def cut_condition(table: Table) -> str:
    """Return the SQL that tells the row of ``cut_off`` from all others."""
    if not (cells := cut_off(table)):
        return "false"
    places = enumerate([*cells, *[""] * (len(table.columns) - len(cells))])
    same = (f"coalesce(c{place}, '') = {literal(cell)}" for place, cell in places)
    return f"({' AND '.join(same)})"


def explain_more(_: str) -> tuple[str, str]:
    """Explain a cell beyond the last column."""
    return "a cell beyond the last column", "quote what has a delimiter in it"


def explain_cut(_: str) -> tuple[str, str]:
    """Explain such a row."""
    return "the row is cut off", "was the file copied whole?"
