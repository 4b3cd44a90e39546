"""Passes over one table: the SQL of its rows, and the check of every cell of them.

A pass is about some of the signals only: what DuckDB needs to judge a column does not
count against its limit of memory, and there may be two thousand columns.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.tables import engine
from rabta.sources.tables.numbers import MISSING
from rabta.sources.tables.problems import (
    Explain,
    bad_cell,
    line_of,
    number_problem,
    time_problem,
)
from rabta.sources.tables.shapes import Choice, Picked, Report, Table
from rabta.sources.tables.spoilt import (
    Check,
    Spoilt,
    cut_condition,
    explain_cut,
    explain_more,
)


if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NARROWEST = 30
"""Seconds: bins of this width are counted."""
_AT_ONCE = 32  # signals
_MOST_WRONG = 250  # columns with wrong cells: all are in the SQL of every pass then
_MISSING = ", ".join(engine.literal(mark) for mark in sorted(MISSING))
_MOST_GROUPS = 5_000


class Passes:
    """What every query of one table shares."""

    def __init__(
        self,
        connection: "DuckDBPyConnection",
        table: Table,
        choice: Choice,
        report: Report | None = None,
        spoilt: Spoilt | None = None,
    ) -> None:
        self.connection = connection
        self.table = table
        self.choice = choice
        self.report = None if report is None else _onwards(report)
        self.spoilt = spoilt
        self._left_out: list[Check] = []

    def parts(self, *, checked: bool) -> Iterator[tuple[range, Report | None]]:
        """Yield places of signals that are read in one pass, and whom to tell of it.

        A table is read twice: half of the way is done once it is *checked*.
        """
        signals = range(len(self.choice.signals))
        count = -(-len(signals) // _AT_ONCE)
        before = count if checked else 0
        for number in range(count):
            yield (
                signals[number * _AT_ONCE : (number + 1) * _AT_ONCE],
                _share(self.report, before + number, 2 * count),
            )

    def rows(self, places: Sequence[int]) -> str:
        """Return the SQL of the rows that are of use, with the signals at *places*.

        Its columns: ``t`` the time, ``rt`` its cell, ``v0`` the first signal, ``r0``
        its cell and so on, ``g`` the group, ``more`` what is beyond the last column,
        ``cut`` whether the row was cut off.
        """
        if not self._left_out:
            return self._all(places)
        wrong = {one.place for one in self._left_out if one.place >= 0}
        conditions = " OR ".join(f"({one.condition})" for one in self._left_out)
        return (
            f"SELECT * FROM ({self._all(sorted(wrong.union(places)))})"
            f" WHERE NOT coalesce({conditions}, false)"
        )

    def _all(self, places: Sequence[int]) -> str:
        table, choice = self.table, self.choice
        time = engine.named(table, choice.time)
        columns = [f"{engine.applied(choice.form, time)} AS t", f"{time} AS rt"]
        for place in places:
            one = choice.signals[place]
            name = engine.named(table, one.column)
            columns += [
                f"{engine.applied(one.form, name)} AS v{place}",
                f"{name} AS r{place}",
            ]
        by = "''"
        if choice.by:
            name = engine.named(table, choice.by)
            by = f"coalesce(trim(CAST({name} AS VARCHAR)), '')"
        columns.append(f"{by} AS g")
        more = "NULL" if table.parquet else f"nullif(trim(c{len(table.columns)}), '')"
        columns.append(f"{more} AS more")
        cut = cut_condition(table) if self.spoilt is not None else "false"
        columns.append(f"{cut} AS cut")
        return f"SELECT {', '.join(columns)} FROM {engine.relation(table)}"

    def check(self) -> tuple[int, int]:
        """Look at every cell once; return the rows and the bins of 30 seconds.

        Raises:
            DataError: naming file, row and column of the first cell that is wrong.
        """
        rows = bins = groups = 0
        at_once = False
        general: tuple[int, ...] = ()
        wrong: list[int] = []
        filled = 0
        for places, report in self.parts(checked=False):
            first = not general
            counts = [
                f"count(CASE WHEN {_wrong(self, at)} THEN 1 END)" for at in places
            ]
            counts += [f"count(CASE WHEN NOT isnan(v{at}) THEN 1 END)" for at in places]
            if first:
                counts += [
                    "count(CASE WHEN cut THEN 1 END)",
                    "count(more)",
                    "count(CASE WHEN t IS NULL THEN 1 END)",
                    "count(*)",
                    f"approx_count_distinct(hash(g, t // {NARROWEST * SECOND}))",
                    "approx_count_distinct(g)",
                    "min(t) = max(t)",
                ]
            row = engine.one_row(
                self.connection,
                f"SELECT {', '.join(counts)} FROM ({self.rows(places)})",
                report,
            )
            if row is None:
                raise AssertionError("an aggregate has one row")
            wrong += row[: len(places)]
            filled += sum(row[len(places) : 2 * len(places)])
            if first:
                *general_, rows, bins, groups, at_once = row[2 * len(places) :]
                general = tuple(general_)
        failed = [
            one
            for count, one in zip((*general, *wrong), self._checks(), strict=True)
            if count
        ]
        if failed:
            few = 2 * max(*general[1:], *wrong) < rows and len(failed) <= _MOST_WRONG
            if self.spoilt is None or self.spoilt.rows or not few:
                self.complain(failed[0])
            else:
                source = self._all([one.place for one in failed if one.place >= 0])
                self.spoilt.find(self.connection, self.table, source, rows, failed)
                self._left_out = failed
                return self.check()
        self._judge(rows, groups, filled, at_once=at_once)
        return rows, bins

    def _judge(self, rows: int, groups: int, filled: int, *, at_once: bool) -> None:
        """Refuse what is no series."""
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
        if not filled:
            names = ", ".join(repr(one.column) for one in self.choice.signals)
            raise DataError(
                f"not one of {rows} rows has a number",
                file=str(self.table.file),
                column=names.strip("'"),
                hint="name another: --signal NAME=COLUMN",
            )

    def _checks(self) -> list[Check]:
        """Return what every row must pass, the time first."""
        choice = self.choice
        beyond = str(len(self.table.columns) + 1)
        signals = [
            Check(
                _wrong(self, place),
                f"r{place}",
                one.column,
                number_problem(one),
                place,
            )
            for place, one in enumerate(choice.signals)
        ]
        return [
            Check("cut", "rt", choice.time, explain_cut),
            Check("more IS NOT NULL", "more", beyond, explain_more),
            Check("t IS NULL", "rt", choice.time, time_problem(choice)),
            *signals,
        ]

    def complain_of_time(self, first: int, stop: int, explain: Explain) -> None:
        """Raise what is wrong with the first time in a span."""
        condition = f"t >= {first} AND t < {stop}"
        self.complain(Check(condition, "rt", self.choice.time, explain))

    def complain(self, check: Check) -> None:
        """Raise what is wrong in the first row that fails *check*."""
        places = [] if check.place < 0 else [check.place]
        row = engine.one_row(
            self.connection,
            f"SELECT n, coalesce(CAST({check.cell} AS VARCHAR), '') FROM"
            f" (SELECT row_number() OVER () AS n, * FROM ({self.rows(places)}))"
            f" WHERE {check.condition} ORDER BY n LIMIT 1",
        )
        number, text = row or (1, "")
        what, hint = check.explain(text)
        line = line_of(self.table, int(number))
        raise bad_cell(
            self.table, line, check.column, text.strip(), what=what, hint=hint
        )


def _wrong(passes: Passes, place: int) -> str:
    """Return the condition for a cell that is neither a number nor missing."""
    one: Picked = passes.choice.signals[place]
    finite = f"NOT coalesce(isfinite(v{place}) OR isnan(v{place}), true)"
    if passes.table.type_of(one.column) != "VARCHAR":
        return finite
    return (
        f"({finite} OR v{place} IS NULL AND r{place} IS NOT NULL"
        f" AND lower(trim(r{place})) NOT IN ({_MISSING}))"
    )


def _share(report: Report | None, number: int, count: int) -> Report | None:
    """Return what tells *report* of one pass of several."""
    if report is None:
        return None
    return lambda share: report((number + share) / count)


def _onwards(report: Report) -> Report:
    """Return what tells *report* the furthest so far: cells may be looked at anew."""
    furthest = 0.0

    def tell(share: float) -> None:
        nonlocal furthest
        furthest = max(furthest, share)
        report(furthest)

    return tell
