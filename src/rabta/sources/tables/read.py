"""A whole table, streamed: checked cell by cell, then handed out or gathered."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from rabta.clock import HOUR, SECOND
from rabta.errors import DataError
from rabta.sources.tables import engine
from rabta.sources.tables.look import check_packed
from rabta.sources.tables.numbers import MISSING
from rabta.sources.tables.problems import (
    Explain,
    bad_cell,
    engine_problem,
    line_of,
    lines_of,
    number_problem,
    time_problem,
    zone_problem,
)
from rabta.sources.tables.salvage import check_lines
from rabta.sources.tables.shapes import Choice, Picked, Recorded, Report, Table
from rabta.sources.tables.spoilt import (
    Check,
    Spoilt,
    cut_condition,
    explain_cut,
    explain_more,
)
from rabta.sources.tables.zones import NoSuchTimeError, instants


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HELD = 2_000_000
"""Values handed out as they are; a larger table is gathered into bins."""
_WIDTHS = (30, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 6 * 3600, 24 * 3600)
_MISSING = ", ".join(engine.literal(mark) for mark in sorted(MISSING))
_MOST_GROUPS = 5_000
_OVER_LINES = "quoted new lines"
_MOST_LINES = 20
_FURTHEST = 14 * HOUR
"""How far a zone is from UTC."""


def read(
    table: Table,
    choice: Choice,
    zone: tzinfo = UTC,
    *,
    report: Report | None = None,
    held: int = HELD,
    spoilt: Spoilt | None = None,
) -> list[Recorded]:
    """Read every row; *zone* is for times that carry none.

    The order of rows does not matter. Up to *held* values come as they are; of a
    larger table the rows of a bin become one, the mean with the number of rows as
    weight (of signals said to be ``rtt`` the minimum), in bins of 30 s or wider.
    With *spoilt*, rows that cannot be used are noted there and left out, while they
    are fewer than the others.

    Raises:
        DataError: naming file, row and column of the first cell that is wrong.
    """
    check_packed(table.file)
    if not (table.parquet or table.tidy or table.sound):
        check_lines(table.file)
    try:
        with engine.engine(lean=not table.tidy) as connection:
            return _Reading(connection, table, choice, zone, report, spoilt).all(held)
    except duckdb.Error as error:
        if not table.tidy or _OVER_LINES not in str(error):
            raise engine_problem(table, error) from error
    # a cell runs over lines where none did at the beginning, or a quote is not closed
    untidy = replace(table, tidy=False)
    return read(untidy, choice, zone, report=report, held=held, spoilt=spoilt)


def lines_with(
    table: Table, choice: Choice, column: str, readings: Sequence[tuple[int, float]]
) -> list[int]:
    """Return the line of the file for each reading of *column*; 0 where none is told.

    *readings* are times (microseconds UTC) and values of what turns out to be odd only
    after a file was read, when the order of its rows is gone. The first twenty are
    looked for.
    """
    place = next(i for i, one in enumerate(choice.signals) if one.column == column)
    reach = 0 if choice.form.zoned else _FURTHEST
    wanted = [(t - reach, t + reach, float(v)) for t, v in readings[:_MOST_LINES]]
    if not wanted:
        return []
    conditions = " OR ".join("t BETWEEN ? AND ? AND v = ?" for _ in wanted)
    try:
        with engine.engine(lean=not table.tidy) as connection:
            rows = _Reading(connection, table, choice, UTC, None).rows
            found = connection.execute(
                f"SELECT n, t, v FROM (SELECT row_number() OVER () AS n, t, v{place}"
                f" AS v FROM ({rows})) WHERE {conditions} ORDER BY n LIMIT 1000",
                [part for one in wanted for part in one],
            ).fetchall()
    except duckdb.Error:  # what it is about was read and is told without its row
        return [0] * len(readings)
    lines = lines_of(table, [int(row) for row, _, _ in found])
    told = []
    for low, high, value in wanted:
        fits = [
            line
            for line, (_, t, v) in zip(lines, found, strict=True)
            if v == value and low <= t <= high and line not in told
        ]
        told.append(fits[0] if fits else 0)
    return told + [0] * (len(readings) - len(told))


class _Reading:
    """One pass over one table; what every query of it shares."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        table: Table,
        choice: Choice,
        zone: tzinfo,
        report: Report | None,
        spoilt: Spoilt | None = None,
    ) -> None:
        self.spoilt = spoilt
        self.connection = connection
        self.table = table
        self.choice = choice
        self.zone = zone
        self.report = report
        source = engine.relation(table)
        time = engine.named(table, choice.time)
        columns = [f"{engine.applied(choice.form, time)} AS t", f"{time} AS rt"]
        for place, one in enumerate(choice.signals):
            name = engine.named(table, one.column)
            columns += [
                f"{engine.applied(one.form, name)} AS v{place}",
                f"{name} AS r{place}",
            ]
        by = "''"
        if choice.by:
            by = (
                f"coalesce(trim(CAST({engine.named(table, choice.by)} AS VARCHAR)), '')"
            )
        columns.append(f"{by} AS g")
        more = "NULL" if table.parquet else f"nullif(trim(c{len(table.columns)}), '')"
        columns.append(f"{more} AS more")
        columns.append(
            f"{cut_condition(table) if spoilt is not None else 'false'} AS cut"
        )
        self.rows = f"SELECT {', '.join(columns)} FROM {source}"

    def all(self, held: int) -> list[Recorded]:
        rows, bins = self._check()
        values = rows * len(self.choice.signals)
        if values <= held:
            width = 0
            found = self._every_row()
        else:
            width = _width(bins * len(self.choice.signals), held)
            found = self._gathered(width)
        return list(self._split(found, width))

    def _check(self) -> tuple[int, int]:
        """Look at every cell once; return the rows and the 30-second bins."""
        wrong = [
            f"count(*) FILTER ({_wrong(place, one, self.table)})"
            for place, one in enumerate(self.choice.signals)
        ]
        filled = [
            f"count(v{place}) FILTER (NOT isnan(v{place}))"
            for place in range(len(self.choice.signals))
        ]
        row = engine.one_row(
            self.connection,
            "SELECT count(*), count(*) FILTER (cut), count(more),"
            " count(*) FILTER (t IS NULL),"
            f" approx_count_distinct(hash(g, t // {30 * SECOND})),"
            f" approx_count_distinct(g), min(t) = max(t), {', '.join(wrong + filled)}"
            f" FROM ({self.rows})",
            self.report,
        )
        if row is None:
            raise AssertionError("an aggregate has one row")
        rows, cut, more, untimed, bins, groups, at_once, *counts = row
        failed = [
            one
            for count, one in zip(
                (cut, more, untimed, *counts), self._checks(), strict=False
            )
            if count
        ]
        if failed:
            few = 2 * max(more, untimed, *counts[: len(wrong)]) < rows
            if self.spoilt is None or self.spoilt.rows or not few:
                one = failed[0]
                self._complain(one.condition, one.cell, one.column, one.explain)
            else:
                self.rows = self.spoilt.find(
                    self.connection, self.table, self.rows, failed
                )
                return self._check()
        if groups > 1.1 * _MOST_GROUPS:
            raise DataError(
                f"about {groups} different values are too many entities",
                file=str(self.table.file),
                column=self.choice.by,
                hint=f"name another: --by COLUMN; {_MOST_GROUPS} at most",
            )
        if rows < 2:
            raise DataError(
                "one row is no series: there is nothing to compare it with",
                file=str(self.table.file),
                row=line_of(self.table, 1),
                hint="record for longer, or name the other files too",
            )
        if at_once:
            raise DataError(
                f"all {rows} rows have the same time: that is no series",
                file=str(self.table.file),
                row=line_of(self.table, 1),
                column=self.choice.time,
                hint="name the column of the times: --time COLUMN",
            )
        filled_counts = counts[len(wrong) :]
        if not any(filled_counts):
            names = ", ".join(repr(one.column) for one in self.choice.signals)
            raise DataError(
                f"not one of {rows} rows has a number",
                file=str(self.table.file),
                column=names.strip("'"),
                hint="name another: --signal NAME=COLUMN",
            )
        return rows, bins

    def _checks(self) -> list[Check]:
        """Return what every row must pass, the time first."""
        choice = self.choice
        beyond = str(len(self.table.columns) + 1)
        signals = [
            Check(
                _wrong(place, one, self.table),
                f"r{place}",
                one.column,
                number_problem(one),
            )
            for place, one in enumerate(choice.signals)
        ]
        return [
            Check("cut", "rt", choice.time, explain_cut),
            Check("more IS NOT NULL", "more", beyond, explain_more),
            Check("t IS NULL", "rt", choice.time, time_problem(choice)),
            *signals,
        ]

    def _complain(
        self, condition: str, cell: str, column: str, explain: Explain
    ) -> None:
        """Raise what is wrong in the first row that meets *condition*."""
        row = engine.one_row(
            self.connection,
            f"SELECT n, coalesce(CAST({cell} AS VARCHAR), '') FROM"
            f" (SELECT row_number() OVER () AS n, * FROM ({self.rows}))"
            f" WHERE {condition} ORDER BY n LIMIT 1",
        )
        number, text = row or (1, "")
        what, hint = explain(text)
        line = line_of(self.table, int(number))
        raise bad_cell(self.table, line, column, text.strip(), what=what, hint=hint)

    def _every_row(self) -> dict[str, NDArray[Any]]:
        values = ", ".join(
            f"coalesce(v{place}, 'nan'::DOUBLE) AS v{place}"
            for place in range(len(self.choice.signals))
        )
        sql = f"SELECT t, g, {values} FROM ({self.rows})"
        return engine.columns(self.connection, sql, self.report)

    def _gathered(self, width: int) -> dict[str, NDArray[Any]]:
        values = ", ".join(
            f"coalesce({'min' if one.kind == 'rtt' else 'avg'}(v{place}),"
            f" 'nan'::DOUBLE) AS v{place}, count(v{place}) AS n{place}"
            for place, one in enumerate(self.choice.signals)
        )
        step = width * SECOND
        sql = (
            f"SELECT g, (t // {step}) * {step} AS t, {values}"
            f" FROM ({self.rows}) GROUP BY ALL ORDER BY g, 2"
        )
        return engine.columns(self.connection, sql, self.report)

    def _split(self, found: dict[str, NDArray[Any]], width: int) -> Iterator[Recorded]:
        times = found["t"].astype(np.int64, copy=False)
        if not self.choice.form.zoned:
            times = self._instants(times)
        groups = found["g"] if self.choice.by else None
        names = sorted(set(groups.tolist())) if groups is not None else [""]
        for name in names:
            of_group = slice(None) if groups is None else groups == name
            own = times[of_group]
            for place, one in enumerate(self.choice.signals):
                values = found[f"v{place}"][of_group]
                order = np.lexsort((values, own))
                weights = found[f"n{place}"][of_group][order] if width else None
                yield Recorded(
                    one.name,
                    one.column,
                    name,
                    one.form.unit,
                    one.kind,
                    own[order],
                    values[order],
                    None if weights is None else weights.astype(np.float64),
                    width,
                )

    def _instants(self, wall: NDArray[np.int64]) -> NDArray[np.int64]:
        try:
            return instants(wall, self.zone)
        except NoSuchTimeError as error:
            moment = int(wall[error.place])
            self._complain(
                f"t >= {moment} AND t < {moment + HOUR}",
                "rt",
                self.choice.time,
                zone_problem(self.zone),
            )
            raise


def _wrong(place: int, one: Picked, table: Table) -> str:
    """Return the condition for a cell that is neither a number nor missing."""
    finite = f"NOT coalesce(isfinite(v{place}) OR isnan(v{place}), true)"
    if table.type_of(one.column) != "VARCHAR":
        return finite
    return (
        f"({finite} OR v{place} IS NULL AND r{place} IS NOT NULL"
        f" AND lower(trim(r{place})) NOT IN ({_MISSING}))"
    )


def _width(bins: int, held: int) -> int:
    """Return seconds: bins so wide that about *held* of them hold the table."""
    wanted = _WIDTHS[0] * bins / held
    return next((width for width in _WIDTHS if width >= wanted), _WIDTHS[-1])
