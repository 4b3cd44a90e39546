"""From the judged signals of an entity to its disruptions."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.detect.found import Found, Part, Severity
from rabta.detect.fusion import Panel, Span, confirmed, fuse
from rabta.detect.grain import effect_of
from rabta.detect.habit import is_another_day
from rabta.detect.judged import BASES, Judged
from rabta.detect.refine import Box, refine
from rabta.detect.run import trait_of
from rabta.detect.settings import REMEMBERED, SANE
from rabta.detect.signal import Regular, SignalKind
from rabta.model import Kind


_CLIP: Final = 8.0
_HELD: Final = 12
_TELLING: Final = 20


def conclude(judged: Sequence[Judged], entity: str) -> tuple[Found, ...]:
    """Fuse judged signals and refine what stands out."""
    telling = [says_something(one) for one in judged]
    panel = panel_of(judged, telling)
    size = panel.z.shape[1]
    spans = fuse(panel)
    found = []
    usual: list[Span] = []
    earliest = 0
    for i, span in enumerate(spans):
        latest = spans[i + 1].first if i + 1 < len(spans) else size
        box = refine(panel, span, earliest, latest)
        earliest = box.last if box.last is not None else size
        settled = _settled(judged, panel, span)
        end = size if box.last is None else box.last
        if _contradicted(panel, box, end):
            continue
        if _is_holiday(judged, panel, [s for s in spans if s not in usual], box, end):
            usual.append(span)
            continue
        until = None if box.last is None else panel.start + box.last * panel.step
        now = panel.start + size * panel.step
        if settled is not None and now - settled < REMEMBERED:
            until = None
        parts = _parts(judged, panel, box.first, end, box.took_part)
        slow = {SignalKind.RTT, SignalKind.THROUGHPUT}
        took = [one for one, t in zip(judged, box.took_part, strict=True) if t]
        severity = Severity.of(box.depth)
        if all(one.series.kind in slow for one in took):
            severity = Severity.DEGRADATION
        counted = [part for part, tells in zip(parts, telling, strict=True) if tells]
        degraded = severity is Severity.DEGRADATION
        found.append(
            Found(
                entity,
                Kind.DEGRADATION if degraded else Kind.OUTAGE,
                panel.start + box.first * panel.step,
                until,
                panel.start + (span.fire + 1) * panel.step,
                box.onset_uncertainty(panel.step),
                None if until is None else box.end_uncertainty(panel.step),
                box.depth,
                severity,
                confirmed([p.fired for p in counted], [p.available for p in counted]),
                parts,
                box.stages,
                settled=settled,
            )
        )
    return tuple(found)


def panel_of(judged: Sequence[Judged], telling: Sequence[bool]) -> Panel:
    """Lay signals of different steps and spans on the grid of the finest.

    Those that are not *telling* have no z.
    """
    step = min(one.series.step for one in judged)
    start = min(one.series.start for one in judged) // step * step
    end = max(one.series.end for one in judged)
    size = -(-(end - start) // step)
    shape = (len(judged), size)
    residual, z = np.full((2, *shape), np.nan, dtype=np.float32)
    inflation = np.ones(shape, dtype=np.float32)
    fired = np.zeros(shape, dtype=np.bool_)
    sigma = np.empty(len(judged))
    effect = np.empty(len(judged))
    for i, one in enumerate(judged):
        here, at = _places(one, start, step, size)
        residual[i, here] = one.residual[at]
        if telling[i]:
            z[i, here] = one.z[at]
        inflation[i, here] = one.inflation[at]
        fired[i, here] = one.fired[at]
        sigma[i] = noise_of(one)
        effect[i] = smallest(one, float(sigma[i]))
    share = np.array(
        [step / one.series.step / held(one.series.values) for one in judged]
    )
    logs = np.array([trait_of(one.series).additive for one in judged])
    return Panel(start, step, residual, z, inflation, effect, sigma, share, fired, logs)


def _places(
    one: Judged, start: int, step: int, size: int
) -> tuple[slice, slice | NDArray[np.int64]]:
    """Return the bins of a grid that a signal covers, and its own bin for each.

    That in which the middle of the grid's bin lies.
    """
    own, middle = one.series.step, start + step // 2 - one.series.start
    first = max(-(middle // step), 0)
    last = min(-((middle - len(one.z) * own) // step), size)
    here = slice(first, max(first, last))
    if own == step:
        begin = middle // step + first
        return here, slice(begin, begin + here.stop - here.start)
    return here, (middle + step * np.arange(here.start, here.stop)) // own


def says_something(one: Judged) -> bool:
    """Tell whether a signal ever changed: one that did not neither votes nor objects.

    It may be a counter that hangs as well as routes that stayed.
    """
    known = one.series.values[np.isfinite(one.series.values)]
    return bool(len(known)) and bool((known != known[0]).any())


def held(values: NDArray[np.float64]) -> int:
    """Return for how many bins a reading is repeated, 1 when it is not.

    Dashboards write a probe of every ten minutes into bins of five: then nearly all
    changes fall on every second bin, and two bins are one piece of evidence.
    """
    changes = np.flatnonzero(np.diff(values) != 0)
    if len(changes) >= _TELLING:
        for often in range(_HELD, 1, -1):
            if len(values) // often + 1 < 0.95 * len(changes):
                continue  # so many do not fit into one phase
            phases = np.bincount(changes % often, minlength=often)
            if phases.max() >= 0.95 * len(changes):
                return often
    return 1


def smallest(one: Judged, noise: float) -> float:
    """Return the smallest effect of a signal that is told, as a share.

    *noise* is that of ``noise_of``.
    """
    effect = effect_of(one.series)
    return min(max(3.0 * noise, effect.least), effect.most)


def noise_of(one: Judged) -> float:
    """Return the usual standard deviation of the residual."""
    some = (np.abs(one.z) < _CLIP) & (one.z != 0)
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
    inside = panel.z[:, box.first : end].astype(np.float64)
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


def _settled(judged: Sequence[Judged], panel: Panel, span: Span) -> int | None:
    """Return when the loss was accepted as the new level; None if it ended, or lasts.

    Microseconds UTC. One that came back since is no such loss: see ``returned``.
    """
    if span.closed is None or span.last is None:
        return None
    begun = panel.start + span.first * panel.step
    ended = panel.start + span.last * panel.step
    accepted = [
        shift.accepted
        for one in judged
        for shift in one.shifts
        if shift.magnitude < 0
        and not shift.returned
        and abs(shift.accepted - ended) <= 2 * one.series.step
        and shift.onset <= ended
        and shift.accepted >= begun
    ]
    return min(accepted, default=None)
