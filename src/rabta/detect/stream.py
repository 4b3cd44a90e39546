"""Detection as readings come in: the same kernel, the same fusion, revised verdicts.

Works on event time. A bin of a feed is taken when a reading of a later bin has come;
what comes later still for that bin is dropped and counted. Every push tells what is
new: a disruption that opened, changed, ended or turned out to be none.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum
from typing import Any, Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY
from rabta.detect.batch import LAG, Judged, conclude
from rabta.detect.found import Found, Shift
from rabta.detect.run import run, trait_of
from rabta.detect.signal import Regular, Signal, SignalKind, regular
from rabta.detect.state import State
from rabta.detect.track import LevelShift


KEPT: Final = 8 * DAY
"""How much of the past fusion looks at again..."""
LONGEST: Final = 62 * DAY
"""...or, while a disruption lasts, at most this much."""
_NOTABLE: Final = 0.05
"""A change of depth worth a revision."""
_WAITING: Final = ("times", "waiting", "observations")
_TRACKED: Final = ("baseline", "residual", "z", "inflation", "fired", "basis")


class News(StrEnum):
    """What became of a disruption."""

    OPENED = "opened"
    REVISED = "revised"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of one disruption."""

    number: int
    """Of the disruption, for this stream."""
    news: News
    found: Found
    watermark: int
    """Bins before this are final; microseconds UTC."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A signal that will be pushed."""

    name: str
    kind: SignalKind
    step: int
    """Microseconds."""
    higher_is_worse: bool | None = None


Readings = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""Times, values and the observations behind each, NaN where that is not known."""


@dataclass(frozen=True, slots=True)
class _SavedLane:
    start: int
    late: int
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class _Saved:
    lanes: tuple[_SavedLane, ...]
    next: int
    known: tuple[tuple[int, Found], ...]


@dataclass(slots=True)
class _Lane:
    """One feed: what waits for its bin to be over, and the judged past."""

    feed: Feed
    state: State
    waiting: Readings
    past: Judged
    late: int = 0


class Stream:
    """One entity, live."""

    def __init__(self, entity: str, timezone: tzinfo, feeds: Sequence[Feed]) -> None:
        self.entity = entity
        self.timezone = timezone
        self._lanes = {feed.name: _lane(feed, timezone) for feed in feeds}
        self._known: dict[int, Found] = {}
        self._next = 0

    @property
    def watermark(self) -> int | None:
        """Bins before this are final; None before the first."""
        ends = [_end(lane.past.series) for lane in self._filled()]
        return max(ends) - LAG if ends else None

    @property
    def late(self) -> int:
        """Return how many readings came too late to count."""
        return sum(lane.late for lane in self._lanes.values())

    @property
    def disruptions(self) -> tuple[Found, ...]:
        """Return the newest version of those still looked at, oldest first."""
        return tuple(sorted(self._known.values(), key=lambda f: f.onset))

    def push(
        self,
        name: str,
        times: NDArray[np.int64],
        values: NDArray[np.float64],
        weights: NDArray[np.float64] | None = None,
    ) -> list[Revision]:
        """Take readings of feed *name* (in any order) and return what is new.

        *weights* are the observations behind each value, as in ``Signal``. Raises
        KeyError for a feed that was not announced.
        """
        if weights is None:
            weights = np.full(len(times), np.nan)
        return self.push_all({name: (times, values, weights)})

    def push_all(self, readings: Mapping[str, Readings]) -> list[Revision]:
        """Take readings of several feeds at once."""
        took = [
            _take(self._lanes[name], some, self.timezone)
            for name, some in readings.items()
        ]
        if not any(took):
            return []
        self._forget()
        horizon = self._horizon()
        judged = [_until(lane.past, horizon) for lane in self._filled()]
        judged = [one for one in judged if len(one.series.values)]
        if not judged:
            return []
        return self._compare(conclude(judged, self.entity))

    def _horizon(self) -> int:
        """Return until when to decide: feeds that lag are waited for, but not long."""
        ends = [_end(lane.past.series) for lane in self._filled()]
        return max(min(ends), max(ends) - LAG)

    def dump(self) -> bytes:
        """Return everything that ``load`` needs, but the list of feeds."""
        arrays: dict[str, NDArray[Any]] = {}
        lanes = []
        for i, lane in enumerate(self._lanes.values()):
            past = lane.past
            arrays[f"{i}.state"] = np.frombuffer(lane.state.dump(), dtype=np.uint8)
            for field, array in zip(_WAITING, lane.waiting, strict=True):
                arrays[f"{i}.{field}"] = array
            arrays[f"{i}.values"] = past.series.values
            for field in _TRACKED:
                arrays[f"{i}.{field}"] = getattr(past, field)
            lanes.append(_SavedLane(past.series.start, lane.late, past.shifts))
        header = _Saved(tuple(lanes), self._next, tuple(self._known.items()))
        arrays["header"] = np.frombuffer(msgspec.json.encode(header), dtype=np.uint8)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def load(
        cls, data: bytes, entity: str, timezone: tzinfo, feeds: Sequence[Feed]
    ) -> Self:
        """Resume from *data*, with the same feeds in the same order.

        Raises ValueError when the saved state belongs to other feeds.
        """
        stream = cls(entity, timezone, feeds)
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            header = msgspec.json.decode(arrays["header"].tobytes(), type=_Saved)
            if len(header.lanes) != len(feeds):
                raise ValueError(f"{entity}: saved for other feeds")
            lanes = zip(stream._lanes.values(), header.lanes, strict=True)
            for i, (lane, told) in enumerate(lanes):
                lane.state = State.load(arrays[f"{i}.state"].tobytes())
                if lane.state.traits != (trait_of(lane.past.series),):
                    raise ValueError(f"{lane.feed.name}: saved for another feed")
                times, values, weights = (arrays[f"{i}.{field}"] for field in _WAITING)
                lane.waiting = times, values, weights
                lane.late = told.late
                series = replace(
                    lane.past.series, start=told.start, values=arrays[f"{i}.values"]
                )
                fields = {field: arrays[f"{i}.{field}"] for field in _TRACKED}
                lane.past = replace(
                    lane.past, series=series, shifts=told.shifts, **fields
                )
        stream._known = dict(header.known)
        stream._next = header.next
        return stream

    def _filled(self) -> list[_Lane]:
        return [lane for lane in self._lanes.values() if len(lane.past.series.values)]

    def _forget(self) -> None:
        """Let go of what is old, but for an open disruption and the day before it."""
        newest = max(_end(lane.past.series) for lane in self._filled())
        begun = [f.onset - DAY for f in self._known.values() if f.end is None]
        oldest = max(min([newest - KEPT, *begun]), newest - LONGEST) // DAY * DAY
        for lane in self._filled():
            _cut(lane, oldest)
        self._known = {
            number: one
            for number, one in self._known.items()
            if one.end is None or one.onset >= oldest + DAY
        }

    def _compare(self, now: tuple[Found, ...]) -> list[Revision]:
        """Match what is found now with what was told before."""
        watermark = self.watermark or 0
        told: list[Revision] = []
        left = dict(self._known)
        for one in now:
            number = next((n for n, old in left.items() if _same(old, one)), None)
            if number is None:
                settled = one.end is not None and one.noticed < watermark - KEPT + DAY
                if settled:
                    continue  # the end of what was let go of
                self._next += 1
                number = self._next
                news = News.OPENED if one.end is None else News.CLOSED
                self._known[number] = one
                told.append(Revision(number, news, one, watermark))
                continue
            old = left.pop(number)
            if not _differs(old, one):
                continue
            newer = replace(one, revision=old.revision + 1)
            self._known[number] = newer
            ended = old.end is None and one.end is not None
            news = News.CLOSED if ended else News.REVISED
            told.append(Revision(number, news, newer, watermark))
        for number, old in left.items():
            del self._known[number]
            gone = replace(old, revision=old.revision + 1)
            told.append(Revision(number, News.WITHDRAWN, gone, watermark))
        return told


def _lane(feed: Feed, timezone: tzinfo) -> _Lane:
    signal = Signal(
        feed.name,
        feed.kind,
        np.empty(0, dtype=np.int64),
        np.empty(0),
        higher_is_worse=feed.higher_is_worse,
    )
    series = regular(signal, timezone, feed.step)
    state = State.create(trait_of(series), feed.step, timezone)
    single = np.empty(0, dtype=np.float32)
    past = Judged(
        series,
        single,
        single,
        single,
        np.empty(0, dtype=np.bool_),
        single,
        np.empty(0, dtype=np.uint8),
        (),
    )
    nothing = np.empty(0)
    return _Lane(feed, state, (signal.times, nothing, nothing), past)


def _take(lane: _Lane, readings: Readings, timezone: tzinfo) -> bool:
    """Judge the bins of *lane* that are over; tell whether there were any."""
    step = lane.feed.step
    begun = lane.state.next
    times = readings[0]
    if begun is not None:
        fresh = times >= begun
        lane.late += int((~fresh).sum())
        readings = _where(readings, fresh)
    lane.waiting = _joined(lane.waiting, readings)
    times = lane.waiting[0]
    if not len(times):
        return False
    open_bin = int(times.max()) // step * step
    start = int(times.min()) // step * step if begun is None else begun
    if open_bin <= start:
        return False
    over = times < open_bin
    times, values, weights = _where(lane.waiting, over)
    lane.waiting = _where(lane.waiting, ~over)
    weighed = len(weights) > 0 and bool(np.isfinite(weights).all())
    series = lane.past.series
    signal = Signal(
        series.name,
        series.kind,
        times,
        values,
        weights if weighed else None,
        higher_is_worse=series.higher_is_worse,
    )
    some = regular(signal, timezone, step)
    at = (some.start - start) // step
    here = slice(at, at + len(some.values))
    filled = np.full((open_bin - start) // step, np.nan)
    filled[here] = some.values
    behind = None
    if weighed and some.weights is not None:
        behind = np.zeros(len(filled))
        behind[here] = some.weights
    _append(lane, replace(series, start=start, values=filled, weights=behind))
    return True


def _where(readings: Readings, kept: NDArray[np.bool_]) -> Readings:
    times, values, weights = readings
    return times[kept], values[kept], weights[kept]


def _joined(old: Readings, new: Readings) -> Readings:
    return (
        np.concatenate((old[0], new[0])),
        np.concatenate((old[1], np.asarray(new[1], dtype=np.float64))),
        np.concatenate((old[2], np.asarray(new[2], dtype=np.float64))),
    )


def _append(lane: _Lane, series: Regular) -> None:
    track = run(lane.state, series)
    old = lane.past
    begun = old.series.start if len(old.series.values) else series.start
    joined = np.concatenate((old.series.values, series.values))
    shifts = tuple(_shift(lane, one) for one in track.shifts)
    lane.past = Judged(
        replace(old.series, start=begun, values=joined),
        np.concatenate((old.residual, track.residual)),
        np.concatenate((old.z, track.z)),
        np.concatenate((old.inflation, track.inflation)),
        np.concatenate((old.fired, track.fired)),
        np.concatenate((old.baseline, track.baseline)),
        np.concatenate((old.basis, track.maturity)),
        old.shifts + shifts,
    )


def _shift(lane: _Lane, shift: LevelShift) -> Shift:
    """Return *shift* with its bins as times."""
    now, number, step = lane.state.next or 0, lane.state.number, lane.feed.step
    return Shift(
        lane.feed.name,
        now - (number - shift.onset) * step,
        now - (number - shift.accepted) * step,
        shift.magnitude,
    )


def _cut(lane: _Lane, oldest: int) -> None:
    """Forget the bins of *lane* before *oldest*, microseconds UTC."""
    gone = (oldest - lane.past.series.start) // lane.past.series.step
    if gone > 0:
        kept = tuple(shift for shift in lane.past.shifts if shift.accepted >= oldest)
        past = _part(lane.past, gone, len(lane.past.series.values))
        lane.past = replace(past, shifts=kept)


def _until(past: Judged, horizon: int) -> Judged:
    """Return the bins of *past* that are over by *horizon*, microseconds UTC."""
    return _part(past, 0, max(0, (horizon - past.series.start) // past.series.step))


def _part(past: Judged, first: int, last: int) -> Judged:
    here = slice(first, last)
    return Judged(
        past.series.part(first, min(last, len(past.series.values))),
        past.residual[here],
        past.z[here],
        past.inflation[here],
        past.fired[here],
        past.baseline[here],
        past.basis[here],
        past.shifts,
    )


def _end(series: Regular) -> int:
    return series.start + len(series.values) * series.step


def _same(old: Found, new: Found) -> bool:
    """Tell whether both are versions of one disruption: they overlap."""
    before_end = old.end is None or new.onset < old.end
    return before_end and (new.end is None or old.onset < new.end)


def _differs(old: Found, new: Found) -> bool:
    """Tell whether *new* says something that a reader would want to know."""
    same = (old.onset, old.end, old.kind, old.severity, old.confirmed)
    if same != (new.onset, new.end, new.kind, new.severity, new.confirmed):
        return True
    return abs(old.depth - new.depth) > _NOTABLE
