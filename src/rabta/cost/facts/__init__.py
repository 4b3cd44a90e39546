"""The figures methods rest on: one row a figure, with year, source, licence and mark.

Marks: ``S`` a sourced fact, ``D`` arithmetic on sourced facts, ``E`` an estimate.
``world.csv`` holds what is said of no country; ``xx.csv`` is country XX. Whoever runs
Rabta may have tables of his own, which count first.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import StringIO
from math import inf

from rabta.errors import DataError


COLUMNS = (
    *("name", "period", "value", "low", "high", "unit", "mark", "source"),
    "licence",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure; *low* and *high* equal *value* where no range is known."""

    name: str
    period: str
    """``2023``, ``FY2023`` or ``2024-08``; empty for what has no time."""
    value: float
    low: float
    high: float
    unit: str
    mark: str
    source: str
    licence: str


class Facts:
    """The figures of one country, and of the world behind them."""

    def __init__(self, country: str, rows: tuple[Fact, ...]) -> None:
        """Hold *rows*; the first of equal name and period counts."""
        self.country = country
        self._rows: dict[str, dict[str, Fact]] = {}
        for row in rows:
            self._rows.setdefault(row.name, {}).setdefault(row.period, row)

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def one(self, name: str) -> Fact:
        """Return a figure that has one row, or the newest of several."""
        rows = self._rows[name]
        return rows[max(rows)]

    def exactly(self, name: str, period: str) -> Fact | None:
        """Return the figure of *period*; None where it is not known."""
        return self._rows.get(name, {}).get(period)

    def nearest(self, name: str, year: int, prefix: str = "") -> Fact:
        """Return the figure of *year*, else of the nearest year; KeyError for none."""
        rows = self._rows[name]
        years = {int(period.removeprefix(prefix)): one for period, one in rows.items()}
        return years[min(years, key=lambda known: (abs(known - year), known))]

    def named(self, prefix: str) -> tuple[str, ...]:
        """Return what follows *prefix* in the names that begin with it, sorted."""
        return tuple(
            sorted(
                one.removeprefix(prefix) for one in self._rows if one.startswith(prefix)
            )
        )

    def periods(self, name: str) -> tuple[str, ...]:
        """Return the periods of *name* that are known, oldest first."""
        return tuple(sorted(self._rows.get(name, {})))


@lru_cache
def shipped(country: str) -> Facts:
    """Return what is shipped of *country* (ISO 3166-1 alpha-2) and of the world."""
    return Facts(country, _shipped(country))


def beside(country: str, own: Iterable[Fact]) -> Facts:
    """Return the same with a table of one's *own* before it."""
    return Facts(country, (*own, *_shipped(country)))


def _shipped(country: str) -> tuple[Fact, ...]:
    folder = resources.files(__package__)
    rows: list[Fact] = []
    for name in (f"{country.lower()}.csv", "world.csv"):
        file = folder.joinpath(name)
        if file.is_file():
            rows += read(file.read_text("utf-8"), name)
    return tuple(rows)


def read(text: str, file: str) -> list[Fact]:
    """Read a table of figures with the columns of ``COLUMNS``.

    Raises:
        DataError: a column or a number is missing or cannot be.
    """
    lines = text.splitlines()
    above = next((n for n, one in enumerate(lines) if not one.startswith("#")), 0)
    table = csv.DictReader(StringIO("\n".join(lines[above:])))
    missing = set(COLUMNS) - set(table.fieldnames or ())
    if missing:
        raise DataError(f"no column {min(missing)!r}", file=file, row=above + 1)
    return [_fact(row, file, above + table.line_num) for row in table]


def _fact(row: dict[str, str], file: str, number: int) -> Fact:
    value = _number(row, "value", file, number)
    low = _number(row, "low", file, number) if row["low"] else value
    high = _number(row, "high", file, number) if row["high"] else value
    if not 0 <= low <= value <= high < inf:
        raise DataError("expected 0 <= low <= value <= high", file=file, row=number)
    if row["mark"] not in {"S", "D", "E"}:
        hint = "S sourced, D derived, E estimate"
        raise DataError("no such mark", file=file, row=number, column="mark", hint=hint)
    if not row["source"]:
        raise DataError("no source", file=file, row=number, column="source")
    return Fact(
        row["name"],
        row["period"],
        value,
        low,
        high,
        *(row[column] or "" for column in ("unit", "mark", "source", "licence")),
    )


def _number(row: dict[str, str], column: str, file: str, number: int) -> float:
    try:
        return float(row[column])
    except (TypeError, ValueError):
        raise DataError(
            f"{row[column]!r} is no number", file=file, row=number, column=column
        ) from None
