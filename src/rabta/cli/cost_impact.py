"""The impact analysis as a table in a file."""

import csv
from collections.abc import Sequence
from pathlib import Path

from rabta.cli.present import label
from rabta.cost.impact import GRID, Judged
from rabta.errors import PlatformError, UsageError
from rabta.locale import render


def write(file: Path, found: Sequence[Judged], currency: str, lang: str) -> None:
    """Write one row a service, what must be back first at the top.

    Raises:
        UsageError: the name does not end in ``.csv``.
        PlatformError: it cannot be written.
    """
    if file.suffix.lower() != ".csv":
        raise UsageError(f"{file}: no known form", hint="let the name end in .csv")
    try:
        # with a mark in front that spreadsheets take for UTF-8
        with file.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows(rows(found, currency, lang))
    except OSError as error:
        raise PlatformError(f"{file}: {error.strerror or error}") from None


def rows(found: Sequence[Judged], currency: str, lang: str) -> list[list[object]]:
    """Return the table with its head."""
    head = ["service", "rto", "mtpd", "rpo", "recovery", "copies", "minimum"]
    titles = [label(lang, f"cost.impact.{one}") for one in head]
    after = [label(lang, "cost.impact.after", span=h * 3600) for h in GRID]
    table: list[list[object]] = [
        [*titles, *(f"{one} ({currency})" for one in after), _said(lang, "problems")]
    ]
    for one in found:
        amounts = dict(one.at)
        table.append(
            [
                _text(one.need.name),
                *map(
                    _blank,
                    (
                        one.rto,
                        None if one.mtpd is None else round(one.mtpd, 2),
                        one.need.rpo_hours,
                        one.need.recovery_hours,
                        one.need.copy_hours,
                    ),
                ),
                _text(one.need.minimum),
                *(_blank(amounts.get(hour)) for hour in GRID),
                " ".join(render(problem, lang) for problem in one.problems),
            ]
        )
    return table


def _said(lang: str, key: str) -> str:
    return label(lang, f"cost.impact.{key}")


def _blank(value: float | None) -> object:
    return "" if value is None else value


def _text(text: str) -> str:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text
