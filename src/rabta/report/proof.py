"""What a report rests on: its hours out of the evidence log, and whether they agree.

The hours and throughput tests a report tells of each line are a pure function of the
log's entries. Loss and delay are one of the hours; availability, terms and credits one
of hours, tests and the disruptions that are told. Whoever has the file can compute them
again; ``rabta verify`` does, and names what it cannot.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from rabta.clock import HOUR, Clock
from rabta.cost.service import samples
from rabta.cost.service.availability import Availability
from rabta.cost.service.rates import Rated
from rabta.cost.service.terms import Seen
from rabta.cost.service.together import together
from rabta.errors import StoreError
from rabta.model import Message, Probe
from rabta.model.message import Arg
from rabta.report.again import (
    LONGEST,
    Told,
    ToldIncident,
    availability_follows,
    equal,
    figures_follow,
    judgement_follows,
    owns_up,
    seen_of,
    troubles_follow,
)
from rabta.report.counted import PLAIN
from rabta.report.evidence import (
    Finding,
    Hour,
    Key,
    Mark,
    Verified,
    bundle,
    check,
    encode,
    signing_key,
)
from rabta.report.evidence.log import Log
from rabta.report.facts import Judgement, Line, Report
from rabta.report.logged import RATED, Logged, Reader
from rabta.report.words import FAULTS, words_follow
from rabta.report.zone import zone_of
from rabta.store.evidence import FILE


_SLACK = 2e-6
"""Seconds; the log's delays are whole microseconds."""
_CLIENT = "client"
"""Whose facts hold neither loss nor delay."""


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
    together: Availability
    incidents: tuple[ToldIncident, ...]
    edition: str = ""

    def seen(self, line: Told) -> Seen:
        """Return what is told of *line*."""
        return seen_of(line, self.start, self.stop, zone_of(self.timezone))


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
    shown = _shown(report.lines, report.audience)

    def wanted(uplink: str, target: str) -> bool:
        return (uplink, target) in shown

    key = signing_key(folder)
    found = bundle(folder, report.start, report.stop, wanted=wanted)
    return Proof(encode(found), key)


def examined(data: bytes, *, signer: str = "", held: bytes | None = None) -> Verified:
    """Check the file *data* as ``evidence.check`` does, and what it tells.

    Never raises for what is in *data* or *held*.
    """
    read = _Read()
    verified = check(data, signer=signer, held=held, reader=read.document)
    verified.findings.found += _follows(verified, read)
    return verified


class _Read:
    """A report's document, and what its evidence holds of each line it tells of.

    A fault is kept until what it rests on is known to be whole.
    """

    def __init__(self) -> None:
        self.told: _Document | None = None
        self.fault: Exception | None = None
        self._reader = Reader((), 0, 0)

    def document(self, data: bytes) -> Callable[[Hour], None]:
        """Read the document; return what the hours of its evidence are given to."""
        try:
            told = self.told = msgspec.json.decode(data, type=_Document)
            self._reader = Reader(told.lines, told.start, told.stop)
        except (*FAULTS, RecursionError) as error:
            self.fault = error
        return self._hour

    def _hour(self, hour: Hour) -> None:
        if self.fault is None:
            try:
                self._reader.take(hour)
            except FAULTS as error:
                self.fault = error

    @property
    def logged(self) -> Mapping[str, Logged]:
        """What the evidence holds, by uplink."""
        return self._reader.found


def _follows(verified: Verified, read: _Read) -> list[Finding]:
    """Say what of a report follows from its evidence, and what is not looked at.

    Nothing for evidence alone, or where something is broken already.
    """
    if verified.broken or verified.opened is None or verified.bundle is None:
        return []
    told, evidence = read.told, verified.bundle
    if told is None:
        return [_broken("facts", reason=str(read.fault))]
    uplinks = Counter(line.uplink for line in told.lines)
    shown = _shown(told.lines, told.audience)
    hours = (told.start // HOUR, -(-told.stop // HOUR))
    if not told.lines or max(uplinks.values()) > 1:
        return [_broken("lines")]
    if told.audience != _CLIENT and any(
        line.nearby is None or line.unmeasured is None for line in told.lines
    ):
        return [_broken("facts", reason="loss and delay are missing")]
    if hours != (evidence.start, evidence.stop) or not (
        0 < told.stop - told.start <= LONGEST
    ):
        return [_broken("period")]
    if not shown.issuperset(evidence.pairs):
        return [_broken("pairs")]
    if any(one.uplink not in uplinks for one in told.judgements):
        return [_broken("lines")]
    try:
        if read.fault is not None:
            raise read.fault
        found = list(_computed(told, read.logged))
    except FAULTS as error:
        return [_broken("facts", reason=str(error))]
    if not any(one.mark is Mark.BROKEN for one in found):
        found += words_follow(verified.opened, told.version, told.edition)
    return [*found, *_left_open(told)]


def _shown(lines: Iterable[Told | Line], audience: str) -> set[tuple[str, str]]:
    """Return the uplinks and targets whose hours a report may enclose."""
    rated = () if audience == _CLIENT else RATED
    return {
        (line.uplink, target)
        for line in lines
        for target in (*(one[0] for one in line.series), *rated)
    }


def _computed(told: _Document, known: Mapping[str, Logged]) -> Iterator[Finding]:
    for line in told.lines:
        yield from _of_line(told, line, known[line.uplink])
    if any(line.troubles is None for line in told.lines):
        yield _finding(Mark.UNPROVEN, "earlier")
    elif not equal(told.together, together([*map(told.seen, told.lines)], PLAIN)):
        yield _broken("together")


def _of_line(told: _Document, line: Told, of_log: Logged) -> Iterator[Finding]:
    """Hold the hours of *line* against the log, then all that rests on them."""
    uplink, known = line.uplink, of_log.hours
    starts = [one.start for one in line.hours]
    first, last = told.start // HOUR * HOUR, told.stop
    fits = all(first <= at < last and at % HOUR == 0 for at in starts)
    if starts != sorted(set(starts)) or not fits:
        yield _broken("order", uplink=uplink)
        return
    if omitted := len(known.keys() - set(starts)):
        yield _broken("omitted", uplink=uplink, count=omitted)
        return
    if not _names(line.series, of_log.series):
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
    if unseen := len(set(line.series) - of_log.series):
        yield _finding(Mark.UNPROVEN, "unseen", uplink=uplink, count=unseen)
    yield from _figures(told, line, Mark.UNPROVEN if lost else Mark.PROVEN)
    tests = list(_rates(line, of_log))
    yield from tests
    yield from _outages(line, of_log)
    if line.troubles is not None:
        yield from _availability(told, line)
        doubt = lost or any(one.mark is not Mark.PROVEN for one in tests)
        mark = Mark.UNPROVEN if doubt else Mark.PROVEN
        for judgement in told.judgements:
            if judgement.uplink == uplink:
                yield from _terms(told, line, judgement, mark)


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
    uplink = line.uplink
    if not owns_up(line, told.start, told.stop):
        yield _broken("unknown", uplink=uplink)
    elif not figures_follow(line, told.seen(line)):
        yield _broken("figures", uplink=uplink)
    elif line.nearby is not None:
        low, high = line.nearby.loss.low, line.nearby.loss.high
        if low is not None and high is not None:
            key = f"figures_{mark.value}"
            yield _finding(mark, key, uplink=uplink, low=low, high=high)


def _rates(line: Told, known: Logged) -> Iterator[Finding]:
    """Hold throughput tests against the log; earlier editions told no times."""
    same = lost = 0
    for target, tests in zip(RATED, (line.downloads, line.uploads), strict=True):
        told = sorted((one.time, one.bits_per_second)
                      for one in tests if isinstance(one, Rated))  # fmt: skip
        if len(told) < len(tests):
            yield _finding(Mark.UNPROVEN, "rates")
            return
        mine = sorted(known.rates[target])
        hours = {time for time, _ in mine}
        held = [one for one in told if one[0] in hours]
        if len(held) != len(mine) or any(
            one[0] != other[0] or abs(one[1] - other[1]) > 1
            for one, other in zip(held, mine, strict=True)
        ):
            yield _broken("rates", uplink=line.uplink)
            return
        same, lost = same + len(held), lost + len(told) - len(held)
    if same:
        yield _finding(Mark.PROVEN, "rates_proven", uplink=line.uplink, count=same)
    if lost:
        yield _finding(Mark.UNPROVEN, "rates_unproven", uplink=line.uplink, count=lost)


def _availability(told: _Document, line: Told) -> Iterator[Finding]:
    uplink, down = line.uplink, line.availability.down_seconds
    if not troubles_follow(line, told.incidents, told.start, told.stop):
        yield _broken("troubles", uplink=uplink)
    elif not availability_follows(line, told.seen(line)):
        yield _broken("sums", uplink=uplink)
    elif down.low is not None and down.high is not None:
        low, high = down.low, down.high
        yield _finding(Mark.PROVEN, "sums_proven", uplink=uplink, low=low, high=high)


def _terms(
    told: _Document, line: Told, judgement: Judgement, mark: Mark
) -> Iterator[Finding]:
    uplink, name = line.uplink, judgement.profile.title
    credit, currency = judgement.credit, judgement.profile.currency
    if not judgement_follows(judgement, told.seen(line)):
        yield _broken("terms", uplink=uplink, name=name)
        return
    if count := len(judgement.results):
        key = f"terms_{mark.value}"
        yield _finding(mark, key, uplink=uplink, name=name, count=count)
    if credit.low is not None and credit.high is not None:
        low, high = round(credit.low), round(credit.high)
        args: dict[str, Arg] = {"low": low, "high": high, "currency": currency}
        yield _finding(Mark.PROVEN, "credit_proven", uplink=uplink, name=name, **args)


def _outages(line: Told, known: Logged) -> Iterator[Finding]:
    """Say what minutes of the log speak for the outages that are told, or against."""
    uplink, silent = line.uplink, known.down - known.answered
    if silent:
        args = {"count": known.down, "silent": silent}
        yield _finding(Mark.PROVEN, "outages_proven", uplink=uplink, **args)
    if known.answered:
        args = {"count": known.down, "answered": known.answered}
        yield _finding(Mark.UNPROVEN, "outages", uplink=uplink, **args)
    if known.untold:
        yield _finding(Mark.UNPROVEN, "untold", uplink=uplink, count=known.untold)


def _left_open(told: _Document) -> Iterator[Finding]:
    """Name what nobody computes again."""
    yield _finding(Mark.UNPROVEN, "availability")
    if any(line.abroad for line in told.lines):
        names = sorted({name for line in told.lines for name, _ in line.abroad})
        yield _finding(Mark.UNPROVEN, "abroad", names=tuple(names))
    if told.judgements:
        titles = sorted({one.profile.title for one in told.judgements})
        yield _finding(Mark.UNPROVEN, "limits", names=tuple(titles))


def _finding(mark: Mark, key: str, **args: Arg) -> Finding:
    return Finding(mark, Message.of(f"report.check.{key}", **args))


def _broken(key: str, **args: Arg) -> Finding:
    return _finding(Mark.BROKEN, f"broken_{key}", **args)


def _same(one: samples.Hour, other: samples.Hour) -> bool:
    return (one.sent, one.lost) == (other.sent, other.lost) and all(
        a == b or (a is not None and b is not None and abs(a - b) <= _SLACK)
        for a, b in ((one.delay, other.delay), (one.variation, other.variation))
    )
