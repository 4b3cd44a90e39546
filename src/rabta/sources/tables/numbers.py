"""How numbers are written in a column: plain, with a unit, with a decimal comma."""

import math
import re
from collections.abc import Iterable, Sequence

from rabta.sources.tables.shapes import NumberForm


MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", r"\n"}
)
"""What stands for "not measured", in lower case."""
_NUMERIC = re.compile(r"(TINY|SMALL|BIG|HUGE|U\w*)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*")
_WITH_UNIT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*([a-zA-Zµ%/]+)")
_POINT = r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"
_COMMA = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"
"""Numbers with a decimal point or comma, thousands parted by the other of the two."""
_WITH_POINT, _WITH_COMMA = re.compile(_POINT), re.compile(_COMMA)
_MOSTLY = 0.9
_PLAIN = "try_cast(trim({c}) AS DOUBLE)"


def missing(cell: str) -> bool:
    """Tell whether *cell* stands for "not measured"."""
    return cell.strip().lower() in MISSING


def is_number(cell: str) -> bool:
    """Tell whether *cell* is a plain finite number."""
    try:
        return "_" not in cell and math.isfinite(float(cell))
    except ValueError:
        return False


def number_form(sql_type: str, cells: Sequence[str], delimiter: str = "") -> NumberForm:
    """Return how these cells write numbers; plain when nothing else fits.

    ``1,234`` is a thousand and more where commas part the cells, else a little more
    than one.
    """
    if sql_type != "VARCHAR":
        return NumberForm("CAST({c} AS DOUBLE)" if numeric(sql_type) else "NULL")
    filled = [cell.strip() for cell in cells if not missing(cell)]
    if delimiter == "," and any(map(_WITH_POINT.fullmatch, filled)):
        sound = (is_number(c) or _WITH_POINT.fullmatch(c) is not None for c in filled)
        if _most(sound, filled):
            return NumberForm(
                f"CASE WHEN regexp_full_match(trim({{c}}), '{_POINT}')"
                f" THEN try_cast(replace(trim({{c}}), ',', '') AS DOUBLE)"
                f" ELSE {_PLAIN} END"
            )
    if _most(map(is_number, filled), filled):
        return NumberForm(_PLAIN)
    units = [m.group(1) if (m := _WITH_UNIT.fullmatch(c)) else "" for c in filled]
    usual = max(set(units), key=lambda unit: (units.count(unit), unit), default="")
    if usual and 2 * units.count(usual) >= len(filled):  # the others are told by row
        size = len(usual)
        bare = f"trim(left(trim({{c}}), -{size}))"
        return NumberForm(
            f"CASE WHEN ends_with({{c}}, '{usual}')"
            f" THEN try_cast({bare} AS DOUBLE) END",
            usual,
        )
    if _in_commas(filled):
        bare = "replace(replace(trim({c}), '.', ''), ',', '.')"
        return NumberForm(
            f"CASE WHEN regexp_full_match(trim({{c}}), '{_COMMA}')"
            f" THEN try_cast({bare} AS DOUBLE) END"
        )
    return NumberForm(_PLAIN)


def _in_commas(cells: Sequence[str]) -> bool:
    """Tell whether numbers have a decimal comma; without one they may be addresses."""
    commas = any("," in cell for cell in cells)
    return commas and _most((bool(_WITH_COMMA.fullmatch(c)) for c in cells), cells)


def numeric(sql_type: str) -> bool:
    """Tell whether a column of *sql_type* holds numbers."""
    return _NUMERIC.fullmatch(sql_type) is not None


def looks_numeric(sql_type: str, cells: Sequence[str]) -> bool:
    """Tell whether most cells are numbers, with or without a unit; or all missing."""
    if sql_type != "VARCHAR":
        return numeric(sql_type)
    filled = [cell.strip() for cell in cells if not missing(cell)]
    return (
        not filled
        or _in_commas(filled)
        or _most(
            (
                is_number(c)
                or _WITH_UNIT.fullmatch(c) is not None
                or _WITH_POINT.fullmatch(c) is not None
                for c in filled
            ),
            filled,
        )
    )


def unit_of(cell: str) -> str:
    """Return the unit *cell* carries; empty for none."""
    match = _WITH_UNIT.fullmatch(cell.strip())
    return match.group(1) if match else ""


def _most(hits: Iterable[bool], of: Sequence[str]) -> bool:
    return bool(of) and sum(hits) >= _MOSTLY * len(of)
