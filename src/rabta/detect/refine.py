"""Onset, end, depth and stages of a disruption that was found.

The epidemic model (Levin and Kline, Statistics in Medicine 4, 1985): normal, then a
constant loss, then normal again. In shares of its own depth every signal is 0 or 1;
the box of least squares is the interval over which the sum of (share - 1/2) is
greatest (Kadane), so onset and end are where half of the loss came and went.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.detect.fusion import Panel, Span


UNITS: Final = 2.0
"""Log likelihood within which another onset or end is as good."""
_SHARPEST: Final = 0.1
_STAGE: Final = 0.2
_STAGE_BINS: Final = 3
_AHEAD: Final = 64
_SECOND: Final = 1e6

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stage:
    """From *time* on this share of what is normally there was missing."""

    time: int
    depth: float


@dataclass(frozen=True, slots=True)
class Box:
    """A disruption as the fit sees it; bins of the panel."""

    first: int
    last: int | None
    """First bin after; None while it lasts."""
    first_low: int
    first_high: int
    last_low: int
    last_high: int
    """Bins that would do nearly as well."""
    depth: float
    """Median over the signals that took part of their mean loss, 0 to 1.

    A delay that has doubled has lost half.
    """
    depths: Floats
    """(signals,) mean loss inside; NaN where not measured."""
    took_part: NDArray[np.bool_]
    stages: tuple[Stage, ...]

    def onset_uncertainty(self, step: int) -> float:
        """Return half the width of what the onset may be, seconds."""
        return _uncertainty(self.first_low, self.first_high, step)

    def end_uncertainty(self, step: int) -> float:
        """Return half the width of what the end may be, seconds."""
        return _uncertainty(self.last_low, self.last_high, step)


def refine(panel: Panel, span: Span, earliest: int, latest: int) -> Box:
    """Fit *span* within bins *earliest* to *latest* (exclusive)."""
    low = max(earliest, span.first - _margin(span, latest))
    high = latest if span.closed is None else min(latest, span.closed + 1)
    last = latest if span.last is None else span.last
    core = panel.residuals(span.fire, max(last, span.fire + 1))
    loss = -_mean(core)
    worst = -_lowest(core)
    took = np.nan_to_num(loss) > np.maximum(panel.effect, panel.sigma)
    if not took.any():
        took = np.nan_to_num(worst) >= np.nanmax(worst)
        loss = np.where(took, worst, loss)
    if span.last is None:
        high = latest
    share = -panel.residuals(low, high)[took] / loss[took][:, None]
    spread = np.maximum(panel.sigma[took] / loss[took], _SHARPEST)
    precision = (panel.share[took] / spread**2)[:, None]
    gain = np.where(
        np.isfinite(share), precision * (np.clip(share, -0.5, 1.5) - 0.5), 0.0
    ).sum(axis=0)
    first, end = _greatest(gain, span.fire - low)
    total = np.concatenate(([0.0], np.cumsum(gain)))
    starts = np.flatnonzero(total[:end] <= total[first] + UNITS)
    starts = starts[_same_run(starts, first)]
    ends = np.flatnonzero(total[first + 1 :] >= total[end] - UNITS) + first + 1
    begin, finish = low + first, low + end
    inside = panel.residuals(begin, finish)
    depths = -_mean(inside)
    fallen = 1.0 - np.exp(np.minimum(-depths, 700.0))  # counts may lie anywhere
    shares = np.where(panel.logarithmic, fallen, depths)[took]
    depth = float(np.clip(np.nanmedian(shares), 0.0, 1.0))
    open_end = span.last is None
    return Box(
        begin,
        None if open_end else finish,
        low + int(starts.min()),
        low + int(starts.max()),
        low + int(ends.min()),
        low + int(ends.max()),
        depth,
        depths,
        took,
        _stages(panel, took, begin, high if open_end else finish),
    )


def _margin(span: Span, latest: int) -> int:
    """Return how far before the evidence the onset is looked for."""
    length = (latest if span.last is None else span.last) - span.first
    return max(3, min(length, 288))


def _greatest(gain: Floats, fire: int) -> tuple[int, int]:
    """Return the interval [first, end) of greatest sum around bin *fire*."""
    total = np.concatenate(([0.0], np.cumsum(gain)))
    before = total[: fire + 1]
    first = int(np.flatnonzero(before == before.min())[-1])
    return first, fire + 1 + int(total[fire + 1 :].argmax())


def _same_run(starts: NDArray[np.int64], first: int) -> NDArray[np.bool_]:
    """Keep the candidates that no clearly worse bin parts from the best one."""
    kept = np.ones(len(starts), dtype=np.bool_)
    at = int(np.searchsorted(starts, first))
    gaps = np.diff(starts) > 1
    if at > 0:
        broken = np.flatnonzero(gaps[:at])
        kept[: int(broken[-1]) + 1 if len(broken) else 0] = False
    broken = np.flatnonzero(gaps[at:])
    if len(broken):
        kept[at + int(broken[0]) + 1 :] = False
    return kept


def _stages(
    panel: Panel, took: NDArray[np.bool_], first: int, end: int
) -> tuple[Stage, ...]:
    """Cut the loss into steps that hold; a single step is no stage."""
    inside = panel.residuals(first, end)[took]
    logs = panel.logarithmic[took][:, None]
    shares = np.where(logs, np.expm1(np.minimum(inside, 0.0)), inside)
    loss = np.clip(-_mean(shares.T), 0.0, 1.0)
    cuts = [0]
    level = float(_mean(loss[None, :_STAGE_BINS])[0])
    while (at := _next_level(loss, level, cuts[-1] + _STAGE_BINS)) is not None:
        level = float(loss[at : at + _STAGE_BINS].mean())
        cuts.append(at)
    if len(cuts) < 2:
        return ()
    edges = [*cuts, len(loss)]
    return tuple(
        Stage(
            panel.start + (first + a) * panel.step,
            round(float(np.nanmedian(loss[a:b])), 3),
        )
        for a, b in pairwise(edges)
    )


def _next_level(loss: Floats, level: float, at: int) -> int | None:
    """Return from where on the loss is off *level* for a stage's least bins."""
    size = _AHEAD
    while at + _STAGE_BINS <= len(loss):
        off = np.abs(loss[at : at + size] - level) > _STAGE
        held = len(off) - _STAGE_BINS + 1
        steady = np.logical_and.reduce([off[i : i + held] for i in range(_STAGE_BINS)])
        if steady.any():
            return at + int(steady.argmax())
        at += held
        size *= 2
    return None


def _uncertainty(low: int, high: int, step: int) -> float:
    return max(high - low, 1) * step / 2 / _SECOND


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _lowest(values: Floats) -> Floats:
    known = np.isfinite(values)
    lowest = np.where(known, values, np.inf).min(axis=1)
    return np.where(known.any(axis=1), lowest, np.nan)
