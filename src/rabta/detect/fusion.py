"""Many signals of one entity, one decision: evidence with a capped veto.

Every signal adds ``max((-z - 2) / f, -0.3)``. Causes are often invisible to some
signals, so a healthy one may object only a little; one that was not measured has no
say. The sum never falls below 0 (Page, Biometrika 41, 1954).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.detect.settings import TWICE


DRIFT: Final = 2.0
ABOVE_HALF: Final = 1.0
"""A vote begins this many standard deviations beyond half the smallest effect."""
VETO: Final = -0.3
OPENS: Final = 8.0
CONTRADICTED: Final = 1.5
"""Times the sum that one voice needs against two or more that object."""
RECOVERED_BINS: Final = 3
AGAIN_BINS: Final = 12
"""For so long after an end two readings far too low are another fall of any signal."""
HALF: Final = 0.5
_CLIP: Final = 8.0
_RISE: Final = 0.1
_BLOCK: Final = 4096
_CACHED: Final = 16_384
"""Bins whose numbers fit into the processor's own memory."""
_FEW: Final = 64

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Panel:
    """The signals of one entity on one grid; arrays of shape (signals, bins)."""

    start: int
    """Microseconds UTC."""
    step: int
    """Microseconds; that of the finest signal."""
    residual: Singles
    """Share of the baseline, worse is negative; NaN where not measured."""
    z: Singles
    """In robust standard deviations, -8 to 8."""
    inflation: Singles
    effect: Floats
    """(signals,) smallest effect worth telling, a positive share."""
    sigma: Floats
    """(signals,) standard deviation of the residual."""
    share: Floats
    """(signals,) bins of this grid per reading, inverted: at most 1."""
    fired: NDArray[np.bool_]
    """Where the signal's own detector opened an anomaly."""
    logarithmic: NDArray[np.bool_]
    """(signals,) residuals are differences of logarithms: delays."""

    def residuals(self, first: int, last: int) -> Floats:
        """Return those of bins *first* to *last* (exclusive), to be summed up."""
        return self.residual[:, first:last].astype(np.float64)


@dataclass(frozen=True, slots=True)
class Span:
    """One stretch in which the entity was disrupted; bins of the panel."""

    first: int
    """Where the evidence began to add up."""
    fire: int
    """Where it was enough."""
    last: int | None
    """First bin in which half was back; None while it lasts."""
    closed: int | None
    """Where that was sure."""


def fuse(panel: Panel) -> tuple[Span, ...]:
    """Return the disrupted stretches of *panel*, oldest first."""
    size = panel.z.shape[1]
    total, needed = np.empty((2, size))
    alone, worse, fired = np.empty((3, size), dtype=np.bool_)
    for at in range(0, size, _CACHED):
        here = slice(at, at + _CACHED)
        residual = panel.residuals(at, at + _CACHED)
        votes, known = _votes(panel, residual, here), np.isfinite(panel.z[:, here])
        far = residual < -panel.effect[:, None]
        total[here] = votes.sum(axis=0)
        alone[here] = known.sum(axis=0) == 1
        worse[here] = np.logical_or.reduce((votes > 0.0) & far, axis=0)
        needed[here] = OPENS * _times(votes, known)
        fired[here] = np.logical_or.reduce(panel.fired[:, here] & known, axis=0)
    twice = _twice(panel) & (total > 0.0) & (needed == OPENS)
    sure = np.where(alone, fired, twice)
    spans: list[Span] = []
    at = 0
    while (opened := _next(total, needed, worse, sure, alone, at)) is not None:
        span, aftermath = _follow(panel, *opened)
        spans.append(span)
        if span.closed is None:
            break
        # a lone signal's detector may not have closed yet, and then tells nothing new
        soon = slice(span.closed, span.closed + AGAIN_BINS)
        sure[soon] |= twice[soon]
        at, again = _wait(panel, span.closed, aftermath)
        while again is not None:
            span, aftermath = _follow(panel, *again)
            spans.append(span)
            if span.closed is None:
                return tuple(spans)
            at, again = _wait(panel, span.closed, aftermath)
    return tuple(spans)


def _votes(panel: Panel, residual: Floats, here: slice) -> Floats:
    """Return what every signal says in the bins *here*."""
    z = panel.z[:, here]
    say = np.maximum((-z - _drift(panel)[:, None]) / panel.inflation[:, here], VETO)
    # what is too small to tell adds up to nothing, however long it lasts
    say[(residual > -panel.effect[:, None]) & (say > 0.0)] = 0.0
    return np.where(np.isfinite(z), say * panel.share[:, None], 0.0)


def _times(votes: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return how much more evidence a bin needs than usual."""
    one = (votes > 0.0).sum(axis=0) < 2
    many = known.sum(axis=0) > 2
    return np.where(one & many, CONTRADICTED, 1.0)


def _twice(panel: Panel) -> NDArray[np.bool_]:
    """Tell where a signal read far too low twice, by two readings, not one held."""
    far = -2.0 * panel.effect[:, None]
    beyond = (panel.z <= TWICE) & (panel.residual < far)
    twice = np.zeros(beyond.shape[1], dtype=np.bool_)
    for row, share in zip(beyond, panel.share, strict=True):
        held = round(1.0 / float(share))
        twice[held:] |= row[held:] & row[:-held]
    return twice


def _drift(panel: Panel) -> Floats:
    """Return from where on every signal votes for a disruption."""
    half = HALF * panel.effect / panel.sigma
    return np.minimum(np.maximum(DRIFT, half + ABOVE_HALF), _CLIP - 1.0)


def _next(
    total: Floats,
    needed: Floats,
    worse: NDArray[np.bool_],
    sure: NDArray[np.bool_],
    alone: NDArray[np.bool_],
    at: int,
) -> tuple[int, int] | None:
    """Return (first, fire) of the next stretch from *at* on."""
    carried, begun = 0.0, at
    size = len(total)
    while at < size:
        until = min(at + _BLOCK, size)
        run = carried + np.cumsum(total[at:until])
        lowest = np.minimum(np.minimum.accumulate(run), 0.0)
        level = run - lowest
        hits = (level > needed[at:until]) & worse[at:until] & ~alone[at:until]
        hits |= sure[at:until]
        if hits.any():
            fire = int(hits.argmax())
            zeros = np.flatnonzero(level[: fire + 1] <= 0.0)
            first = at + int(zeros[-1]) + 1 if len(zeros) else begun
            return min(first, at + fire), at + fire
        zeros = np.flatnonzero(level <= 0.0)
        if len(zeros):
            begun = at + int(zeros[-1]) + 1
        carried = float(level[-1])
        at = until
    return None


def _follow(panel: Panel, first: int, fire: int) -> tuple[Span, Floats]:
    """Follow an open stretch to its end; also return what is still missing then."""
    signals = len(panel.residual)
    # numbers, not arrays: the signals are few and the bins many
    effect, share = panel.effect.tolist(), panel.share.tolist()
    lost, bins = [0.0] * signals, [0] * signals
    recent = [[0.0] * signals for _ in range(RECOVERED_BINS)]
    good = 0
    since = fire
    for t, now in _columns(panel.residual, first):
        there = [i for i, value in enumerate(now) if isfinite(value)]
        if not there:
            continue
        for i in there:
            recent[t % RECOVERED_BINS][i] = now[i]
        depth = [a / max(n, 1) for a, n in zip(lost, bins, strict=True)]
        if t >= fire and _half_back(there, now, depth, effect, share):
            if good == 0:
                since = t
            good += 1
            if good >= RECOVERED_BINS:
                return Span(first, fire, since, t), np.minimum(np.mean(recent, 0), 0.0)
            continue
        good = 0
        for i in there:
            lost[i] -= now[i]
            bins[i] += 1
    return Span(first, fire, None, None), np.zeros(signals)


def _columns(values: Singles, first: int) -> Iterator[tuple[int, list[float]]]:
    """Yield every bin from *first* on and what each signal reads there."""
    size = _FEW
    while first < values.shape[1]:
        yield from enumerate(values[:, first : first + size].T.tolist(), first)
        first += size
        size = min(2 * size, _BLOCK)


def _half_back(
    there: list[int],
    now: list[float],
    depth: list[float],
    effect: list[float],
    share: list[float],
) -> bool:
    """Tell whether most of the signals that lost have half of it back."""
    part = [i for i in there if depth[i] > effect[i]] or there
    back = [i for i in part if -now[i] <= max(HALF * depth[i], effect[i])]
    return sum(share[i] for i in back) > 0.5 * sum(share[i] for i in part)


def _wait(
    panel: Panel, closed: int, aftermath: Floats
) -> tuple[int, tuple[int, int] | None]:
    """Wait until nothing is missing; a further fall below the aftermath opens again.

    Returns the bin from which all is as usual, and (first, fire) if it opened again.
    """
    size = panel.residual.shape[1]
    usual = np.maximum(panel.effect, panel.sigma)
    drift = _drift(panel)
    evidence, begun = 0.0, closed + 1
    for t in range(closed + 1, size):
        now = panel.residual[:, t].astype(np.float64)
        there = np.isfinite(now)
        better = there & (now > aftermath)
        aftermath[better] += _RISE * (now - aftermath)[better]
        aftermath[aftermath > -usual] = 0.0
        if not aftermath.any():
            return t, None
        z = np.clip((now - aftermath) / panel.sigma, -_CLIP, _CLIP)
        say = np.maximum((-z - drift) / panel.inflation[:, t], VETO) * panel.share
        if evidence == 0.0:
            begun = t
        evidence = max(0.0, evidence + float(say[there].sum()))
        worse = there & (say > 0.0) & (now - aftermath < -usual)
        needed = OPENS
        if there.sum() > 2 and (there & (say > 0.0)).sum() < 2:
            needed *= CONTRADICTED
        if evidence > needed and worse.any():
            return t, (begun, t)
    return size, None


def confirmed(fired: Sequence[bool], available: Sequence[bool]) -> bool:
    """Tell whether two thirds of the available signals, and at least two, took part."""
    took = sum(f and a for f, a in zip(fired, available, strict=True))
    return took >= 2 and 3 * took >= 2 * sum(available)
