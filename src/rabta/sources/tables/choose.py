"""Which columns are meant: as the user says, else by their names and contents."""

import re
from collections.abc import Sequence

from rabta.errors import DataError
from rabta.sources.tables.dates import said, settled
from rabta.sources.tables.numbers import (
    is_number,
    looks_numeric,
    missing,
    number_form,
    numeric,
)
from rabta.sources.tables.problems import bad_cell, no_column
from rabta.sources.tables.shapes import (
    Choice,
    NumberForm,
    Picked,
    Table,
    TimeForm,
    Wanted,
)
from rabta.sources.tables.times import LIKELY, bare, time_form


_TIMES = re.compile(
    r"time|epoch|stamp|(^|[^a-z])(date|ts|utc|when|ds)([^a-z]|$)|^t$|_at$|وقت|تاریخ",
    re.IGNORECASE,
)
_NO_SIGNAL = {
    "label": r"(.*_)?(label|labels|cp|class|is_?anomaly|anomaly|truth)",
    "place": r"(.*_)?(lat|lon|lng|long|latitude|longitude|distance)",
    "number": r"(id|index|row|unnamed: \d+|.*[_ ]id|id_\d+|asn|port|.*_code)",
    "calendar": r"(year|month|day|hour|minute|weekday|dow|week)",
}
_STATES = 4  # words of a column, beyond which it is no record of states
_NORMALISED = re.compile(r"[-_ ](norm|normed|normali[sz]ed|scaled)$", re.IGNORECASE)


def choose(
    table: Table, *, time: str = "", signals: Sequence[Wanted] = (), by: str = ""
) -> Choice:
    """Settle the columns; what is not said is chosen.

    Raises ``UsageError`` for a column that does not exist, ``DataError`` when no
    column could be the time or a signal.
    """
    time, order = said(table, time)
    for name in (time, by, *(wanted.column for wanted in signals)):
        if name and name not in table.columns:
            raise no_column(table, name)
    time, form = _time(table, time)
    form = settled(table, time, form, order)
    for wanted in signals:
        _check_numeric(table, wanted.column)
    if signals:
        picked = tuple(
            Picked(w.name, w.column, _form(table, w.column), w.kind) for w in signals
        )
        return Choice(time, form, picked, by)
    found, left = _signals(table, {time, by})
    if not found:
        raise _no_signal(table, left)
    picked = tuple(Picked(name, name, _form(table, name)) for name in found)
    return Choice(time, form, picked, by, tuple(left), automatic=True)


def _no_signal(table: Table, left: Sequence[tuple[str, str]]) -> DataError:
    """Say that there is none, and of a column of a few words what they are."""
    words: list[str] = []
    for column, why in left:
        if why == "text" and not words:
            cells = dict.fromkeys(c for c in table.cells(column) if not missing(c))
            words = list(cells) if len(cells) <= _STATES else []
    shown = ", ".join(repr(word[:20]) for word in words)
    return DataError(
        "no column holds the numbers of a signal"
        + (f", only words ({shown})" if words else ""),
        file=str(table.file),
        hint="write a number for each word, such as 1 for up and 0 for down"
        if words
        else "name one: --signal NAME=COLUMN",
    )


def _check_numeric(table: Table, column: str) -> None:
    kind = table.type_of(column)
    if kind != "VARCHAR" and not numeric(kind):
        raise DataError(
            f"the column holds {kind}, no numbers",
            file=str(table.file),
            column=column,
            hint="name another: --signal NAME=COLUMN",
        )


def _form(table: Table, column: str) -> NumberForm:
    cells = table.cells(column)
    return number_form(table.type_of(column), cells, table.delimiter)


def _time(table: Table, named: str) -> tuple[str, TimeForm]:
    if named:
        cells = table.cells(named)
        form = time_form(table.type_of(named), cells)
        if form is None:
            shown = next((cell for cell in cells if not missing(cell)), "")
            raise bad_cell(
                table,
                table.skip + 1,
                named,
                shown,
                what="no time" if shown else "there is no time",
                hint="write epoch seconds or ISO 8601, such as 2024-07-31T18:00:00Z",
            )
        return named, form
    candidates = []
    for place, column in enumerate(table.columns):
        form = time_form(table.type_of(column), table.cells(column))
        if form is None:
            continue
        by_name = _TIMES.search(column) is not None
        since_1990 = not form.says.startswith("epoch") or _since_1990(table, column)
        if not (by_name or _dated(table, column) or not form.says.startswith("epoch")):
            continue
        candidates.append(
            (not since_1990, not by_name, not form.zoned, place, column, form)
        )
    if not candidates:
        raise DataError(
            "no column holds times",
            file=str(table.file),
            hint="name one: --time COLUMN (epoch seconds or ISO 8601)",
        )
    *_, column, form = min(candidates, key=lambda one: one[:4])
    return column, form


def _since_1990(table: Table, column: str) -> bool:
    numbers = [
        float(cell) for cell in map(bare, table.cells(column)) if is_number(cell)
    ]
    return bool(numbers) and min(numbers) >= LIKELY


def _dated(table: Table, column: str) -> bool:
    """Tell whether bare numbers could only be times: since 1990, never falling."""
    numbers = [
        float(cell) for cell in map(bare, table.cells(column)) if is_number(cell)
    ]
    return (
        len(numbers) > 1
        and min(numbers) >= LIKELY
        and all(number == int(number) for number in numbers[:50])
        and numbers == sorted(numbers)
        and max(numbers) < 1.1 * min(numbers)
    )


def _signals(table: Table, taken: set[str]) -> tuple[list[str], list[tuple[str, str]]]:
    found: list[str] = []
    left: list[tuple[str, str]] = []
    for column in table.columns:
        if column in taken:
            continue
        why = _unfit(table, column)
        if why:
            left.append((column, why))
        else:
            found.append(column)
    return found, left


def _unfit(table: Table, column: str) -> str:
    """Return why *column* is no signal; empty when it is one."""
    cells, sql_type = table.cells(column), table.type_of(column)
    if not looks_numeric(sql_type, cells):
        is_time = time_form(sql_type, cells) is not None
        return "time" if is_time else "text"
    for why, pattern in _NO_SIGNAL.items():
        if re.fullmatch(pattern, column, re.IGNORECASE):
            return why
    if _TIMES.search(column) and _dated(table, column):
        return "time"
    bare = _NORMALISED.sub("", column)
    if bare != column and bare in table.columns:
        return "normalised"
    return ""
