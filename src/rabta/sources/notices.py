"""Announcements of others: maintenance, faults, orders, days that matter.

A CSV table, a JSON array or JSON Lines with ``entity``, ``start`` and, where known,
``end``, ``cause``, ``kind``, ``source``, ``trust``, ``published``, ``says`` and
``link``; or any form of reports that ``rabta import`` recognises: status pages, RSS and
Atom, calendars, lists of outages. Times are ISO 8601 (UTC without a zone) or seconds.

A row that cannot be used is told and the others count. What ends before it begins, or
is dated wrongly otherwise, is read: what becomes of it is decided beside the others.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from rabta.clock import SECOND, SystemClock
from rabta.errors import DataError
from rabta.model import Cause, Notice, Report
from rabta.sources.causes import cause_of
from rabta.sources.headlines import ACCUSED, ACCUSING, cause_in, is_day
from rabta.sources.imported import EARLIEST, Tally
from rabta.sources.recognise import TABLE, head_of, recognise
from rabta.sources.stream import Stream
from rabta.sources.times import micros


NEEDED = frozenset({"entity", "start"})
_CURE = "a row needs entity and start; end, cause, source, says and link may follow"
_TRUST = {
    "high": 0.9,
    "verified": 0.9,
    "true": 0.9,
    "medium": 0.6,
    "rule_verified": 0.6,
    "mentioned": 0.6,
    "imported": 0.6,
    "low": 0.3,
    "unverified": 0.3,
    "inferenced": 0.3,
    "false": 0.1,
}
"""Words of people and of lists that programs made."""
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

Row = tuple[int, Mapping[str, object] | None]
"""Its number, and its cells; None where it is no object."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What a file tells."""

    notices: tuple[Notice, ...]
    """Oldest first."""
    aside: tuple[str, ...]
    """What of it could not be used: file, row and why, a sentence each."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What holds where the file does not say."""

    about: str = ""
    """The entity."""
    source: str = ""
    trust: float | None = None
    kind: str = ""
    """``maintenance``, ``calendar``, ``order`` or ``notice``."""


def announced(path: Path, unsaid: Unsaid = Unsaid()) -> Announced:
    """Read all announcements of *path*.

    Raises:
        DataError: it is no list of announcements, or none of it can be used.
    """
    head = head_of(path)
    needed = NEEDED - {"entity"} if unsaid.about else NEEDED
    aside: list[str] = []
    if _known(head.keys) >= needed:
        found = _rows(path, _json(path), unsaid, aside)
    elif _known(head.columns) >= needed:
        found = _rows(path, _table(path), unsaid, aside)
    else:
        found = _reports(path, head.columns, needed, unsaid, aside)
    return Announced(tuple(sorted(found, key=lambda one: one.start)), tuple(aside))


def _rows(
    path: Path, rows: Iterable[Row], unsaid: Unsaid, aside: list[str]
) -> list[Notice]:
    found: list[Notice] = []
    first: DataError | None = None
    for number, row in rows:
        try:
            found.append(_notice(path, number, row, unsaid))
        except DataError as error:
            first = first or error
            aside.append(str(error))
    if first is not None and not found:
        raise first
    return found


def _reports(
    path: Path,
    columns: frozenset[str],
    needed: frozenset[str],
    unsaid: Unsaid,
    aside: list[str],
) -> list[Notice]:
    form = recognise(path)
    if form is TABLE:
        missing = ", ".join(sorted(needed - _known(columns)))
        raise DataError(f"no column {missing}", file=str(path), hint=_CURE)
    tally = Tally(str(path), SystemClock().now())
    items = form.parse(Stream(path, tally), tally, unsaid.about)
    if form.source == "status-page" and not unsaid.source:
        # feeds and calendars are anybody's: as of a table, the file's name says whose
        unsaid = replace(unsaid, source=path.name)
    found = [_of_report(one, unsaid) for one in items if isinstance(one, Report)]
    if not found:
        raise DataError(
            f"{form.says}: there is no announcement in it", file=str(path), hint=_CURE
        )
    aside += [f"{one.file}, {one.where}: {one.reason}" for one in tally.aside]
    aside += [f"{path}: {note}" for note in tally.notes]
    return found


def _known(names: frozenset[str]) -> frozenset[str]:
    plain = {name.replace("_", ""): ours for name, ours in _ALSO.items()}
    return frozenset(plain.get(name.lower().replace("_", ""), name) for name in names)


def _of_report(one: Report, unsaid: Unsaid) -> Notice:
    cause, kind = cause_of(one.cause), one.kind
    trust = _USUAL if unsaid.trust is None else unsaid.trust
    if one.entity.startswith("service/"):
        # its own page: what it tells of is itself, whatever words it has for it
        cause = Cause.SERVICE if cause is Cause.UNKNOWN else cause
    elif kind == "incident":
        cause = cause_in(one.says) if cause is Cause.UNKNOWN else cause
        trust = min(trust, ACCUSED) if cause in ACCUSING else trust
    elif cause is Cause.UNKNOWN and kind != "maintenance":
        cause = cause_of(kind)
    kind = unsaid.kind or (_planned(one) if kind == "maintenance" else kind)
    planned = kind in ("maintenance", "calendar", "order")
    return Notice(
        f"{one.source}:{one.id}",
        one.entity,
        one.start,
        one.end,
        kind,
        Cause.MAINTENANCE if kind == "maintenance" else cause,
        unsaid.source or one.source,
        trust,
        None if planned else one.start,
        one.says,
        one.link,
    )


def _planned(one: Report) -> str:
    """Tell work from days that matter: a country's calendar holds those."""
    wide = one.entity.startswith(("country/", "region/"))
    if is_day(one.says) or (wide and cause_in(one.says) is not Cause.MAINTENANCE):
        return "calendar"
    return "maintenance"


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
    whole = text.lstrip().startswith("[")
    try:
        rows = json.loads(text) if whole else map(_object, text.splitlines())
    except (ValueError, RecursionError) as error:
        raise DataError(f"no JSON: {error}", file=str(path)) from None
    for number, row in enumerate(rows, 1):
        if row != "":
            yield number, row if isinstance(row, dict) else None


def _object(line: str) -> object:
    """Read one line; an empty one is ``""``, one that is no JSON is None."""
    try:
        return json.loads(line) if line.strip() else ""
    except (ValueError, RecursionError):
        return None


def _moment(text: str) -> int | None:
    if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
        return int(float(text) * SECOND)
    if re.fullmatch(r"\d{15,17}", text):  # as `rabta context list --json` tells it
        return int(text)
    return micros(text)


def _notice(
    path: Path, number: int, cells: Mapping[str, object] | None, unsaid: Unsaid
) -> Notice:
    if cells is None:
        raise DataError("no object", file=str(path), row=number, hint=_CURE)
    row = {_ALSO.get(name.lower(), name.lower()): cell for name, cell in cells.items()}

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

    start, end, published = moment("start"), moment("end"), moment("published")
    if published is not None and published < EARLIEST:
        published = None  # the year is mistyped: the rest is none the worse
    entity = _entity(text("entity"), row) or unsaid.about
    if start is None or not entity:
        raise DataError("incomplete", file=str(path), row=number, hint=_CURE)
    kind = text("kind").lower() or unsaid.kind or "notice"
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
        source=text("source") or unsaid.source or path.name,
        trust=_trust(text("trust"), unsaid.trust, path, number),
        published=published,
        says=text("says") or text("words"),
        link=text("link"),
    )


def _entity(name: str, row: Mapping[str, object]) -> str:
    """Return an entity; a bare name in a list of cables is a cable."""
    if not name or "/" in name or name == "host" or "words" not in row:
        return name
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"cable/{slug}"


def _trust(word: str, usual: float | None, path: Path, number: int) -> float:
    if not word:
        return _USUAL if usual is None else usual
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
