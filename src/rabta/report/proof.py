"""What a report rests on: its hours out of the evidence log, and whether they agree.

The hours a report tells of each line are a pure function of the log's entries. Whoever
has the file can compute them again; ``rabta verify`` does.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec

from rabta.clock import HOUR, SECOND
from rabta.cost.service.samples import Hour
from rabta.model import Message
from rabta.report.evidence import (
    Figures,
    Finding,
    Key,
    Mark,
    Verified,
    bundle,
    encode,
    open_document,
    signing_key,
)
from rabta.report.evidence import Hour as Closed
from rabta.report.facts import Report


_SLACK = 2e-6
"""Seconds; the log's delays are whole microseconds."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence of a report, and the key that seals it."""

    evidence: bytes
    """JSON."""
    key: Key


class _Line(msgspec.Struct):
    uplink: str
    series: tuple[tuple[str, int, str], ...]
    hours: tuple[Hour, ...]


class _Document(msgspec.Struct):
    """As much of a report's document as is computed again."""

    lines: tuple[_Line, ...] = ()


def proof_of(folder: Path, report: Report) -> Proof:
    """Return the evidence in the store's *folder*.

    Raises:
        StoreError: there is no key or no log, or it cannot be used.
        UsageError: no hour of that time was closed.
    """
    shown = {
        (line.uplink, target) for line in report.lines for target, *_ in line.series
    }

    def wanted(uplink: str, target: str) -> bool:
        return (uplink, target) in shown

    key = signing_key(folder)
    found = bundle(folder, report.start, report.stop, wanted=wanted)
    return Proof(encode(found), key)


def follows(data: bytes, verified: Verified) -> list[Finding]:
    """Say whether the hours in the report *data* follow from what was *verified*.

    Never raises for what is in *data*.
    """
    if verified.broken:
        return []
    try:
        document = open_document(data).document
        told = msgspec.json.decode(document, type=_Document)
    except ValueError:
        return []
    if not told.lines:
        return []
    known = _hours_of(told.lines, verified.hours())
    return [
        finding
        for line, hours in zip(told.lines, known, strict=True)
        for finding in _held_against(line, hours)
    ]


def _hours_of(
    lines: Sequence[_Line], proven: Iterable[Closed]
) -> list[dict[int, Hour]]:
    """Return each line's hours by their start; a year is never held as a whole."""
    places: dict[tuple[str, str, int, str], list[int]] = defaultdict(list)
    for at, line in enumerate(lines):
        for series in set(line.series):
            places[line.uplink, *series].append(at)
    known: list[dict[int, Hour]] = [{} for _ in lines]
    for hour in proven:
        figures: list[list[Figures]] = [[] for _ in lines]
        for entry in hour.entries:
            for one in entry.series:
                name = (entry.uplink, entry.target, one.family, one.probe)
                for at in places.get(name, ()):
                    figures[at].append(one)
        for into, found in zip(known, figures, strict=True):
            if made := hour_of(hour.hour * HOUR, found):
                into[made.start] = made
    return known


def _held_against(line: _Line, known: dict[int, Hour]) -> Iterable[Finding]:
    wrong = sum(
        not _same(one, known[one.start]) for one in line.hours if one.start in known
    )
    held = sum(one.start in known for one in line.hours)
    lost = len(line.hours) - held
    if wrong:
        yield _finding(Mark.BROKEN, line.uplink, wrong)
    elif held:
        yield _finding(Mark.PROVEN, line.uplink, held)
    if lost:
        yield _finding(Mark.UNPROVEN, line.uplink, lost)


def _finding(mark: Mark, uplink: str, count: int) -> Finding:
    says = Message.of(f"report.check.{mark.value}", uplink=uplink, count=count)
    return Finding(mark, says)


def hour_of(start: int, figures: Sequence[Figures]) -> Hour | None:
    """Return one hour of a line from the entries of its targets; None for nothing."""
    sent, lost = sum(one.sent for one in figures), sum(one.lost for one in figures)
    if not sent:
        return None
    delays: dict[str, list[float]] = defaultdict(list)
    for one in figures:
        if one.median is not None and one.p95 is not None and one.minimum is not None:
            delays["median"].append(one.median / SECOND)
            delays["spread"].append((one.p95 - one.minimum) / SECOND)
    if not delays:
        return Hour(start, sent, lost, None, None)
    return Hour(start, sent, lost, median(delays["median"]), median(delays["spread"]))


def _same(one: Hour, other: Hour) -> bool:
    return (one.sent, one.lost) == (other.sent, other.lost) and all(
        a == b or (a is not None and b is not None and abs(a - b) <= _SLACK)
        for a, b in ((one.delay, other.delay), (one.variation, other.variation))
    )
