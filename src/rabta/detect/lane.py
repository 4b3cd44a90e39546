"""One feed as its readings come in: what waits for its bin to be over, and the past.

A bin is judged when a reading of a later bin has come; what comes later still for that
bin is dropped and counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY
from rabta.detect.grain import effect_of
from rabta.detect.judged import Judged, shifts_of
from rabta.detect.returned import rebased
from rabta.detect.run import run, trait_of
from rabta.detect.signal import Regular, Signal, SignalKind, regular
from rabta.detect.state import State


GRAINS: Final = 7 * DAY
"""How much of the past tells the step of a signal of few."""
STEPS: Final = 10
"""Changes without which nothing is learnt: a calm week's few may be an outage's."""

Readings = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
"""Times, values and the observations behind each, NaN where that is not known."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A signal that will be pushed."""

    name: str
    kind: SignalKind
    step: int
    """Microseconds."""
    higher_is_worse: bool | None = None


@dataclass(slots=True)
class Lane:
    """One feed: what waits for its bin to be over, and the judged past."""

    feed: Feed
    state: State
    waiting: Readings
    past: Judged
    late: int = 0


def lane_of(feed: Feed, timezone: tzinfo) -> Lane:
    """Return the lane of *feed* before its first reading."""
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
    return Lane(feed, state, (signal.times, nothing, nothing), past)


def take(lane: Lane, readings: Readings, timezone: tzinfo) -> bool:
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


def _append(lane: Lane, series: Regular) -> None:
    for some in _days(series):
        track = run(lane.state, some)
        shifts = shifts_of(some, track, track.first)
        lane.past = lane.past.joined(Judged.of(some, track, shifts))
        if some.end // DAY > some.start // DAY:
            _learn_grain(lane)
    lane.past = rebased(lane.past)


def _days(series: Regular) -> Iterator[Regular]:
    """Cut *series* where a day of UTC begins, however its readings came."""
    days = series.times() // DAY
    cuts = (np.flatnonzero(np.diff(days)) + 1).tolist()
    for first, end in pairwise((0, *cuts, len(days))):
        yield series.part(first, end)


def _learn_grain(lane: Lane) -> None:
    """Take the smallest effect from the steps of the days before.

    Once a day, from whole days that every lane still has: so neither how readings come
    nor what is let go of meanwhile makes a difference.
    """
    series = lane.past.series
    readings = min(-(-GRAINS // series.step), len(series.values))
    some = series.part(len(series.values) - readings, len(series.values))
    known = some.values[np.isfinite(some.values)]
    if np.count_nonzero(np.diff(known)) >= STEPS:
        lane.state.smallest = effect_of(some).least


def cut(lane: Lane, oldest: int) -> None:
    """Forget the bins of *lane* before *oldest*, microseconds UTC."""
    gone = (oldest - lane.past.series.start) // lane.past.series.step
    if gone > 0:
        kept = tuple(shift for shift in lane.past.shifts if shift.accepted >= oldest)
        past = lane.past.part(gone, len(lane.past.series.values))
        lane.past = replace(past, shifts=kept)


def until(past: Judged, horizon: int) -> Judged:
    """Return the bins of *past* that are over by *horizon*, microseconds UTC."""
    return past.part(0, max(0, (horizon - past.series.start) // past.series.step))
