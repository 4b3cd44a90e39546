"""The geometry of one signal over time: line, baseline, gaps and disruptions."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rabta.model import Disruption


_WIDTH, _HEIGHT = 1000.0, 100.0
_LEAST = 4.0  # a short disruption must still be something to click on
_ROOM = 1.25

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """One disruption, in units of the drawing."""

    disruption: Disruption
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Track:
    """What is drawn of one signal, 1000 by 100."""

    line: str
    usual: str
    gaps: tuple[tuple[float, float], ...]
    """(x, width) where nothing was measured."""
    marks: tuple[Mark, ...]
    most: float
    """The value at the upper edge; the lower one is 0."""
    empty: bool
    newest: float | None
    """The last value."""


def track_of(
    times: Sequence[int],
    values: Values,
    usual: Values,
    span: tuple[int, int],
    disruptions: Iterable[Disruption] = (),
    *,
    most: float | None = None,
) -> Track:
    """Lay a signal out over *span*; times are microseconds UTC, of equal buckets.

    *most* is the value of the upper edge, where it shall not follow from the values.
    """
    start, end = span
    scale = _WIDTH / max(end - start, 1)
    step = times[1] - times[0] if len(times) > 1 else end - start
    known = [one for one in (*values, *usual) if one is not None]
    top = most or max(known, default=0.0) * _ROOM or 1.0
    xs = [(time + step / 2 - start) * scale for time in times]
    return Track(
        line=_path(xs, values, top),
        usual=_path(xs, usual, top),
        gaps=_gaps(times, values, step, span, scale),
        marks=tuple(_mark(one, span, scale) for one in disruptions),
        most=top,
        empty=all(one is None for one in values),
        newest=next((one for one in reversed(values) if one is not None), None),
    )


def _path(xs: Sequence[float], values: Values, top: float) -> str:
    """Return a path that is broken where a value is missing; a lone one is a dash."""
    parts = []
    pen = False
    for n, (x, value) in enumerate(zip(xs, values, strict=True)):
        if value is None or not math.isfinite(value):
            pen = False
            continue
        y = _HEIGHT * (1 - min(max(value / top, 0.0), 1.0))
        parts.append(f"{'L' if pen else 'M'}{x:.1f} {y:.1f}")
        alone = not pen and (n + 1 == len(values) or values[n + 1] is None)
        if alone:
            parts.append("h2")
        pen = True
    return "".join(parts)


def _gaps(
    times: Sequence[int],
    values: Values,
    step: int,
    span: tuple[int, int],
    scale: float,
) -> tuple[tuple[float, float], ...]:
    """Return what of the span no value covers."""
    start, end = span
    found: list[tuple[int, int]] = []
    reached = start
    for time, value in zip(times, values, strict=True):
        if value is None:
            continue
        if time > reached:
            found.append((reached, min(time, end)))
        reached = max(reached, time + step)
    if reached < end:
        found.append((reached, end))
    return tuple(
        (round((a - start) * scale, 1), round((b - a) * scale, 1)) for a, b in found
    )


def _mark(one: Disruption, span: tuple[int, int], scale: float) -> Mark:
    start, end = span
    x = max(0.0, (one.onset - start) * scale)
    stop = min(end, end if one.end is None else one.end)
    width = max((stop - start) * scale - x, _LEAST)
    return Mark(one, round(min(x, _WIDTH - width), 1), round(width, 1))
