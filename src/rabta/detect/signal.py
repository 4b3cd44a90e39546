"""Signals as they come, and the regular series that detection works on."""

from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, MINUTE, SECOND
from rabta.detect.settings import Effect


class SignalKind(StrEnum):
    """What a signal counts; decides transform, direction and smallest effect."""

    COUNT = "count"
    """Sources, tests, requests, connected probes, bytes: any amount per step."""
    FRACTION = "fraction"
    """A share from 0 to 1, such as of probes answered or lost."""
    RTT = "rtt"
    """Round-trip or one-way delay, in any one unit."""
    THROUGHPUT = "throughput"
    """A rate, in any one unit."""
    PREFIXES = "prefixes"
    """Address blocks visible or responding."""

    @property
    def higher_is_worse(self) -> bool:
        """Return whether a rise is what hurts."""
        return self is SignalKind.RTT

    @property
    def effect(self) -> Effect:
        """Return the smallest effect that is told."""
        return _EFFECTS[self]


_EFFECTS = {
    SignalKind.COUNT: Effect(0.01, 0.10),
    SignalKind.FRACTION: Effect(0.02, 0.10),
    SignalKind.RTT: Effect(0.14, 0.14),  # the logarithm of + 15 %
    SignalKind.THROUGHPUT: Effect(0.05, 0.20),
    SignalKind.PREFIXES: Effect(0.01, 0.05),
}

_RAW_BINS = ((5 * SECOND, 30 * SECOND), (30 * SECOND, MINUTE))
"""Readings closer together than the first are gathered into bins of the second."""
_MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 720)
_STEPS = np.array([30 * SECOND, *(MINUTE * n for n in _MINUTES), DAY, 7 * DAY])
_CLOSE = 1.05
"""A spacing this close to a usual step is that step."""
_DECILE = 0.1
_SPARSE_BINS = 100_000
_LONG_SILENCE = 60 * DAY


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of one entity, as recorded; in any order, with repeats and gaps."""

    name: str
    kind: SignalKind
    times: NDArray[np.int64]
    """(n,) microseconds UTC."""
    values: NDArray[np.float64]
    """(n,) NaN where missing."""
    weights: NDArray[np.float64] | None = None
    """(n,) observations behind each value."""
    higher_is_worse: bool | None = None
    """None: as the kind says."""

    @property
    def missing(self) -> int:
        """Return how many values are NaN."""
        return int(np.count_nonzero(np.isnan(self.values)))

    @property
    def rising_hurts(self) -> bool:
        """Return whether a rise is what hurts."""
        if self.higher_is_worse is None:
            return self.kind.higher_is_worse
        return self.higher_is_worse


@dataclass(frozen=True, slots=True)
class Regular:
    """One signal on its own grid: bin *i* covers ``start + i * step`` to the next."""

    name: str
    kind: SignalKind
    higher_is_worse: bool
    timezone: tzinfo
    start: int
    """Microseconds UTC, a multiple of *step*."""
    step: int
    """Microseconds."""
    values: NDArray[np.float64]
    """(n,) in the signal's unit; NaN where nothing was measured."""
    weights: NDArray[np.float64] | None = None
    """(n,) observations behind each value; only fractions make use of it."""
    dropped: int = 0
    """Readings left out: not finite, impossible, or far away from all others."""

    @property
    def end(self) -> int:
        """Return the end of the last bin, microseconds UTC."""
        return self.start + len(self.values) * self.step

    def times(self) -> NDArray[np.int64]:
        """Return the start of every bin, microseconds UTC."""
        return self.start + self.step * np.arange(len(self.values), dtype=np.int64)

    def part(self, first: int, last: int) -> "Regular":
        """Return bins *first* to *last* (exclusive) as a series of their own."""
        weights = None if self.weights is None else self.weights[first:last]
        return Regular(
            self.name,
            self.kind,
            self.higher_is_worse,
            self.timezone,
            self.start + first * self.step,
            self.step,
            self.values[first:last],
            weights,
        )


def spacing(times: NDArray[np.int64]) -> int:
    """Return the usual step that fits *times* (any order), in microseconds.

    The median distance of distinct times, or the next longer usual step; readings
    closer together than 30 s are gathered into bins of 30 or 60 s.
    """
    gaps = np.diff(times)
    if not (gaps > 0).all():
        gaps = np.diff(np.sort(times, kind="stable"))
        gaps = gaps[gaps > 0]
    if not len(gaps):
        return 5 * MINUTE
    typical = _median(gaps)
    for below, bins in _RAW_BINS:
        if typical < below:
            return bins
    place = int(np.searchsorted(_STEPS * _CLOSE, typical))
    return int(_STEPS[min(place, len(_STEPS) - 1)])


def _median(gaps: NDArray[np.int64]) -> float:
    """Return the median of *gaps*, at once where most of them are the same."""
    usual = gaps[len(gaps) // 2]
    if 2 * np.count_nonzero(gaps == usual) > len(gaps) + 1:
        return float(usual)
    return float(np.median(gaps))


def regular(signal: Signal, timezone: tzinfo, step: int | None = None) -> Regular:
    """Gather *signal* into bins of its own step (or *step*, in microseconds).

    Values that share a bin become one: the lowest decile of delays, the mean of all
    else (weighted by the observations behind each). A bin without readings is NaN: a
    gap is never filled. Sorting, repeated and late readings do not matter.
    """
    usable = _usable(signal)
    times = signal.times[usable]
    if step is None:
        step = spacing(times)
    near = _near(times, step)
    dropped = len(signal.values) - int(np.count_nonzero(near))
    if not near.all():
        usable[usable] = near
        times = times[near]
    values = np.asarray(signal.values[usable], dtype=np.float64)
    weights = None if signal.weights is None else signal.weights[usable]
    bins = times // step
    first = int(bins.min()) if len(bins) else 0
    binned, total = _binned(signal.kind, bins - first, values, weights)
    return Regular(
        signal.name,
        signal.kind,
        signal.rising_hurts,
        timezone,
        first * step,
        step,
        binned,
        total,
        dropped,
    )


def _binned(
    kind: SignalKind,
    bins: NDArray[np.int64],
    values: NDArray[np.float64],
    weights: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return one value for every bin, and how many observations stand behind it.

    That only where they have weights, or mostly share bins.
    """
    if not len(bins):
        return np.empty(0), None
    size = int(bins.max()) + 1
    if weights is None and (np.diff(bins) > 0).all():  # as nearly all are
        alone = np.full(size, np.nan)
        alone[bins] = values
        return alone, None
    counts = np.ones(len(bins)) if weights is None else weights
    total = np.bincount(bins, counts, size).astype(np.float64)
    if kind is SignalKind.RTT:
        binned = _lowest_decile(bins, values, size)
    else:
        with np.errstate(invalid="ignore"):
            binned = np.bincount(bins, counts * values, size) / total
    gathered = weights is not None or float(np.median(total[total > 0])) > 1
    return binned, total if gathered else None


def astray(signal: Signal) -> NDArray[np.intp]:
    """Return the positions of the numbers of *signal* that ``regular`` leaves out."""
    usable = _usable(signal)
    far = np.isfinite(signal.values) & ~usable
    times = signal.times[usable]
    far[usable] = ~_near(times, spacing(times))
    return np.flatnonzero(far)


def _usable(signal: Signal) -> NDArray[np.bool_]:
    """Tell which readings are finite, possible and measured."""
    usable = np.isfinite(signal.values)
    if signal.kind is SignalKind.RTT:
        usable &= signal.values > 0
    if signal.weights is not None:
        usable &= signal.weights > 0
    return usable


def _near(times: NDArray[np.int64], step: int) -> NDArray[np.bool_]:
    """Tell which readings to keep when a leap of the clock stretches the grid.

    Only where the grid would be almost empty: the largest group of readings without
    a silence of 60 days is kept.
    """
    keep = np.ones(len(times), dtype=np.bool_)
    if not len(times):
        return keep
    if (times.max() - times.min()) // step < 10 * len(times) + _SPARSE_BINS:
        return keep
    order = np.argsort(times, kind="stable")
    group = np.concatenate(([0], np.cumsum(np.diff(times[order]) > _LONG_SILENCE)))
    keep[order] = group == np.argmax(np.bincount(group))
    return keep


def _lowest_decile(
    bins: NDArray[np.int64], values: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Return the lowest decile (nearest rank below) of the values in every bin."""
    order = np.lexsort((values, bins))
    number = np.bincount(bins, minlength=size)
    rank = np.cumsum(number) - number + (_DECILE * (number - 1)).astype(np.int64)
    result = np.full(size, np.nan)
    held = number > 0
    result[held] = values[order][rank[held]]
    return result
