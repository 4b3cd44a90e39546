"""What the reader of tables hands from one step to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


Report = Callable[[float], None]
"""Told now and then how much of a file is read, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Table:
    """One file, as far as its head tells."""

    file: Path
    parquet: bool
    columns: tuple[str, ...]
    """Distinct, in the file's order; ``column1`` and so on where there is no header."""
    types: tuple[str, ...]
    """SQL types; all ``VARCHAR`` in a CSV file."""
    rows: tuple[tuple[str, ...], ...]
    """The first rows as text, all of the columns' width; missing is empty."""
    delimiter: str = ","
    skip: int = 0
    """Lines before the first row of data."""
    tidy: bool = True
    """Whether all lines seen end alike and none holds a line break in quotes."""
    sound: bool = False
    """Whether each line was looked at and found to be a row, or a part of one."""

    def cells(self, column: str) -> list[str]:
        """Return the first cells of *column*."""
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def type_of(self, column: str) -> str:
        """Return the SQL type of *column*."""
        return self.types[self.columns.index(column)]


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How a column writes time, as an SQL expression that yields microseconds."""

    says: str
    """Name of the form, such as ``epoch-seconds``."""
    sql: str
    """``{c}`` stands for the column; NULL for what is not of this form."""
    zoned: bool
    """Whether a value is an instant; else it is local wall time of some zone."""
    rival: "TimeForm | None" = None
    """Another order of day and month that fits what was looked at as well."""


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How a column writes numbers, as an SQL expression that yields a double."""

    sql: str
    """``{c}`` stands for the column; NULL for what is no number and for missing."""
    unit: str = ""
    """The unit every value carries, such as ``ms``."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One signal the user named."""

    name: str
    column: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Picked:
    """One signal that will be read."""

    name: str
    column: str
    form: NumberForm
    kind: str = ""
    """As the user said; empty to infer it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which columns of a table are read, and why not the others."""

    time: str
    form: TimeForm
    signals: tuple[Picked, ...]
    by: str = ""
    """The column that names the entity of each row; empty for one entity."""
    left: tuple[tuple[str, str], ...] = ()
    """(column, why) for those passed over: a key under ``detect.left``."""
    automatic: bool = False
    """Whether the signals were chosen rather than named."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One signal of one entity as read, sorted by time and then value."""

    name: str
    column: str
    group: str
    """The value of the ``by`` column; empty without one."""
    unit: str
    kind: str
    times: NDArray[np.int64]
    """(n,) microseconds UTC."""
    values: NDArray[np.float64]
    """(n,) NaN where missing."""
    weights: NDArray[np.int32] | None
    """(n,) rows behind each value, where rows were gathered while reading."""
    bin_seconds: int = 0
    """Width of the bins rows were gathered into; 0 where every row is here."""

    @property
    def measured(self) -> int:
        """Return how many values there are that are not missing."""
        return int(np.count_nonzero(np.isfinite(self.values)))

    @property
    def highest(self) -> float:
        """Return the greatest value; NaN where there is none."""
        return float(np.nanmax(self.values)) if self.measured else float("nan")

    @property
    def moments(self) -> int:
        """Return the number of different times."""
        return int(np.count_nonzero(np.diff(self.times))) + bool(len(self.times))
