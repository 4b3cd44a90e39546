"""Reports to download: each is written by ``rabta report`` in a process of its own.

The daemon rests at a small size; what writes documents needs much more for a moment.
So there is one at a time, whoever asks. Where no evidence can be enclosed the page says
so beside the buttons, and the answer in a header.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rabta.api.problems import answers
from rabta.api.reader import Pages
from rabta.api.settings import ApiSettings
from rabta.clock import DAY, HOUR, SECOND
from rabta.config.country import local_zone
from rabta.errors import StoreError
from rabta.model import Live
from rabta.report.period import period_of
from rabta.store import Store
from rabta.store.evidence import Leaves
from rabta.store.naming import OWN


class Audience(StrEnum):
    """Who reads it."""

    CLIENT = "client"
    ISP = "isp"
    REGULATOR = "regulator"
    MANAGEMENT = "management"
    FREELANCER = "freelancer"


class Form(StrEnum):
    """What it is written as."""

    PDF = "pdf"
    HTML = "html"
    JSON = "json"


class Language(StrEnum):
    """What it is written in."""

    ENGLISH = "en"
    URDU = "ur"


_TYPES = {"pdf": "application/pdf", "html": "text/html", "json": "application/json"}
_PATIENCE = 120.0
_AGAIN = 10
"""Seconds until another report may be asked for; most take less."""
PROOF = "rabta-proof"
_SAID = answers(bytes, 404, 422, 503)
_SAID[200]["headers"] = {
    PROOF: {
        "description": "whether the report is sealed and carries its evidence",
        "schema": {"type": "string", "enum": ["sealed", "none"]},
    }
}
Period = Annotated[str, Query(max_length=30, description="2026-10, 2026-W43 or dates")]


def router(live: Live, store: Store, settings: ApiSettings, pages: Pages) -> APIRouter:
    """Build the route of the documents and the page that offers them."""
    routes = APIRouter()
    writing = Lock()

    @routes.get(
        "/api/v1/report",
        tags=["reports"],
        response_class=Response,
        responses=_SAID,
    )
    def report(
        period: Period,
        audience: Annotated[Audience, Query(alias="for")] = Audience.MANAGEMENT,
        form: Annotated[Form, Query(alias="format")] = Form.PDF,
        language: Language = Language.ENGLISH,
        uplink: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """Return a report of a period, as ``rabta report`` writes it.

        ``Rabta-Proof`` is ``none`` where no evidence of that time could be enclosed:
        ``rabta verify`` can prove nothing of such a file.

        One is written at a time; 503 with ``Retry-After`` while another is.
        """
        asked = period_of(period, local_zone())
        if asked.stop <= _first(store) or asked.start > store.now():
            raise HTTPException(404, f"nothing was measured in {period}")
        known = [lane.uplink.name for lane in live.status().uplinks]
        if uplink and uplink not in known:
            raise HTTPException(404, f"there is no uplink {uplink!r}")
        words = ["--period", period, "--for", audience.value, "--format", form.value]
        words += ["--language", language.value]
        words += ["--uplink", uplink] if uplink else []
        with _alone(writing):
            name, content, sealed = _written(store.path, settings.file, words)
        return Response(
            content,
            media_type=_TYPES[form.value],
            headers={
                "content-disposition": f'attachment; filename="{name}"',
                PROOF: "sealed" if sealed else "none",
            },
        )

    @routes.get("/reports", include_in_schema=False, response_class=HTMLResponse)
    def offered(request: Request) -> Any:
        status = live.status()
        months = _months(store, status.time)
        return pages.page(
            request,
            "reports.html",
            now=status.time,
            months=months,
            unproven=_unproven(store.path, months),
            audiences=[one.value for one in Audience],
            lanes=status.uplinks,
        )

    return routes


@contextmanager
def _alone(lock: Lock) -> Iterator[None]:
    """Hold *lock*, or answer that it is held: waiting would use the pool of threads."""
    if not lock.acquire(blocking=False):
        raise HTTPException(
            503,
            "another report is being written; ask again in some seconds",
            {"Retry-After": str(_AGAIN)},
        )
    try:
        yield
    finally:
        lock.release()


def _written(
    store: Path, file: Path | None, words: list[str]
) -> tuple[str, bytes, bool]:
    """Return the name and content of a report, and whether it is sealed."""
    chosen = ["--config", str(file)] if file else []
    with tempfile.TemporaryDirectory(prefix="rabta-report-") as folder:
        try:
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "rabta", "report", "--store", str(store)),
                    *(*chosen, *words, "--out", folder, "--json"),
                ],
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise HTTPException(503, "the report takes too long") from None
        if done.returncode:
            said = done.stderr.strip().rpartition("\n")[2].removeprefix("rabta: ")
            raise HTTPException(422 if done.returncode == 2 else 503, said)
        (written,) = Path(folder).iterdir()
        sealed = json.loads(done.stdout)["sealed"]
        return written.name, written.read_bytes(), sealed


def _months(store: Store, now: int) -> list[str]:
    """Return the months of which something was measured, the newest first."""
    first = min(_first(store), now)
    zone = local_zone()
    found = {
        f"{datetime.fromtimestamp(at / SECOND, UTC).astimezone(zone):%Y-%m}"
        for at in (*range(first, now, 14 * DAY), now)
    }
    return sorted(found, reverse=True)[:24]


def _unproven(folder: Path, months: list[str]) -> list[str]:
    """Return those of *months* of which no hour is in the evidence log."""
    spans = [period_of(month, local_zone()) for month in months]
    try:
        with Leaves.read(folder) as leaves:
            held = [
                leaves.between(one.start // HOUR, -(-one.stop // HOUR)) for one in spans
            ]
    except StoreError:  # there is no log, or it cannot be read
        return months
    return [month for month, span in zip(months, held, strict=True) if span is None]


def _first(store: Store) -> int:
    """Return when the first own measurement was; a time to come where none was."""
    firsts = (one.first for one in store.series() if one.source == OWN)
    return min(firsts, default=store.now() + DAY)
