"""The impact analysis as a table in a file."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path

from rabta.cli.present import label
from rabta.cost.impact import GRID, Judged
from rabta.errors import UsageError
from rabta.locale import DIRECTION, render
from rabta.whole import write_whole


def write(file: Path, found: Sequence[Judged], currency: str, lang: str) -> None:
    """Write one row a service, what must be back first at the top.

    Raises:
        UsageError: the name ends neither in ``.csv`` nor in ``.xlsx``.
        PlatformError: it cannot be written.
    """
    table = rows(found, currency, lang)
    match file.suffix.lower():
        case ".csv":
            content = _csv(table)
        case ".xlsx":
            content = _workbook(table, lang)
        case _:
            hint = "let the name end in .csv or .xlsx"
            raise UsageError(f"{file}: no known form", hint=hint)
    write_whole(file, content)


def _csv(table: list[list[object]]) -> bytes:
    out = StringIO(newline="")
    csv.writer(out).writerows([[_harmless(cell) for cell in row] for row in table])
    return out.getvalue().encode("utf-8-sig")  # the mark spreadsheets take for UTF-8


def _workbook(table: list[list[object]], lang: str) -> bytes:
    from xlsxwriter import Workbook

    out = BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, plain) as book:
        sheet = book.add_worksheet()
        if DIRECTION[lang] == "rtl":
            sheet.right_to_left()
        head = book.add_format({"bold": True, "text_wrap": True})
        body = book.add_format({"num_format": "#,##0.##", "text_wrap": True})
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row, body if number else head)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(table[0]) - 1, 14)
    return out.getvalue()


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
                one.need.name,
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
                one.need.minimum,
                *(_blank(amounts.get(hour)) for hour in GRID),
                " ".join(render(problem, lang) for problem in one.problems),
            ]
        )
    return table


def _said(lang: str, key: str) -> str:
    return label(lang, f"cost.impact.{key}")


def _blank(value: float | None) -> object:
    return "" if value is None else value


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking text for a formula."""
    risky = isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{cell}" if risky else cell
