"""A whole recording of one entity at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import tzinfo

import numpy as np

from rabta.detect.changepoints import changepoints
from rabta.detect.conclude import conclude
from rabta.detect.found import Basis, Detection, Summary
from rabta.detect.judged import BASES, Judged, judge
from rabta.detect.recurring import recurring
from rabta.detect.rested import rested
from rabta.detect.returned import rebased
from rabta.detect.settings import LAG
from rabta.detect.signal import Signal, SignalKind, regular
from rabta.detect.standing import standing


Progress = Callable[[int, int], None]
"""Called with (signals done, signals in all)."""


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
        judged.append(rebased(judge(regular(signal, timezone))))
        if progress is not None:
            progress(done + 1, len(signals))
    return rested(judged)


def report(judged: Sequence[Judged], entity: str, timezone: tzinfo) -> Detection:
    """Say what happened to *entity*, whose signals were *judged*."""
    told = [one for one in judged if len(one.series.values)]
    found = conclude(told, entity) if told else ()
    found = tuple(one for one in found if one.settled is None)
    patterns = recurring(
        [(f.onset, f.end) for f in found],
        timezone,
        blur=min((one.series.step for one in told), default=0),
        depths=[f.depth for f in found],
    )
    for number, pattern in enumerate(patterns):
        found = tuple(
            replace(f, pattern=number) if i in pattern.occurrences else f
            for i, f in enumerate(found)
        )
    newest = max((one.series.end for one in told), default=None)
    return Detection(
        entity,
        found,
        tuple(shift for one in told for shift in one.shifts if not shift.returned),
        patterns,
        {
            one.series.name: changepoints(one.series.times(), one.series.values)
            for one in judged
            if one.series.kind is SignalKind.RTT
        },
        tuple(_summary(one) for one in judged),
        None if newest is None else newest - LAG,
        tuple(window for one in told for window in standing(one.series)),
        tuple(days for one in told for days in one.quiet),
    )


def _summary(one: Judged) -> Summary:
    series = one.series
    known = int(np.isfinite(series.values).sum())
    order = (Basis.NONE, Basis.TWO_SIDED, Basis.ROLLING, Basis.DAILY, Basis.WEEKLY)
    held = np.flatnonzero(np.bincount(one.basis, minlength=1))
    bases = {BASES[b] for b in held} or {Basis.NONE}
    return Summary(
        series.name,
        series.kind,
        max(bases, key=order.index),
        series.step / 1e6,
        known,
        len(series.values) - known,
        series.dropped,
    )
