"""The same answers as CSV (RFC 4180), for spreadsheets: one row per fact."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from starlette.responses import Response

from rabta.api.documents import Chart
from rabta.clock import SECOND
from rabta.locale import LANGUAGES, render
from rabta.model import Disruption


CSV_TYPE = "text/csv"
_POINTS = ("time", "line", "metric", "unit", "targets", "vantages", "step_seconds")
_FIGURES = ("sent", "lost", "minimum", "median", "p95", "maximum")
_EVENTS = (
    *("id", "entity", "kind", "onset", "end"),
    *("onset_uncertainty_seconds", "depth", "extra_seconds"),
    "unobserved_seconds",
)
_JUDGED = ("cause", "confidence", "code")
_LAST = ("pattern",)
"""New columns stand behind those that are there, for who reads by place."""


class Format(StrEnum):
    """The forms an answer comes in."""

    JSON = "json"
    CSV = "csv"


def csv_of_chart(chart: Chart) -> Response:
    """Return a row per line and bucket; figures are empty where there are none."""
    rows = []
    for number, line in enumerate(chart.lines, 1):
        about = [
            _distinct(getattr(one, name) for one in line.series)
            for name in ("metric", "unit", "target", "vantage")
        ]
        figures = [getattr(line, name) for name in _FIGURES]
        rows += [
            (_iso(time), number, *about, line.step_seconds, *values)
            for time, *values in zip(line.time, *figures, strict=True)
        ]
    return _csv((*_POINTS, *_FIGURES), rows, "points.csv")


def csv_of_events(disruptions: Sequence[Disruption]) -> Response:
    """Return a row per disruption with the verdict that stands for it."""
    rows = []
    for one in disruptions:
        verdict = one.verdict
        rows.append(
            (
                *(one.id, one.entity, one.kind, _iso(one.onset)),
                "" if one.end is None else _iso(one.end),
                *(one.onset_uncertainty_seconds, one.depth, one.extra_seconds),
                one.unobserved_seconds,
                verdict.causes[0][0] if verdict.causes else "",
                *(verdict.confidence, verdict.code),
                *(render(verdict.sentence, language, UTC) for language in LANGUAGES),
                one.pattern.id if one.pattern else "",
            )
        )
    return _csv((*_EVENTS, *_JUDGED, *LANGUAGES, *_LAST), rows, "events.csv")


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return Response(
        "\ufeff" + text.getvalue(),  # without the mark, Excel takes Urdu for Latin-1
        media_type=CSV_TYPE,
        headers={
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="rabta-{name}"',
        },
    )


def _distinct(values: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(values))


def _iso(microseconds: int) -> str:
    moment = datetime.fromtimestamp(microseconds / SECOND, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
