"""Run the kernel: one series chunk by chunk, or many series tick by tick."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rabta.detect import layout
from rabta.detect.compile import Engine, plain
from rabta.detect.signal import Regular, SignalKind
from rabta.detect.slots import WEEK, pieces
from rabta.detect.state import State
from rabta.detect.track import Anomaly, LevelShift, Track
from rabta.detect.transform import Trait, restored, transformed, transformed_row


_NEWS = 64
_GAP = 100_000
_NONE = np.empty(0)

News = Anomaly | LevelShift
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Outputs = tuple[Singles, Singles, Singles, Singles, NDArray[np.uint8]]
"""Baseline, residual, z, inflation, flags."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One bin of many series; arrays of shape (series,), as in ``Track``."""

    number: int
    """Of the bin, counted from the first one the state ever saw."""
    baseline: NDArray[np.float32]
    residual: NDArray[np.float32]
    z: NDArray[np.float32]
    inflation: NDArray[np.float32]
    flags: NDArray[np.uint8]
    news: tuple[tuple[int, News], ...]
    """(series, what closed or shifted), in order of series."""


def trait_of(series: Regular) -> Trait:
    """Return what *series* is, for ``State.create``."""
    return Trait(series.kind, series.higher_is_worse)


def run(
    state: State,
    series: Regular,
    *,
    baseline: NDArray[np.float64] | None = None,
    engine: Engine = plain,
) -> Track:
    """Take the next bins of one series.

    Cutting a series into chunks changes nothing; bins that are left out between two
    chunks count as missing. *baseline*, in the unit of the signal, replaces the
    state's own: nothing but the scale is learnt then. Raises ValueError when the
    chunk belongs to another grid or lies in the past.
    """
    if len(state.traits) != 1 or state.traits[0] != trait_of(series):
        raise ValueError(f"{series.name}: the state belongs to other series")
    if series.step != state.step:
        raise ValueError(f"{series.name}: steps differ")
    if not len(series.values):
        return Track(state.number, *_outputs(0), (), ())
    _skip_to(state, series.start, engine)
    first = state.number
    trait = state.traits[0]
    values = transformed(series.values, trait)
    noises = _NONE
    if trait.kind is SignalKind.FRACTION and series.weights is not None:
        noises = np.zeros(len(values))
        np.divide(1.0, series.weights, out=noises, where=series.weights > 0)
    given = _NONE if baseline is None else transformed(baseline, trait)
    told, outputs = _advance(state, values, noises, given, engine)
    anomalies = [item for _, item in told if isinstance(item, Anomaly)]
    shifts = [item for _, item in told if isinstance(item, LevelShift)]
    if state.rows[layout.OPEN]:
        anomalies.append(_open(state.rows))
    return Track(
        first,
        restored(outputs[0], trait),
        *outputs[1:],
        tuple(anomalies),
        tuple(shifts),
    )


def ticks(
    state: State,
    start: int,
    values: NDArray[np.float64],
    *,
    engine: Engine = plain,
) -> Tick:
    """Take one bin, *start* in microseconds UTC, of every series; NaN where missing."""
    if len(values) != len(state.traits):
        raise ValueError(f"{len(values)} values for {len(state.traits)} series")
    _skip_to(state, start, engine)
    number = state.number
    ready = transformed_row(values, state.groups)
    told, outputs = _advance(state, ready, _NONE, _NONE, engine)
    return Tick(number, *outputs, tuple(told))


def _skip_to(state: State, start: int, engine: Engine) -> None:
    """Take the bins before *start* as missing."""
    if state.next is None:
        state.next = start
    if (start - state.next) % state.step:
        raise ValueError("bins of another grid")
    if start < state.next:
        raise ValueError("bins that were already taken")
    series = len(state.traits)
    while state.next < start:
        bins = min((start - state.next) // state.step, max(1, _GAP // series))
        _advance(state, np.full(series * bins, np.nan), _NONE, _NONE, engine)


def _advance(
    state: State, values: Floats, noises: Floats, given: Floats, engine: Engine
) -> tuple[list[tuple[int, News]], Outputs]:
    """Take *values*, series after series, from ``state.next`` on."""
    assert state.next is not None  # noqa: S101
    series = len(state.traits)
    bins = len(values) // series
    outputs = _outputs(len(values))
    told: list[tuple[int, News]] = []
    news = np.empty((_NEWS + 2 * series) * layout.NEWS)
    count = np.zeros(1, dtype=np.int64)
    scratch = np.empty(max(WEEK // state.width, 8))
    for piece in pieces(state.next, state.step, bins, state.width, state.timezone):
        slot, past = piece.slot, piece.past
        first = piece.first
        while first < piece.last:
            last = piece.last
            here = slice(first * series, last * series)
            done = engine(
                state.rows,
                state.characters,
                state.grid,
                state.ring,
                state.medians,
                state.filled,
                scratch,
                slot,
                float(past),
                values[here],
                noises[here],
                given[here],
                series,
                last - first,
                *(output[here] for output in outputs),
                news,
                count,
            )
            told += [_item(row) for row in news.reshape(-1, layout.NEWS)[: count[0]]]
            count[0] = 0
            slot, past = _after(slot, past, done * state.step, state.width)
            first += done
    state.next += bins * state.step
    return told, outputs


def _after(slot: int, past: int, time: int, width: int) -> tuple[int, int]:
    moved = (slot * width + past + time) % WEEK
    return moved // width, moved % width


def _outputs(size: int) -> Outputs:
    baseline, residual, z, inflation = np.empty((4, size), dtype=np.float32)
    return baseline, residual, z, inflation, np.empty(size, dtype=np.uint8)


def _item(row: Floats) -> tuple[int, News]:
    kind = int(row[layout.KIND])
    series, onset = int(row[layout.SERIES]), int(row[layout.FROM])
    noticed = int(row[layout.NOTICED])
    if kind in (layout.SHIFT, layout.RETURN):
        magnitude = float(row[layout.MINIMUM])
        return series, LevelShift(onset, noticed, magnitude, kind == layout.RETURN)
    ended = kind == layout.ENDED
    lost, readings = float(row[layout.LOST_SUM]), float(row[layout.LOST_COUNT])
    return series, Anomaly(
        onset,
        noticed,
        int(row[layout.UNTIL]) if ended else None,
        int(row[layout.CLOSED]),
        -lost / readings,
        -lost,
        float(row[layout.MINIMUM]),
        accepted=not ended,
    )


def _open(row: Floats) -> Anomaly:
    """Return the anomaly that is open; what looks like recovery does not count yet."""
    lost, readings = float(row[layout.LOST]), float(row[layout.WORSE])
    return Anomaly(
        int(row[layout.ONSET]),
        int(row[layout.FIRE]),
        None,
        None,
        -lost / readings,
        -lost,
        float(row[layout.LOWEST]),
        accepted=False,
    )
