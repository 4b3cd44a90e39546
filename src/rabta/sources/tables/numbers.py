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
_DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?")
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


def number_form(sql_type: str, cells: Sequence[str]) -> NumberForm:
    """Return how these cells write numbers; plain when nothing else fits."""
    if sql_type != "VARCHAR":
        return NumberForm("CAST({c} AS DOUBLE)" if numeric(sql_type) else "NULL")
    filled = [cell.strip() for cell in cells if not missing(cell)]
    if _most(map(is_number, filled), filled):
        return NumberForm(_PLAIN)
    units = [m.group(1) if (m := _WITH_UNIT.fullmatch(c)) else "" for c in filled]
    usual = max(set(units), key=lambda unit: (units.count(unit), unit), default="")
    if usual and _most((unit == usual for unit in units), filled):
        size = len(usual)
        bare = f"trim(left(trim({{c}}), -{size}))"
        return NumberForm(
            f"CASE WHEN ends_with({{c}}, '{usual}')"
            f" THEN try_cast({bare} AS DOUBLE) END",
            usual,
        )
    if _most((bool(_DECIMAL_COMMA.fullmatch(c)) for c in filled), filled):
        return NumberForm("try_cast(replace(trim({c}), ',', '.') AS DOUBLE)")
    return NumberForm(_PLAIN)


def numeric(sql_type: str) -> bool:
    """Tell whether a column of *sql_type* holds numbers."""
    return _NUMERIC.fullmatch(sql_type) is not None


def looks_numeric(sql_type: str, cells: Sequence[str]) -> bool:
    """Tell whether most cells are numbers, with or without a unit; or all missing."""
    if sql_type != "VARCHAR":
        return numeric(sql_type)
    filled = [cell.strip() for cell in cells if not missing(cell)]
    return not filled or _most(
        (
            is_number(c)
            or _WITH_UNIT.fullmatch(c) is not None
            or _DECIMAL_COMMA.fullmatch(c) is not None
            for c in filled
        ),
        filled,
    )


def unit_of(cell: str) -> str:
    """Return the unit *cell* carries; empty for none."""
    match = _WITH_UNIT.fullmatch(cell.strip())
    return match.group(1) if match else ""


def _most(hits: Iterable[bool], of: Sequence[str]) -> bool:
    return bool(of) and sum(hits) >= _MOSTLY * len(of)
