"""What a report rests on: its hours out of the evidence log, and whether they agree.

The hours a report tells of each line are a pure function of the log's entries, and
loss, delay and the terms that limit them one of those hours. Whoever has the file can
compute them again; ``rabta verify`` does, and names what it cannot.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

import msgspec

from rabta.clock import DAY, HOUR, SECOND, Clock
from rabta.cost.service.samples import Hour
from rabta.errors import StoreError
from rabta.model import Message, Probe
from rabta.model.message import Arg
from rabta.report.again import (
    Told,
    adds_up,
    figures_follow,
    is_from_hours,
    minutes_in,
    owns_up,
    terms_follow,
)
from rabta.report.evidence import (
    Figures,
    Finding,
    Key,
    Mark,
    Verified,
    bundle,
    check,
    encode,
    signing_key,
)
from rabta.report.evidence import Hour as Closed
from rabta.report.evidence.log import Log
from rabta.report.facts import Judgement, Report
from rabta.report.words import words_follow
from rabta.report.zone import zone_of
from rabta.store.evidence import FILE


_SLACK = 2e-6
"""Seconds; the log's delays are whole microseconds."""
_CLIENT = "client"
"""Whose facts hold neither loss nor delay."""
_LONGEST = 3660 * DAY
_DELAYS = {Probe.ICMP.value, Probe.TCP.value}


@dataclass(frozen=True, slots=True)
class Proof:
    """The evidence of a report, and the key that seals it."""

    evidence: bytes
    """JSON."""
    key: Key


class _Document(msgspec.Struct):
    """As much of a report's document as is computed again."""

    format: Literal["rabta-report/1"]
    version: str
    start: int
    stop: int
    timezone: str
    audience: str
    lines: tuple[Told, ...]
    judgements: tuple[Judgement, ...]
    edition: str = ""


@dataclass(slots=True)
class _Logged:
    """What the evidence holds of one line."""

    hours: dict[int, Hour] = field(default_factory=dict)
    """By their start."""
    down: int = 0
    """Minutes of them that are told to be an outage."""
    answered: int = 0
    """Those of ``down`` in which something answered."""
    series: set[tuple[str, int, str]] = field(default_factory=set)
    """All of the line by which delay is measured, told by the report or not."""


def settle(folder: Path, clock: Clock) -> None:
    """Close what hours have ended in the log of *folder*, before they are reported.

    An observation that came after its hour was closed is in the store's figures; now
    it is in the log too. Nothing happens where there is no log or it is in use.
    """
    if (folder / FILE).exists():
        try:
            with Log.open(folder, clock=clock) as log:
                log.close_hours()
        except StoreError:
            return


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


def examined(data: bytes, *, signer: str = "", held: bytes | None = None) -> Verified:
    """Check the file *data* as ``evidence.check`` does, and what it tells.

    Never raises for what is in *data* or *held*.
    """
    verified = check(data, signer=signer, held=held)
    verified.findings.found += follows(verified)
    return verified


def follows(verified: Verified) -> list[Finding]:
    """Say what of a report follows from its evidence, and what is not looked at.

    Nothing for evidence alone, or where something is broken already.
    """
    if verified.broken or verified.opened is None or verified.bundle is None:
        return []
    try:
        told = msgspec.json.decode(verified.opened.document, type=_Document)
    except (ValueError, RecursionError) as error:
        return [_broken("facts", reason=str(error))]
    evidence = verified.bundle
    uplinks = Counter(line.uplink for line in told.lines)
    shown = {(line.uplink, one[0]) for line in told.lines for one in line.series}
    hours = (told.start // HOUR, -(-told.stop // HOUR))
    if not told.lines or max(uplinks.values()) > 1:
        return [_broken("lines")]
    if told.audience != _CLIENT and any(
        line.nearby is None or line.unmeasured is None for line in told.lines
    ):
        return [_broken("facts", reason="loss and delay are missing")]
    if hours != (evidence.start, evidence.stop) or not (
        0 < told.stop - told.start <= _LONGEST
    ):
        return [_broken("period")]
    if not shown.issuperset(evidence.pairs):
        return [_broken("pairs")]
    logged = _logged(told, verified.hours())
    found: list[Finding] = []
    for line in told.lines:
        found += _of_line(told, line, logged[line.uplink])
    if any(one.uplink not in uplinks for one in told.judgements):
        found.append(_broken("lines"))
    if not any(one.mark is Mark.BROKEN for one in found):
        found += words_follow(verified.opened, told.version, told.edition)
    return [*found, *_left_open(told)]


def _logged(told: _Document, proven: Iterable[Closed]) -> dict[str, _Logged]:
    """Return what is known of each line; a year is never held as a whole."""
    lines = {line.uplink: (_Logged(), line, set(line.series)) for line in told.lines}
    hourly: dict[str, list[Figures]] = {uplink: [] for uplink in lines}
    aside: list[Figures] = []
    places: dict[tuple[str, str, int, str], list[Figures]] = {}
    for hour in proven:
        start = hour.hour * HOUR
        for entry in hour.entries:
            for one in entry.series:
                name = (entry.uplink, entry.target, one.family, one.probe)
                place = places.get(name)
                if place is None:  # of a million most are of a name that is known
                    into, _, series = lines[entry.uplink]
                    if one.probe in _DELAYS:
                        into.series.add(name[1:])
                    place = hourly[entry.uplink] if name[1:] in series else aside
                    places[name] = place
                place.append(one)
        for uplink, some in hourly.items():
            into, line, _ = lines[uplink]
            # an hour that begins before the period, or ends behind it, is told in part
            whole = told.start <= start and start + HOUR <= told.stop
            if whole and (made := hour_of(start, some)):
                into.hours[start] = made
                if mask := minutes_in(line.down, start):
                    into.down += mask.bit_count()
                    into.answered += (mask & _answered(some)).bit_count()
            some.clear()
        aside.clear()
    return {uplink: into for uplink, (into, *_) in lines.items()}


def _answered(figures: Iterable[Figures]) -> int:
    mask = 0
    for one in figures:
        mask |= int(one.measured, 16) & ~int(one.out, 16)
    return mask


def _of_line(told: _Document, line: Told, logged: _Logged) -> Iterator[Finding]:
    """Hold the hours of *line* against the log, then all that rests on them."""
    uplink, known = line.uplink, logged.hours
    starts = [one.start for one in line.hours]
    first, last = told.start // HOUR * HOUR, told.stop
    fits = all(first <= at < last and at % HOUR == 0 for at in starts)
    if starts != sorted(set(starts)) or not fits:
        yield _broken("order", uplink=uplink)
        return
    if omitted := len(known.keys() - set(starts)):
        yield _broken("omitted", uplink=uplink, count=omitted)
        return
    if not _names(line.series, logged.series):
        yield _broken("series", uplink=uplink)
        return
    held = [one for one in line.hours if one.start in known]
    lost = len(line.hours) - len(held)
    if wrong := sum(not _same(one, known[one.start]) for one in held):
        yield _finding(Mark.BROKEN, "broken", uplink=uplink, count=wrong)
        return
    if held:
        yield _finding(Mark.PROVEN, "proven", uplink=uplink, count=len(held))
    if lost:
        yield _finding(Mark.UNPROVEN, "unproven", uplink=uplink, count=lost)
    if unseen := len(set(line.series) - logged.series):
        yield _finding(Mark.UNPROVEN, "unseen", uplink=uplink, count=unseen)
    mark = Mark.UNPROVEN if lost else Mark.PROVEN
    yield from _figures(told, line, mark)
    for judgement in told.judgements:
        if judgement.uplink == uplink:
            yield from _terms(told, line, judgement, mark)
    yield from _outages(line, logged)


def _names(
    told: Iterable[tuple[str, int, str]], seen: set[tuple[str, int, str]]
) -> bool:
    """Whether *told* are the series *seen*: by echo where there is any, else by TCP."""
    names, echo, tcp = set(told), Probe.ICMP.value, Probe.TCP.value
    return all(
        (target, family, echo) in names
        or ((target, family, tcp) in names and (target, family, echo) not in seen)
        for target, family, _ in seen
    )


def _figures(told: _Document, line: Told, mark: Mark) -> Iterator[Finding]:
    uplink, zone = line.uplink, zone_of(told.timezone)
    if not owns_up(line, told.start, told.stop):
        yield _broken("unknown", uplink=uplink)
    elif not figures_follow(line, told.start, told.stop, zone):
        yield _broken("figures", uplink=uplink)
    elif not adds_up(line):
        yield _broken("sums", uplink=uplink)
    elif line.nearby is not None:
        low, high = line.nearby.loss.low, line.nearby.loss.high
        if low is not None and high is not None:
            key = f"figures_{mark.value}"
            yield _finding(mark, key, uplink=uplink, low=low, high=high)


def _terms(
    told: _Document, line: Told, judgement: Judgement, mark: Mark
) -> Iterator[Finding]:
    uplink, name = line.uplink, judgement.profile.title
    zone = zone_of(told.timezone)
    if not terms_follow(line, judgement, told.start, told.stop, zone):
        yield _broken("terms", uplink=uplink, name=name)
    elif count := sum(map(is_from_hours, judgement.results)):
        key = f"terms_{mark.value}"
        yield _finding(mark, key, uplink=uplink, name=name, count=count)


def _outages(line: Told, logged: _Logged) -> Iterator[Finding]:
    """Say how many minutes the log has answers in, of those told to be an outage."""
    if logged.down:
        yield _finding(
            Mark.UNPROVEN,
            "outages",
            uplink=line.uplink,
            count=logged.down,
            answered=logged.answered,
        )


def _left_open(told: _Document) -> Iterator[Finding]:
    """Name what nobody computes again."""
    yield _finding(Mark.UNPROVEN, "availability")
    if any(line.abroad for line in told.lines):
        names = sorted({name for line in told.lines for name, _ in line.abroad})
        yield _finding(Mark.UNPROVEN, "abroad", names=tuple(names))
    if any(line.downloads or line.uploads for line in told.lines):
        yield _finding(Mark.UNPROVEN, "rates")
    if told.judgements:
        titles = sorted({one.profile.title for one in told.judgements})
        yield _finding(Mark.UNPROVEN, "limits", names=tuple(titles))


def _finding(mark: Mark, key: str, **args: Arg) -> Finding:
    return Finding(mark, Message.of(f"report.check.{key}", **args))


def _broken(key: str, **args: Arg) -> Finding:
    return _finding(Mark.BROKEN, f"broken_{key}", **args)


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
