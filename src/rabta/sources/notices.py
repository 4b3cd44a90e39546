"""Announcements of others: maintenance, faults, orders, days that matter.

A CSV table, a JSON array or JSON Lines with ``entity``, ``start`` and, where known,
``end``, ``cause``, ``kind``, ``source``, ``trust``, ``published``, ``says`` and
``link``; or any form of reports that ``rabta import`` recognises: status pages, RSS and
Atom, calendars, lists of outages. Times are ISO 8601 (UTC without a zone) or seconds.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from rabta.clock import SECOND, SystemClock
from rabta.errors import DataError
from rabta.model import Cause, Notice, Report
from rabta.sources.causes import cause_of
from rabta.sources.imported import Tally
from rabta.sources.recognise import TABLE, head_of, recognise
from rabta.sources.stream import Stream
from rabta.sources.times import micros


NEEDED = frozenset({"entity", "start"})
_CURE = "a row needs entity and start; end, cause, source, says and link may follow"
_TRUST = {"high": 0.9, "verified": 0.9, "medium": 0.6, "low": 0.3, "unverified": 0.3}
_USUAL = 0.6
_ALSO = {
    "cable_name": "entity",
    "submarine_name": "entity",
    "occurrence_date": "start",
    "repair_date": "end",
    "published_date": "published",
    "trustworthy": "trust",
    "url": "link",
    "title": "says",
    "accident_type": "words",
}
"""Names of columns in lists of cable faults, for ours."""

Row = tuple[int, Mapping[str, object]]


def notices(
    path: Path, *, about: str = "", source: str = "", trust: float | None = None
) -> tuple[Notice, ...]:
    """Read all announcements of *path*, oldest first.

    *about* names the entity where the file does not; *source* and *trust* who says it
    and how far it is believed, where the rows do not.

    Raises:
        DataError: it is no list of announcements, or a row cannot be understood.
    """
    head = head_of(path)
    tally = Tally(str(path), SystemClock().now())
    needed = NEEDED - {"entity"} if about else NEEDED
    usual = _USUAL if trust is None else trust
    if _known(head.keys) >= needed:
        found = [_notice(path, *row, about, source, usual) for row in _json(path)]
    elif _known(head.columns) >= needed:
        found = [_notice(path, *row, about, source, usual) for row in _table(path)]
    else:
        form = recognise(path)
        if form is TABLE:
            missing = ", ".join(sorted(needed - _known(head.columns)))
            raise DataError(f"no column {missing}", file=str(path), hint=_CURE)
        items = form.parse(Stream(path, tally), tally, about)
        found = [
            _of_report(one, source, usual) for one in items if isinstance(one, Report)
        ]
        if not found:
            raise DataError(
                f"{form.says}: there is no announcement in it",
                file=str(path),
                hint=_CURE,
            )
    return tuple(sorted(found, key=lambda one: one.start))


def _known(names: frozenset[str]) -> frozenset[str]:
    plain = {name.replace("_", ""): ours for name, ours in _ALSO.items()}
    return frozenset(plain.get(name.lower().replace("_", ""), name) for name in names)


def _of_report(one: Report, source: str, trust: float) -> Notice:
    cause = cause_of(one.cause or one.kind)
    if cause is Cause.UNKNOWN and one.entity.startswith("service/"):
        cause = Cause.SERVICE
    planned = one.kind == "maintenance"
    return Notice(
        f"{one.source}:{one.id}",
        one.entity,
        one.start,
        one.end,
        one.kind,
        Cause.MAINTENANCE if planned else cause,
        source or one.source,
        trust,
        None if planned else one.start,
        one.says,
        one.link,
    )


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


def _notice(
    path: Path,
    number: int,
    row: Mapping[str, object],
    about: str,
    source: str,
    trust: float,
) -> Notice:
    row = {_ALSO.get(name.lower(), name.lower()): cell for name, cell in row.items()}

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
    entity = _entity(text("entity"), row) or about
    if start is None or not entity:
        raise DataError("incomplete", file=str(path), row=number, hint=_CURE)
    if end is not None and end < start:
        raise DataError(
            "it ends before it begins", file=str(path), row=number, column="end"
        )
    kind = text("kind") or "notice"
    cause = cause_of(text("cause")) if text("cause") else Cause.UNKNOWN
    if not text("cause") and entity.startswith("cable/"):
        cause = Cause.CABLE
    if cause is Cause.MAINTENANCE and kind == "notice":
        kind = "maintenance"
    said = "|".join((entity, text("start"), text("cause"), text("says"), text("link")))
    return Notice(
        id=text("id") or sha256(said.encode()).hexdigest()[:12],
        entity=entity,
        start=start,
        end=end,
        kind=kind,
        cause=cause,
        source=text("source") or source or path.name,
        trust=_trust(text("trust"), trust, path, number),
        published=moment("published"),
        says=text("says") or text("words"),
        link=text("link"),
    )


def _entity(name: str, row: Mapping[str, object]) -> str:
    """Return an entity; a bare name in a list of cables is a cable."""
    if not name or "/" in name or name == "host" or "words" not in row:
        return name
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"cable/{slug}"


def _trust(word: str, usual: float, path: Path, number: int) -> float:
    if not word:
        return usual
    if word.lower() in _TRUST:
        return _TRUST[word.lower()]
    try:
        found = float(word)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise DataError(
            f"{word!r} is no trust",
            file=str(path),
            row=number,
            column="trust",
            hint="write high, medium, low, or a number from 0 to 1",
        )
    return found
