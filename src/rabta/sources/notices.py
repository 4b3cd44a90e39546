"""Announcements of others beside recorded signals: maintenance, faults, orders.

A CSV table, a JSON array or JSON Lines with ``entity``, ``start`` and, where known,
``end``, ``cause``, ``source``, ``says`` and ``link``; or any form of reports that
``rabta import`` recognises. Times are ISO 8601 (UTC without a zone) or seconds.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rabta.clock import SECOND, SystemClock
from rabta.errors import DataError
from rabta.model import Report
from rabta.sources.imported import Tally
from rabta.sources.recognise import TABLE, head_of, recognise
from rabta.sources.stream import Stream
from rabta.sources.times import micros


NEEDED = frozenset({"entity", "start"})
_CURE = "a row needs entity and start; end, cause, source, says and link may follow"

Row = tuple[int, Mapping[str, object]]


def notices(path: Path) -> tuple[Report, ...]:
    """Read all announcements of *path*, oldest first.

    Raises:
        DataError: it is no list of announcements, or a row cannot be understood.
    """
    head = head_of(path)
    tally = Tally(str(path), SystemClock().now())
    if head.keys >= NEEDED:
        found = [_report(path, *row) for row in _json(path)]
    elif head.columns >= NEEDED:
        found = [_report(path, *row) for row in _table(path)]
    else:
        form = recognise(path)
        if form is TABLE:
            missing = ", ".join(sorted(NEEDED - head.columns))
            raise DataError(f"no column {missing}", file=str(path), hint=_CURE)
        items = form.parse(Stream(path, tally), tally, "")
        found = [one for one in items if isinstance(one, Report)]
        if not found:
            raise DataError(
                f"{form.says}: there is no announcement in it",
                file=str(path),
                hint=_CURE,
            )
    return tuple(sorted(found, key=lambda one: one.start))


def _table(path: Path) -> Iterator[Row]:
    text = path.read_text("utf-8-sig", errors="replace").splitlines(keepends=True)
    reader = csv.DictReader(text, skipinitialspace=True)
    for row in reader:
        yield (
            reader.line_num,
            {str(name).strip().lower(): cell for name, cell in row.items()},
        )


def _json(path: Path) -> Iterator[Row]:
    text = path.read_text("utf-8-sig", errors="replace")
    try:
        if text.lstrip().startswith("["):
            rows = json.loads(text)
        else:
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise DataError(f"no JSON: {error}", file=str(path)) from None
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise DataError("no object", file=str(path), row=number, hint=_CURE)
        yield number, row


def _moment(text: str) -> int | None:
    if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
        return int(float(text) * SECOND)
    return micros(text)


def _report(path: Path, number: int, row: Mapping[str, object]) -> Report:
    def text(name: str) -> str:
        return str(row.get(name) or "").strip()

    def moment(name: str) -> int | None:
        if not text(name):
            return None
        found = _moment(text(name))
        if found is None:
            raise DataError(
                f"{text(name)!r} is no time",
                file=str(path),
                row=number,
                column=name,
                hint="write 2025-09-06T05:45Z or seconds since 1970",
            )
        return found

    start, end = moment("start"), moment("end")
    if start is None or not text("entity"):
        raise DataError("incomplete", file=str(path), row=number, hint=_CURE)
    if end is not None and end < start:
        raise DataError(
            "it ends before it begins", file=str(path), row=number, column="end"
        )
    return Report(
        source=text("source") or path.name,
        id=f"{path.name}:{number}",
        entity=text("entity"),
        start=start,
        end=end,
        kind=text("kind") or "notice",
        cause=text("cause"),
        says=text("says"),
        link=text("link"),
    )
