"""A whole table, streamed: checked cell by cell, then handed out or gathered."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

import duckdb
import numpy as np
from numpy.typing import NDArray

from rabta.clock import HOUR
from rabta.sources.tables import arrow, engine
from rabta.sources.tables.gather import Bins, Gather, Gathered, Rows
from rabta.sources.tables.look import check_packed
from rabta.sources.tables.passes import NARROWEST, Passes
from rabta.sources.tables.problems import engine_problem, lines_of, zone_problem
from rabta.sources.tables.salvage import check_lines
from rabta.sources.tables.shapes import Choice, Recorded, Report, Table
from rabta.sources.tables.spoilt import Spoilt
from rabta.sources.tables.zones import NoSuchTimeError, instants


HELD = 2_000_000
"""Values handed out as they are; a larger table is gathered into bins."""
_WIDTHS = (NARROWEST, 60, 120, 300, 600, 900, 1800, 3600, 2 * 3600, 6 * 3600, 24 * 3600)
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
        with engine.engine(parquet=table.parquet) as connection:
            passes = Passes(connection, table, choice, report, spoilt)
            return _Reading(passes, zone).all(held)
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
        with engine.engine(parquet=table.parquet) as connection:
            rows = Passes(connection, table, choice).rows([place])
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
    """One table, from its cells to its series."""

    def __init__(self, passes: Passes, zone: tzinfo) -> None:
        self._passes = passes
        self._choice = passes.choice
        self._zone = zone

    def all(self, held: int) -> list[Recorded]:
        rows, bins = self._passes.check()
        signals = len(self._choice.signals)
        width = 0 if rows * signals <= held else _width(bins * signals, held)
        found: list[Recorded] = []
        for places, report in self._passes.parts(checked=True):
            names, gathered = self._gathered(places, rows, width, report)
            found += self._split(places, names, gathered, width)
        return found

    def _gathered(
        self, places: Sequence[int], rows: int, width: int, report: Report | None
    ) -> tuple[list[str], Gathered]:
        """Read some signals whole; return the groups by number, and their rows."""
        grouped = bool(self._choice.by)
        least = [self._choice.signals[place].kind == "rtt" for place in places]
        into: Gather = (
            Bins(width, least, grouped=grouped)
            if width
            else Rows(rows, len(places), grouped=grouped)
        )
        columns = ["CAST(t AS BIGINT)"]
        columns += [f"coalesce(CAST(v{at} AS DOUBLE), 'nan'::DOUBLE)" for at in places]
        formats = arrow.INTEGERS + arrow.DOUBLES * len(places)
        if grouped:
            columns += ["hash(g)", "g"]
            formats += arrow.HASHES + arrow.TEXTS
        groups = _Groups()
        for times, *values in engine.parts(
            self._passes.connection,
            f"SELECT {', '.join(columns)} FROM ({self._passes.rows(places)})",
            formats,
            report,
        ):
            of_group = groups.numbers(*values[-2:]) if grouped else None
            into.add(times, of_group, values[: len(places)])
        return groups.names or [""], into.done()

    def _split(
        self, places: Sequence[int], names: list[str], found: Gathered, width: int
    ) -> Iterator[Recorded]:
        times = found.times
        if not self._choice.form.zoned:
            times = self._instants(times)
        for number, name in sorted(enumerate(names), key=lambda one: one[1]):
            here = found.of(number)
            own = times[here]
            in_order = not (own[1:] < own[:-1]).any()
            ordered = own if in_order else np.sort(own)
            for at, place in enumerate(places):
                one = self._choice.signals[place]
                values = found.values[at][here]
                weights = None if found.weights is None else found.weights[at][here]
                if not in_order or _ties_wrong(own, values):
                    order = np.lexsort((values, own))
                    values = values[order]
                    weights = None if weights is None else weights[order]
                yield Recorded(
                    one.name,
                    one.column,
                    name,
                    one.form.unit,
                    one.kind,
                    ordered,
                    values,
                    weights,
                    width,
                )

    def _instants(self, wall: NDArray[np.int64]) -> NDArray[np.int64]:
        try:
            return instants(wall, self._zone)
        except NoSuchTimeError as error:
            moment = int(wall[error.place])
            self._passes.complain_of_time(
                moment, moment + HOUR, zone_problem(self._zone)
            )
            raise


class _Groups:
    """Numbers of groups, in order of arrival."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._known: dict[int, int] = {}

    def numbers(
        self, hashes: NDArray[np.uint64], texts: arrow.Texts
    ) -> NDArray[np.int64]:
        """Return the number of each row's group."""
        found, first, where = np.unique(hashes, return_index=True, return_inverse=True)
        for code, place in zip(found.tolist(), first.tolist(), strict=True):
            if code not in self._known:
                self._known[code] = len(self.names)
                self.names.append(texts[place])
        numbers = np.array([self._known[code] for code in found.tolist()], np.int64)
        return numbers[where]


def _ties_wrong(times: NDArray[np.int64], values: NDArray[np.float64]) -> bool:
    """Tell whether values of one time are not known to be in order."""
    tied = np.flatnonzero(times[1:] == times[:-1])
    return not bool((values[tied] <= values[tied + 1]).all())


def _width(bins: int, held: int) -> int:
    """Return seconds: bins so wide that about *held* of them hold the table."""
    wanted = _WIDTHS[0] * bins / held
    return next((width for width in _WIDTHS if width >= wanted), _WIDTHS[-1])
