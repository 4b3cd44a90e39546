"""Services of a firm and what their absence does, out of ``[[firm.service]]``."""

import re

from rabta.config.read import Section
from rabta.cost.impact import Need


_KEYS = (
    *("name", "impact", "tolerance", "appetite", "minimum"),
    *("recovery_hours", "rpo_hours", "copy_hours"),
)
_AFTER = re.compile(r"(\d+(?:\.\d+)?)\s*(h|d)")
_HOURS = {"h": 1.0, "d": 24.0}
_FORM = '{ "1h" = 100, "1d" = 4000 }'


def needs_of(table: Section) -> tuple[Need, ...]:
    """Read the services of a ``[firm]`` table.

    Raises:
        ConfigError: with file, line, key and the accepted form.
    """
    return tuple(_need(one) for one in table.tables("service", *_KEYS))


def _need(table: Section) -> Need:
    for key in ("name", "impact", "tolerance", "appetite"):
        if key not in table:
            table.fail(key, "missing; see docs/how-to/cost.md")
    impact = _curve(table)
    try:
        return Need(
            table.text("name", pattern=r"\S.*", form="a name"),
            impact,
            table.number("tolerance", 0, 0, 1e15),
            table.number("appetite", 0, 0, 1e15),
            table.text("minimum"),
            *(_hours(table, k) for k in ("recovery_hours", "rpo_hours", "copy_hours")),
        )
    except ValueError as error:
        table.fail("impact", str(error), f"write it as {_FORM}")


def _hours(table: Section, key: str) -> float | None:
    return table.number(key, 0, 0, 1e5) if key in table else None


def _curve(table: Section) -> tuple[tuple[float, float], ...]:
    given = table.raw("impact")
    found: list[tuple[float, float]] = []
    for after, money in given.items() if isinstance(given, dict) else [("", None)]:
        match = _AFTER.fullmatch(str(after))
        if match is None or not isinstance(money, int | float) or money < 0:
            table.fail("impact", f"expected {_FORM}, got {given!r}")
        found.append((float(match[1]) * _HOURS[match[2]], float(money)))
    return tuple(sorted(found))
