"""Detection as readings come in: the same kernel, the same fusion, revised verdicts.

Works on event time, feed by feed; see ``rabta.detect.lane``. Every push tells what is
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
from rabta.detect.conclude import conclude
from rabta.detect.found import Found, Shift
from rabta.detect.judged import BIN_BY_BIN
from rabta.detect.lane import Feed, Lane, Readings, cut, lane_of, take, until
from rabta.detect.run import trait_of
from rabta.detect.settings import LAG
from rabta.detect.state import State


KEPT: Final = 8 * DAY
"""How much of the past fusion looks at again..."""
LONGEST: Final = 62 * DAY
"""...or, while a disruption lasts, at most this much."""
_NOTABLE: Final = 0.05
"""A change of depth worth a revision."""
_EXACT: Final = 1e-6
_WAITING: Final = ("times", "waiting", "observations")


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
class _SavedLane:
    start: int
    late: int
    shifts: tuple[Shift, ...]
    smallest: float | None = None


@dataclass(frozen=True, slots=True)
class _Saved:
    lanes: tuple[_SavedLane, ...]
    next: int
    known: tuple[tuple[int, Found], ...]
    day: int | None = None
    oldest: int = 0


class Stream:
    """One entity, live."""

    def __init__(self, entity: str, timezone: tzinfo, feeds: Sequence[Feed]) -> None:
        self.entity = entity
        self.timezone = timezone
        self._lanes = {feed.name: lane_of(feed, timezone) for feed in feeds}
        self._known: dict[int, Found] = {}
        self._next = 0
        self._day: int | None = None
        self._oldest = 0

    @property
    def watermark(self) -> int | None:
        """Bins before this are final; None before the first."""
        ends = [lane.past.series.end for lane in self._filled()]
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
        """Take readings of several feeds at once.

        What is old is let go of from day to day of the readings, however many come
        at once: so cutting them differently changes nothing.
        """
        told: list[Revision] = []
        for day in self._new_days(readings):
            before, readings = _parted(readings, day * DAY)
            self._take(before)
            told += self._conclude()
            self._forget()
            self._day = day
        if self._take(readings):
            told += self._conclude()
        return told

    def _new_days(self, readings: Mapping[str, Readings]) -> list[int]:
        """Return the days since 1970 that begin with *readings*, but for the first."""
        all_ = [times // DAY for times, _, _ in readings.values()]
        days = np.unique(np.concatenate(all_)).tolist() if all_ else []
        if self._day is None and days:
            self._day = days[0]
        return [day for day in days if self._day is not None and day > self._day]

    def _take(self, readings: Mapping[str, Readings]) -> bool:
        """Judge the bins that are over; tell whether there were any."""
        took = [
            take(self._lanes[name], some, self.timezone)
            for name, some in readings.items()
        ]
        return any(took)

    def _conclude(self) -> list[Revision]:
        """Look again at all that is kept, and say what is new."""
        if not self._filled():
            return []
        horizon = self._horizon()
        judged = [until(lane.past, horizon) for lane in self._filled()]
        judged = [one for one in judged if len(one.series.values)]
        if not judged:
            return []
        return self._compare(conclude(judged, self.entity))

    def _horizon(self) -> int:
        """Return until when to decide: feeds that lag are waited for, but not long."""
        ends = [lane.past.series.end for lane in self._filled()]
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
            for field in BIN_BY_BIN:
                arrays[f"{i}.{field}"] = getattr(past, field)
            lanes.append(
                _SavedLane(
                    past.series.start, lane.late, past.shifts, lane.state.smallest
                )
            )
        header = _Saved(
            tuple(lanes),
            self._next,
            tuple(self._known.items()),
            self._day,
            self._oldest,
        )
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
                if told.smallest is not None:
                    lane.state.smallest = told.smallest
                times, values, weights = (arrays[f"{i}.{field}"] for field in _WAITING)
                lane.waiting = times, values, weights
                lane.late = told.late
                series = replace(
                    lane.past.series, start=told.start, values=arrays[f"{i}.values"]
                )
                fields = {field: arrays[f"{i}.{field}"] for field in BIN_BY_BIN}
                lane.past = replace(
                    lane.past, series=series, shifts=told.shifts, **fields
                )
        stream._known = dict(header.known)
        stream._next = header.next
        stream._day, stream._oldest = header.day, header.oldest
        return stream

    def _filled(self) -> list[Lane]:
        return [lane for lane in self._lanes.values() if len(lane.past.series.values)]

    def _forget(self) -> None:
        """Let go of what is old, but for an open disruption and the day before it."""
        if not self._filled():
            return
        newest = max(lane.past.series.end for lane in self._filled())
        begun = [f.onset - DAY for f in self._known.values() if f.end is None]
        oldest = max(min([newest - KEPT, *begun]), newest - LONGEST) // DAY * DAY
        self._oldest = oldest
        for lane in self._filled():
            cut(lane, oldest)
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
                if one.end is not None and one.onset < self._oldest + DAY:
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


def _same(old: Found, new: Found) -> bool:
    """Tell whether both are versions of one disruption: they overlap."""
    before_end = old.end is None or new.onset < old.end
    return before_end and (new.end is None or old.onset < new.end)


def _parted(
    readings: Mapping[str, Readings], time: int
) -> tuple[dict[str, Readings], dict[str, Readings]]:
    """Return what is from before *time*, microseconds UTC, and the rest."""
    before, rest = {}, {}
    for name, (times, values, weights) in readings.items():
        early = times < time
        before[name] = times[early], values[early], weights[early]
        rest[name] = times[~early], values[~early], weights[~early]
    return before, rest


def _differs(old: Found, new: Found) -> bool:
    """Tell whether *new* says something that a reader would want to know."""
    fields = ("onset", "end", "kind", "severity", "confirmed", "settled")
    if any(getattr(old, name) != getattr(new, name) for name in fields):
        return True
    # of what is over the depth is told exactly, so that all replays end alike
    return abs(old.depth - new.depth) > (_NOTABLE if new.end is None else _EXACT)
