"""Dates whose day and month could be either, settled by every row of their column.

The rows that are looked at to find the form of a time are of a few days at most, and
until the twelfth of a month 03/04/2024 may be in March or in April.
"""

from dataclasses import replace

import duckdb

from rabta.errors import DataError
from rabta.sources.tables import engine
from rabta.sources.tables.numbers import missing
from rabta.sources.tables.problems import bad_cell
from rabta.sources.tables.shapes import Table, TimeForm


ORDERS = ("day-month-year", "month-day-year")
"""What may be said of a column: ``--time COLUMN:month-day-year``."""


def said(table: Table, column: str) -> tuple[str, str]:
    """Part ``COLUMN:ORDER`` into both, where *column* is not a name as it stands."""
    bare, _, order = column.rpartition(":")
    if column not in table.columns and order in ORDERS and bare in table.columns:
        return bare, order
    return column, ""


def settled(table: Table, column: str, form: TimeForm, order: str) -> TimeForm:
    """Return *form* or its rival: as *order* says, else by what more rows fit.

    Where all rows fit both, the one by which they lie closer together.

    Raises:
        DataError: that is the same for both, and the times are not; or *order* is not
            how they are written.
    """
    rival = form.rival
    if order:
        for known in (form, rival):
            if known is not None and known.says == order:
                return replace(known, rival=None)
        what, hint = f"no {order.replace('-', ' ')}", "leave the order away"
        raise bad_cell(
            table, table.skip + 1, column, _first(table, column), what=what, hint=hint
        )
    if rival is None:
        return form
    name = engine.named(table, column)
    one, other = engine.applied(form, name), engine.applied(rival, name)
    sql = (
        f"SELECT count(a), count(b), max(a) - min(a), max(b) - min(b),"
        f" count(*) FILTER (a <> b) FROM (SELECT {one} AS a, {other} AS b"
        f" FROM {engine.relation(table)})"
    )
    try:
        with engine.engine(parquet=table.parquet) as connection:
            found = engine.one_row(connection, sql)
    except duckdb.Error:
        return form  # what is wrong is said when the table is read
    ours, theirs, span, spanned, apart = found or (0, 0, 0, 0, 0)
    if ours != theirs:
        return form if ours > theirs else rival
    if not apart or span != spanned:
        return form if not apart or span < spanned else rival
    raise _undecided(table, column)


def _undecided(table: Table, column: str) -> DataError:
    return bad_cell(
        table,
        table.skip + 1,
        column,
        _first(table, column),
        what="a day and a month in either order, and no row tells which",
        hint=f"say it: --time '{column}:{ORDERS[0]}' or '{column}:{ORDERS[1]}'",
    )


def _first(table: Table, column: str) -> str:
    return next((cell for cell in table.cells(column) if not missing(cell)), "")
