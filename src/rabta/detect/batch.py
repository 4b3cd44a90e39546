"""A whole recording of one entity at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.clock import DAY, MINUTE
from rabta.detect.changepoints import changepoints
from rabta.detect.compile import engine
from rabta.detect.found import (
    Basis,
    Detection,
    Found,
    Part,
    Severity,
    Shift,
    Summary,
)
from rabta.detect.fusion import Panel, Span, confirmed, fuse
from rabta.detect.habit import is_another_day
from rabta.detect.recurring import recurring
from rabta.detect.refine import Box, refine
from rabta.detect.run import run, trait_of
from rabta.detect.settings import LARGEST_CORRELATION, SANE
from rabta.detect.signal import Regular, Signal, SignalKind, regular
from rabta.detect.state import State
from rabta.detect.track import Track
from rabta.detect.twosided import twosided
from rabta.model import Kind


SHORT: Final = 28 * DAY
"""Recordings shorter than this are judged from both sides..."""
YOUNG: Final = 14 * DAY
"""...and so is the beginning of longer ones."""
LAG: Final = 30 * MINUTE
"""How late the slowest usual feed is."""
_MAD: Final = 1.4826
_CLIP: Final = 8.0
_USUAL: Final = 4.0
_HELD: Final = 12
_TELLING: Final = 20

Progress = Callable[[int, int], None]
"""Called with (signals done, signals in all)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One signal against its baseline."""

    series: Regular
    residual: NDArray[np.float32]
    z: NDArray[np.float32]
    inflation: NDArray[np.float32]
    fired: NDArray[np.bool_]
    baseline: NDArray[np.float32]
    """In the unit of the signal; NaN while there is none."""
    basis: NDArray[np.uint8]
    """Position in ``BASES`` for every bin."""
    shifts: tuple[Shift, ...]


BASES: Final = (Basis.ROLLING, Basis.DAILY, Basis.WEEKLY, Basis.TWO_SIDED, Basis.NONE)


def detect(
    signals: Sequence[Signal],
    *,
    entity: str,
    timezone: tzinfo,
    progress: Progress | None = None,
) -> Detection:
    """Find what happened to *entity*.

    Signals may differ in step, span and kind. *timezone* is that of the entity: it
    decides what a day and a week are.
    """
    judged = judge_all(signals, timezone, progress)
    return report(judged, entity, timezone)


def judge_all(
    signals: Sequence[Signal], timezone: tzinfo, progress: Progress | None = None
) -> tuple[Judged, ...]:
    """Judge every signal by itself; *timezone* is that of the entity."""
    judged = []
    for done, signal in enumerate(signals):
        judged.append(judge(regular(signal, timezone)))
        if progress is not None:
            progress(done + 1, len(signals))
    return tuple(judged)


def report(judged: Sequence[Judged], entity: str, timezone: tzinfo) -> Detection:
    """Say what happened to *entity*, whose signals were *judged*."""
    told = [one for one in judged if len(one.series.values)]
    found = conclude(told, entity) if told else ()
    patterns = recurring(
        [(f.onset, f.end) for f in found],
        timezone,
        blur=min((one.series.step for one in told), default=0),
    )
    for number, pattern in enumerate(patterns):
        found = tuple(
            replace(f, pattern=number) if i in pattern.occurrences else f
            for i, f in enumerate(found)
        )
    newest = max((_end(one.series) for one in told), default=None)
    return Detection(
        entity,
        found,
        tuple(shift for one in told for shift in one.shifts),
        patterns,
        {
            one.series.name: changepoints(one.series.times(), one.series.values)
            for one in judged
            if one.series.kind is SignalKind.RTT
        },
        tuple(_summary(one) for one in judged),
        None if newest is None else newest - LAG,
    )


def judge(series: Regular) -> Judged:
    """Judge one series against the baseline its length allows."""
    size = len(series.values)
    if size * series.step < SHORT:
        return _from_both_sides(series)
    state = State.create(trait_of(series), series.step, series.timezone)
    later = run(state, series, engine=engine(size))
    cut = int(YOUNG // series.step)
    begin = _from_both_sides(series.part(0, int(SHORT // series.step)))
    kept = slice(0, cut)
    return Judged(
        series,
        np.concatenate((begin.residual[kept], later.residual[cut:])),
        np.concatenate((begin.z[kept], later.z[cut:])),
        np.concatenate((begin.inflation[kept], later.inflation[cut:])),
        np.concatenate((begin.fired[kept], later.fired[cut:])),
        np.concatenate((begin.baseline[kept], later.baseline[cut:])),
        np.concatenate((begin.basis[kept], later.maturity[cut:])),
        _shifts(series, later, cut),
    )


def _from_both_sides(series: Regular) -> Judged:
    size = len(series.values)
    normal = twosided(series)
    if normal is None:
        nothing = np.full(size, np.nan, dtype=np.float32)
        return Judged(
            series,
            nothing,
            nothing,
            np.ones(size, dtype=np.float32),
            np.zeros(size, dtype=np.bool_),
            nothing,
            np.full(size, BASES.index(Basis.NONE), dtype=np.uint8),
            (),
        )
    state = State.create(
        trait_of(series),
        series.step,
        series.timezone,
        scales=normal.scales,
        level=float(np.median(normal.baseline)),
    )
    track = run(state, series, baseline=normal.baseline, engine=engine(size))
    return Judged(
        series,
        track.residual,
        track.z,
        np.full(size, _inflation(track.z), dtype=np.float32),
        track.fired,
        track.baseline,
        np.full(size, BASES.index(Basis.TWO_SIDED), dtype=np.uint8),
        (),
    )


def _inflation(z: NDArray[np.float32]) -> float:
    """Return the root of (1 + phi) / (1 - phi), phi the correlation of sane bins."""
    sane = np.abs(z) < _USUAL
    both = sane[1:] & sane[:-1]
    power = float(np.square(z[sane], dtype=np.float64).sum())
    if not both.any() or power == 0.0:
        return 1.0
    shared = float(np.multiply(z[1:][both], z[:-1][both], dtype=np.float64).sum())
    mean = power / int(sane.sum())
    phi = min(max(shared / int(both.sum()) / mean, 0.0), LARGEST_CORRELATION)
    return float(np.sqrt((1.0 + phi) / (1.0 - phi)))


def conclude(judged: Sequence[Judged], entity: str) -> tuple[Found, ...]:
    """Fuse judged signals and refine what stands out."""
    panel = panel_of(judged)
    size = panel.z.shape[1]
    spans = fuse(panel)
    found = []
    usual: list[Span] = []
    earliest = 0
    for i, span in enumerate(spans):
        latest = spans[i + 1].first if i + 1 < len(spans) else size
        box = refine(panel, span, earliest, latest)
        earliest = box.last if box.last is not None else size
        if _became_normal(judged, panel, span):
            continue
        end = size if box.last is None else box.last
        if _contradicted(panel, box, end):
            continue
        if _is_holiday(judged, panel, [s for s in spans if s not in usual], box, end):
            usual.append(span)
            continue
        parts = _parts(judged, panel, box.first, end, box.took_part)
        slow = {SignalKind.RTT, SignalKind.THROUGHPUT}
        took = [one for one, t in zip(judged, box.took_part, strict=True) if t]
        severity = Severity.of(box.depth)
        if all(one.series.kind in slow for one in took):
            severity = Severity.DEGRADATION
        degraded = severity is Severity.DEGRADATION
        found.append(
            Found(
                entity,
                Kind.DEGRADATION if degraded else Kind.OUTAGE,
                panel.start + box.first * panel.step,
                None if box.last is None else panel.start + box.last * panel.step,
                panel.start + (span.fire + 1) * panel.step,
                box.onset_uncertainty(panel.step),
                None if box.last is None else box.end_uncertainty(panel.step),
                box.depth,
                severity,
                confirmed([p.fired for p in parts], [p.available for p in parts]),
                parts,
                box.stages,
            )
        )
    return tuple(found)


def panel_of(judged: Sequence[Judged]) -> Panel:
    """Lay signals of different steps and spans on the grid of the finest."""
    step = min(one.series.step for one in judged)
    start = min(one.series.start for one in judged) // step * step
    end = max(_end(one.series) for one in judged)
    size = -(-(end - start) // step)
    shape = (len(judged), size)
    residual, z = np.full(shape, np.nan), np.full(shape, np.nan)
    inflation, fired = np.ones(shape), np.zeros(shape, dtype=np.bool_)
    middles = start + step * np.arange(size) + step // 2
    sigma = np.empty(len(judged))
    effect = np.empty(len(judged))
    for i, one in enumerate(judged):
        at = (middles - one.series.start) // one.series.step
        here = (at >= 0) & (at < len(one.z))
        residual[i, here] = one.residual[at[here]]
        z[i, here] = one.z[at[here]]
        inflation[i, here] = one.inflation[at[here]]
        fired[i, here] = one.fired[at[here]]
        sigma[i] = _sigma(one)
        least, most = one.series.kind.effect.least, one.series.kind.effect.most
        effect[i] = min(max(3.0 * sigma[i], least), most)
    share = np.array(
        [step / one.series.step / held(one.series.values) for one in judged]
    )
    logs = np.array([trait_of(one.series).additive for one in judged])
    return Panel(start, step, residual, z, inflation, effect, sigma, share, fired, logs)


def held(values: NDArray[np.float64]) -> int:
    """Return for how many bins a reading is repeated, 1 when it is not.

    Dashboards write a probe of every ten minutes into bins of five: then nearly all
    changes fall on every second bin, and two bins are one piece of evidence.
    """
    changes = np.flatnonzero(np.diff(values) != 0)
    if len(changes) >= _TELLING:
        for often in range(_HELD, 1, -1):
            phases = np.bincount(changes % often, minlength=often)
            if phases.max() >= 0.95 * len(changes):
                return often
    return 1


def _sigma(one: Judged) -> float:
    """Return the usual standard deviation of the residual."""
    some = np.isfinite(one.z) & (np.abs(one.z) < _CLIP) & (one.z != 0)
    if some.any():
        return float(np.median(np.abs(one.residual[some] / one.z[some])))
    return one.series.kind.effect.least / 3.0


def _parts(
    judged: Sequence[Judged],
    panel: Panel,
    first: int,
    end: int,
    took_part: NDArray[np.bool_],
) -> tuple[Part, ...]:
    parts = []
    middle = panel.start + (first * panel.step)
    for i, one in enumerate(judged):
        inside = panel.residual[i, first:end]
        known = inside[np.isfinite(inside)]
        at = (middle - one.series.start) // one.series.step
        at = min(max(at, 0), len(one.basis) - 1)
        parts.append(
            Part(
                one.series.name,
                bool(took_part[i]),
                float(known.min()) if len(known) else None,
                bool(len(known)),
                BASES[one.basis[at]],
            )
        )
    return tuple(parts)


def _contradicted(panel: Panel, box: Box, end: int) -> bool:
    """Tell whether one signal stands against two healthy ones on weak grounds.

    It must then be further off than what its own baseline would still learn from.
    """
    inside = panel.z[:, box.first : end]
    available = np.isfinite(inside).any(axis=1)
    if box.took_part.sum() != 1 or available.sum() < 3:
        return False
    return bool(np.nanmedian(inside[box.took_part]) > -SANE)


def _is_holiday(
    judged: Sequence[Judged],
    panel: Panel,
    spans: Sequence[Span],
    box: Box,
    end: int,
) -> bool:
    """Tell whether all that fell is counts of what people do, as on other days."""
    took = [int(i) for i in np.flatnonzero(box.took_part)]
    if any(judged[i].series.kind is not SignalKind.COUNT for i in took):
        return False
    for i in took:
        series = judged[i].series
        size = len(series.values)
        usual = np.ones(size, dtype=np.bool_)
        for span in spans:
            begun = max(_bin_of(series, panel, span.first), 0)
            over = None if span.last is None else _bin_of(series, panel, span.last)
            usual[begun : over if over is None else max(over, 0)] = False
        here = _bin_of(series, panel, box.first), _bin_of(series, panel, end)
        if not is_another_day(
            series,
            usual,
            max(here[0], 0),
            min(max(here[1], here[0] + 1), size),
            sigma=float(panel.sigma[i]),
            effect=float(panel.effect[i]),
        ):
            return False
    return len(took) > 0


def _bin_of(series: Regular, panel: Panel, at: int) -> int:
    """Return the bin of *series* that holds bin *at* of *panel*."""
    return (panel.start + at * panel.step - series.start) // series.step


def _became_normal(judged: Sequence[Judged], panel: Panel, span: Span) -> bool:
    """Tell whether the loss never ended but was accepted as the new level."""
    if span.closed is None or span.last is None:
        return False
    begun = panel.start + span.first * panel.step
    ended = panel.start + span.last * panel.step
    accepted = [
        shift
        for one in judged
        for shift in one.shifts
        if shift.magnitude < 0
        and abs(shift.accepted - ended) <= 2 * one.series.step
        and shift.onset <= ended
        and shift.accepted >= begun
    ]
    return bool(accepted)


def _shifts(series: Regular, track: Track, cut: int) -> tuple[Shift, ...]:
    return tuple(
        Shift(
            series.name,
            series.start + shift.onset * series.step,
            series.start + shift.accepted * series.step,
            shift.magnitude,
        )
        for shift in track.shifts
        if shift.accepted >= cut
    )


def _end(series: Regular) -> int:
    return series.start + len(series.values) * series.step


def _summary(one: Judged) -> Summary:
    series = one.series
    known = int(np.isfinite(series.values).sum())
    order = (Basis.NONE, Basis.TWO_SIDED, Basis.ROLLING, Basis.DAILY, Basis.WEEKLY)
    bases = {BASES[b] for b in np.unique(one.basis)} or {Basis.NONE}
    return Summary(
        series.name,
        series.kind,
        max(bases, key=order.index),
        series.step / 1e6,
        known,
        len(series.values) - known,
        series.dropped,
    )
