"""How time is written in a column: seconds since 1970, ISO 8601, dates of people."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from rabta.sources.tables.numbers import is_number, missing, numeric
from rabta.sources.tables.shapes import TimeForm


_EPOCHS = (
    ("epoch-seconds", 0.0, 1e11, 1e6),
    ("epoch-milliseconds", 1e11, 1e14, 1e3),
    ("epoch-microseconds", 1e14, 1e17, 1.0),
    ("epoch-nanoseconds", 1e17, 9.3e18, 1e-3),
)
"""(name, least, beyond, microseconds): seconds until the year 5138, and so on."""
LIKELY = 6.3e8
"""Seconds since 1970 in 1990: what is smaller counts from some other start."""
_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_ZONE = r"(Z| ?UTC| ?GMT|[+-]\d{2}(:?\d{2})?)"
_ISO_ZONED = _DAY + _CLOCK + _ZONE
_ISO_LOCAL = f"{_DAY}({_CLOCK})?"
_CLOCKS = (" %H:%M:%S", " %H:%M:%S.%f", " %H:%M", "")
_HALF_DAYS = (" %I:%M:%S %p", " %I:%M %p")
_DATES = (
    ("day-month-year", ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y"), (*_CLOCKS, *_HALF_DAYS)),
    ("month-day-year", ("%m/%d/%Y", "%m-%d-%Y"), (*_CLOCKS, *_HALF_DAYS)),
    ("day-name-year", ("%d-%b-%Y", "%d %b %Y", "%d %B %Y"), _CLOCKS),
    ("name-day-year", ("%b %d, %Y", "%B %d, %Y", "%b %d %Y"), (*_CLOCKS, *_HALF_DAYS)),
    ("compact", ("%Y%m%d",), ("", "T%H%M%S", "%H%M%S", " %H%M", "%H%M")),
)
_COMPACT = re.compile(r"(19|20)\d{6}(T?\d{6}|[ ]?\d{4})?")
_TRIED = 200  # cells
_MOSTLY = 0.9  # the others are named as wrong when the file is read


def time_form(sql_type: str, cells: Sequence[str]) -> TimeForm | None:
    """Return how these cells write time; None when they do not.

    Where day and month could be either, the form has a rival, and stands first by
    which time runs more evenly; all rows decide (``dates.settled``).
    """
    if sql_type.startswith(("TIMESTAMP", "DATE")):
        zoned = "WITH TIME ZONE" in sql_type
        return TimeForm("typed", "epoch_us({c})", zoned)
    if sql_type != "VARCHAR" and not numeric(sql_type):
        return None
    filled = [cell.strip() for cell in cells if not missing(cell)][:_TRIED]
    if not filled:
        return None
    text = sql_type == "VARCHAR"
    if text and filled[0].startswith("["):
        form = next(_forms([bare(cell) for cell in filled], text=text), None)
        return form and _in_brackets(form)
    return next(_forms(filled, text=text), None)


def bare(cell: str) -> str:
    """Return *cell* without the brackets that logs put around a time."""
    return cell.strip().removeprefix("[").removesuffix("]").strip()


def _in_brackets(form: TimeForm) -> TimeForm:
    return replace(
        form,
        sql=form.sql.replace("trim({c})", "trim({c}, '[] ')"),
        rival=form.rival and _in_brackets(form.rival),
    )


def _forms(cells: list[str], *, text: bool) -> Iterator[TimeForm]:
    yield from _iso(cells)
    yield from _dates(cells)
    if _most(cells, is_number):
        numbers = [float(cell) for cell in cells if is_number(cell)]
        yield _epoch(numbers, text=text)


def _epoch(numbers: list[float], *, text: bool) -> TimeForm:
    typical = sorted(map(abs, numbers))[len(numbers) // 2]
    name, least, beyond, scale = next(
        (e for e in _EPOCHS if e[1] <= typical < e[2]), _EPOCHS[-1]
    )
    value = "try_cast(trim({c}) AS DOUBLE)" if text else "CAST({c} AS DOUBLE)"
    return TimeForm(
        name,
        f"CASE WHEN abs({value}) >= {least} AND abs({value}) < {beyond}"
        f" THEN CAST(round({value} * {scale}) AS BIGINT) END",
        zoned=True,
    )


def _iso(cells: list[str]) -> Iterator[TimeForm]:
    for name, pattern, sql_type, zoned in (
        ("iso-zoned", _ISO_ZONED, "TIMESTAMPTZ", True),
        ("iso-local", _ISO_LOCAL, "TIMESTAMP", False),
    ):
        if _most(cells, _matching(pattern)):
            yield TimeForm(
                name,
                f"CASE WHEN regexp_full_match(trim({{c}}), '{pattern}')"
                f" THEN epoch_us(try_cast(trim({{c}}) AS {sql_type})) END",
                zoned,
            )


def _matching(pattern: str) -> Callable[[str], bool]:
    whole = re.compile(pattern)
    return lambda cell: whole.fullmatch(cell) is not None


def _dates(cells: list[str]) -> Iterator[TimeForm]:
    if _most(cells, is_number) and not all(map(_COMPACT.fullmatch, cells)):
        return
    fitting: list[tuple[float, int, str, list[str]]] = []
    for name, days, clocks in _DATES:
        for day in days:
            formats = [day + clock for clock in clocks]
            if parsed(cells[0], formats) is None:
                continue
            moments = [parsed(cell, formats) for cell in cells]
            known = [moment for moment in moments if moment is not None]
            if len(known) == len(cells):
                steps = [abs(b - a) for a, b in pairwise(known)]
                fitting.append((sum(steps), len(fitting), name, formats))
    forms = [_dated(name, formats) for _, _, name, formats in sorted(fitting)]
    if forms:
        rival = next((one for one in forms if one.says != forms[0].says), None)
        yield replace(forms[0], rival=rival)


def _dated(name: str, formats: list[str]) -> TimeForm:
    listed = ", ".join(f"'{one}'" for one in formats)
    sql = f"epoch_us(try_strptime(trim({{c}}), [{listed}]))"
    return TimeForm(name, sql, zoned=False)


def parsed(cell: str, formats: Sequence[str]) -> float | None:
    """Return seconds since 1970 of a wall clock, read as if it were UTC."""
    for one in formats:
        try:
            return datetime.strptime(cell, one).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


def _most(cells: list[str], fits: Callable[[str], bool]) -> bool:
    return sum(map(fits, cells)) >= _MOSTLY * len(cells)
