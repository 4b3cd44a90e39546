"""What is usual for each uplink, learnt over weeks, and what departs from it.

The ladder says within seconds what is broken. This says what the ladder cannot see: a
line that works, and is worse than it usually is at this time of the week. What the
ladder already recorded is not told twice.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Protocol
from urllib.parse import quote
from zipfile import BadZipFile

import numpy as np

from rabta.agent.as_usual import Known, with_usual
from rabta.agent.figures import Figures
from rabta.agent.findings import UNUSUAL, facts, utc
from rabta.agent.learnt import Learnt, Minute, write_snapshot
from rabta.agent.ledger import Disruptions
from rabta.clock import DAY, HOUR, MINUTE
from rabta.detect.found import Basis, Found, Severity
from rabta.detect.lane import Feed
from rabta.detect.signal import SignalKind
from rabta.detect.stream import News, Revision, Stream
from rabta.errors import PlatformError, StoreError
from rabta.model import (
    Cause,
    Disruption,
    Evidence,
    LineKey,
    Message,
    Observation,
    Probe,
    Rung,
    State,
    Verdict,
)


log = logging.getLogger(__name__)

_STEP = 5 * MINUTE
_FEEDS = (
    Feed("rtt-4", SignalKind.RTT, _STEP),
    Feed("loss-4", SignalKind.FRACTION, _STEP, higher_is_worse=True),
    Feed("rtt-6", SignalKind.RTT, _STEP),
    Feed("loss-6", SignalKind.FRACTION, _STEP, higher_is_worse=True),
    Feed("throughput", SignalKind.THROUGHPUT, HOUR),
)
_KINDS = {feed.name: feed.kind for feed in _FEEDS}
_UNTRIED = (Basis.ROLLING, Basis.NONE)
"""Baselines too young to wake anybody by."""
_STALE = 400 * DAY
"""A pause after which what was usual says nothing; or a clock that was wrong."""
_LASTING = 15 * MINUTE
"""What is over sooner the ladder has told in more detail."""
_SURE, _ALONE = 0.8, 0.6
"""Confidence that the departure is one: in most signals, or in fewer."""


class Reader(Protocol):
    """The half of the store that reads."""

    path: Path

    def disruptions(
        self, *, start: int | None = None, entity: str | None = None, limit: int = 100
    ) -> Sequence[Disruption]:
        """Return the newest that overlap with the time since *start*."""


class Detection:
    """One stream per uplink; minutes in, disruptions out.

    What was learnt lives in a folder beside the store: all of it every hour and at the
    end, the minutes since as they pass, so that who is killed knows it again. Whatever
    happens to it costs only what was learnt, never a record.
    """

    def __init__(
        self,
        reader: Reader,
        writer: Disruptions,
        zone: tzinfo,
        known: Known = lambda _: (),
    ) -> None:
        self._reader = reader
        self._known_of = known
        self._writer = writer
        self._zone = zone
        self._folder = reader.path / "detection"
        self._minute: int | None = None
        self._figures: dict[LineKey, Figures] = {}
        self._tested: set[LineKey] = set()
        self._streams: dict[str, Stream] = {}
        self._learnt: dict[str, Learnt] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self._brief: dict[tuple[str, int], Revision] = {}

    def observe(self, observation: Observation, rung: Rung) -> None:
        """Take in what one probe of a target on *rung* saw."""
        key = (observation.uplink, observation.family)
        if observation.probe is Probe.THROUGHPUT:
            self._tested.add(key)
        elif observation.probe is Probe.FETCH and key in self._tested:
            return  # a lesser instrument would make the level jump
        figures = self._figures.get(key)
        if figures is None:
            figures = self._figures[key] = Figures()
        figures.observe(observation, rung)

    def look(self, now: int) -> None:
        """Take the minute that is over, if one is; *now* in microseconds UTC."""
        minute = now // MINUTE
        if minute == self._minute:
            return
        past, self._minute = self._minute, minute
        taken, self._figures = self._figures, {}
        if past is None or minute < past:  # the first; or the clock was set back
            return
        for key, figures in taken.items():
            self._take(key, figures, past * MINUTE, (past + 1) * MINUTE)
        for (uplink, _), revision in list(self._brief.items()):
            self._record(uplink, revision, now)

    def _take(self, key: LineKey, figures: Figures, start: int, stop: int) -> None:
        uplink, family = key
        told = (math.nan if one is None else one for one in figures.read(stop))
        minute = Minute(start, family, figures.sent, *told)
        stream = self._stream(uplink, start)
        self._learnt[uplink].append(minute)
        for revision in _push(stream, minute):
            self._record(uplink, revision, stop)

    def _stream(self, uplink: str, now: int) -> Stream:
        stream = self._streams.get(uplink)
        if stream is None:
            self._learnt[uplink] = Learnt(self._folder / quote(uplink, safe=""))
            stream = self._load(uplink)
        newest = stream.watermark
        if newest is not None and not newest - DAY < now < newest + _STALE:
            log.warning("what was learnt of %s is of another time; begun anew", uplink)
            self._forget(uplink)
            stream = Stream(stream.entity, self._zone, _FEEDS)
        self._streams[uplink] = stream
        return stream

    def _load(self, uplink: str) -> Stream:
        """Resume what was learnt of *uplink*, or begin anew."""
        entity = f"uplink/{uplink}"
        learnt = self._learnt[uplink]
        stream = Stream(entity, self._zone, _FEEDS)
        try:
            data = learnt.snapshot()
            if data is not None:
                stream = Stream.load(data, entity, self._zone, _FEEDS)
        except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
            log.warning("what was learnt of %s is lost: %s", uplink, error)
        newest: dict[int, tuple[Revision, int]] = {}
        for minute in learnt.minutes():
            for revision in _push(stream, minute):
                newest[revision.number] = revision, minute.start + MINUTE
        for revision, now in newest.values():
            self._record(uplink, revision, now)
        return stream

    def _forget(self, uplink: str) -> None:
        try:
            self._learnt[uplink].forget()
        except OSError as error:
            log.warning("what was learnt of %s cannot be removed: %s", uplink, error)

    def dump(self) -> dict[Path, bytes]:
        """Return what was learnt, for ``write``."""
        return {
            self._learnt[uplink].next_snapshot(): stream.dump()
            for uplink, stream in self._streams.items()
        }

    @staticmethod
    def write(files: Mapping[Path, bytes]) -> None:
        """Keep what was learnt; a refusal costs nothing but that."""
        try:
            for file, content in files.items():
                write_snapshot(file, content)
        except (OSError, PlatformError) as error:
            log.warning("what was learnt could not be kept: %s", error)

    def _record(self, uplink: str, revision: Revision, now: int) -> None:
        found = revision.found
        key = (uplink, revision.number)
        gone = revision.news is News.WITHDRAWN
        self._brief.pop(key, None)
        try:
            number = self._numbers.get(key)
            earlier = None if number else self._recorded(found)
            if earlier is not None:
                number = earlier.id
            if number is None and (gone or not _told_by_grown(found)):
                return
            if number is None and _lasted(found, now) < _LASTING:
                if found.end is None:
                    self._brief[key] = revision
                return
            if number is None and self._known(found):
                return
        except StoreError as error:
            log.warning("%s: %s", found.entity, error)
            return
        verdict = verdict_of(found, uplink, revision.watermark, withdrawn=gone)
        if found.end is None:
            known = self._known_of(found.entity)
            verdict = with_usual(verdict, known, verdict.time, found.depth)
        told = earlier is not None and earlier.verdicts[-1] == verdict
        if number is None:
            number = self._writer.open_disruption(
                found.entity,
                found.kind,
                found.onset,
                found.onset_uncertainty_s,
                found.depth,
                verdict,
            )
        elif not told:  # else it was, before a restart
            self._writer.add_disruption_verdict(
                number, verdict, found.kind, found.depth
            )
        self._numbers[key] = number
        end = found.onset if gone else found.end
        if end is not None:
            self._writer.close_disruption(number, end)

    def _recorded(self, found: Found) -> Disruption | None:
        """Return the disruption that an earlier run recorded for *found*."""
        return next(
            (
                one
                for one in self._overlapping(found)
                if one.verdicts[-1].code == UNUSUAL
            ),
            None,
        )

    def _known(self, found: Found) -> bool:
        """Tell whether the ladder saw it, and knows more."""
        return bool(self._overlapping(found))

    def _overlapping(self, found: Found) -> list[Disruption]:
        begun = self._reader.disruptions(start=found.onset, entity=found.entity)
        return [one for one in begun if found.end is None or one.onset < found.end]


def _push(stream: Stream, minute: Minute) -> list[Revision]:
    """Take in what one line showed; the values that were not measured are left out."""
    values = {
        f"rtt-{minute.family}": minute.rtt,
        f"loss-{minute.family}": minute.loss,
        "throughput": minute.throughput,
    }
    times = np.array([minute.start], dtype=np.int64)
    told: list[Revision] = []
    for name, value in values.items():
        if math.isnan(value):
            continue
        behind = None
        if _KINDS[name] is SignalKind.FRACTION:
            behind = np.array([minute.sent], dtype=np.float64)
        told += stream.push(name, times, np.array([value]), behind)
    return told


def _lasted(found: Found, now: int) -> int:
    """Return for how long it went on for sure: three good bins make an end."""
    return (now - 3 * _STEP if found.end is None else found.end) - found.onset


def _told_by_grown(found: Found) -> bool:
    """Tell whether the baseline of a signal that showed it is old enough."""
    return any(part.fired and part.basis not in _UNTRIED for part in found.signals)


def verdict_of(
    found: Found, uplink: str, watermark: int, *, withdrawn: bool = False
) -> Verdict:
    """Say what departed from the usual; never why."""
    kinds = {_KINDS[part.name] for part in found.signals if part.fired}
    what = "withdrawn" if withdrawn else _what(kinds)
    sentence = Message.of(f"detect.live.{what}", uplink=uplink)
    if found.settled is not None and not withdrawn:
        since = utc(found.onset)
        sentence = Message.of("detect.live.settled", uplink=uplink, since=since)
    worse = State.DOWN if found.severity is Severity.BLACKOUT else State.DEGRADED
    return Verdict(
        time=max(watermark, found.noticed),
        entity=found.entity,
        code=UNUSUAL,
        row=-1,
        state=State.UP if withdrawn else worse,
        sentence=sentence,
        confidence=_SURE if found.confirmed else _ALONE,
        causes=() if withdrawn else ((Cause.UNKNOWN, 1.0),),
        evidence=tuple(Evidence(name, says, 0.0) for name, says in _facts(found)),
        alternatives=(),
        next_test=None,
        since=found.onset,
        model="detection-1",
    )


def _what(kinds: set[SignalKind]) -> str:
    names: Mapping[SignalKind, str] = {
        SignalKind.RTT: "delay",
        SignalKind.FRACTION: "loss",
        SignalKind.THROUGHPUT: "throughput",
    }
    return names[next(iter(kinds))] if len(kinds) == 1 else "several"


def _facts(found: Found) -> list[tuple[str, Message]]:
    """Return the facts; an address family that the line lacks is no missing feed."""
    return [
        (name, says)
        for name, says in facts(found, _KINDS)
        if not name.startswith("unavailable/")
    ]
