"""Charts as SVG text that HTML and PDF draw alike: no script, no style sheet.

Time runs from left to right in every language; text in them is figures and dates.
Where nothing was measured nothing is drawn.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from xml.sax.saxutils import escape

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.cost.service.samples import Hour
from rabta.cost.service.spans import Span
from rabta.report.facts import Line


WIDTH, LEFT, RIGHT = 720, 52, 8
_INSIDE = WIDTH - LEFT - RIGHT
_INK, _FAINT, _GRID = "#1f2328", "#57606a", "#d8dee4"
UP, DOWN, WORSE, DARK = "#cfe8d5", "#a4243b", "#f2c94c", "#e6e8eb"
_LINE, _LOSS, _SHADE = "#0b5cad", "#a4243b", "#f6dfe3"
_FONT = 'font-family="Libertinus Serif,serif" font-size="11"'
_BAND, _GAP = 16, 20


def strip(lines: Sequence[Line], start: int, stop: int, zone: tzinfo) -> str:
    """Draw one band a line: up, worse than usual, down, not known."""
    height = len(lines) * (_BAND + _GAP) + 26
    return "".join(_wrapped(height, _bands(lines, start, stop, zone, height)))


def _bands(
    lines: Sequence[Line], start: int, stop: int, zone: tzinfo, height: int
) -> Iterator[str]:
    yield from _days(start, stop, zone, 6, height - 20)
    for number, line in enumerate(lines):
        top = number * (_BAND + _GAP) + _GAP - 2
        yield f'<text x="{LEFT}" y="{top - 4}" fill="{_INK}">'
        yield f"{escape(line.title)}</text>"
        yield _box(start, stop, (start, stop), top, _BAND, UP)
        for spans, colour in (
            (line.impaired, WORSE),
            (line.unknown, DARK),
            (line.down, DOWN),
        ):
            for span in spans:
                yield _box(start, stop, span, top, _BAND, colour, least=1.5)


def course(
    hours: Sequence[Hour],
    step: int,
    span: Span,
    zone: tzinfo,
    marked: Sequence[Span] = (),
) -> str:
    """Draw the round trip over time, and what was lost below it.

    *step* is how long each of *hours* stands for, microseconds; *marked* is shaded.
    """
    return "".join(_wrapped(170, _course(hours, step, span, zone, marked)))


_TOP, _ROOM, _LOWER = 14, 90, 26


def _course(
    hours: Sequence[Hour],
    step: int,
    span: Span,
    zone: tzinfo,
    marked: Sequence[Span],
) -> Iterator[str]:
    start, stop = span
    ceiling = _round_up(max((one.delay or 0 for one in hours), default=0) or 0.01)
    floor = _TOP + _ROOM
    for begin, end in marked:
        yield _box(start, stop, (begin, end), _TOP, _ROOM + 8 + _LOWER, _SHADE, least=2)
    yield from _days(start, stop, zone, _TOP, floor + 8 + _LOWER)
    for share in (0.0, 0.5, 1.0):
        y = floor - share * _ROOM
        yield f'<path d="M{LEFT} {y:.1f}h{_INSIDE}" stroke="{_GRID}"/>'
        yield _number(y + 4, f"{1000 * ceiling * share:.3g} ms")
    path, pen = [], False
    previous = None
    for one in hours:
        if one.delay is None:
            pen = False
            continue
        x = _x(one.start + step / 2, start, stop)
        y = floor - one.delay / ceiling * _ROOM
        pen = pen and previous is not None and one.start - previous <= 2.5 * step
        path.append(f"{'L' if pen else 'M'}{x:.1f} {y:.1f}" + ("" if pen else "h.6"))
        pen, previous = True, one.start
    yield f'<path d="{"".join(path)}" fill="none" stroke="{_LINE}" stroke-width="1"/>'
    base = floor + 8 + _LOWER
    yield _number(base - _LOWER + 9, "100 %")
    yield _number(base, "0 %")
    yield f'<path d="M{LEFT} {base}h{_INSIDE}" stroke="{_GRID}"/>'
    for one in hours:
        if one.lost:
            tall = one.lost / one.sent * _LOWER
            x = _x(one.start, start, stop)
            wide = max(1.0, _x(one.start + step, start, stop) - x)
            yield f'<rect x="{x:.1f}" y="{base - tall:.1f}" width="{wide:.1f}"'
            yield f' height="{tall:.1f}" fill="{_LOSS}"/>'


def days(shares: Sequence[float | None], wide: int = 900, tall: int = 34) -> str:
    """Draw one bar a day for a status page; None: not known."""
    each = wide / max(1, len(shares))
    bars = "".join(
        f'<rect x="{n * each:.2f}" y="0" width="{each - 2:.2f}" height="{tall}"'
        f' fill="{_colour(share)}"/>'
        for n, share in enumerate(shares)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}"'
        f' preserveAspectRatio="none" direction="ltr" aria-hidden="true">{bars}</svg>'
    )


def _colour(share: float | None) -> str:
    if share is None:
        return DARK
    if share >= 1 - 1 / 86_400:  # a second
        return "#3fa35b"
    return WORSE if share >= 1 - 30 / 1440 else DOWN  # half an hour


def _wrapped(height: int, parts: Iterator[str]) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
    yield f' width="{WIDTH}" height="{height}" direction="ltr" {_FONT}>'
    yield from parts
    yield "</svg>"


def _x(instant: float, start: int, stop: int) -> float:
    share = (instant - start) / max(1, stop - start)
    return LEFT + min(1.0, max(0.0, share)) * _INSIDE


def _box(
    start: int,
    stop: int,
    span: Span,
    top: float,
    tall: float,
    colour: str,
    least: float = 0.0,
) -> str:
    left = _x(span[0], start, stop)
    wide = max(least, _x(span[1], start, stop) - left)
    return (
        f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{tall}"'
        f' fill="{colour}"/>'
    )


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= value)


def _number(y: float, text: str) -> str:
    return (
        f'<text x="{LEFT - 6}" y="{y:.1f}" fill="{_FAINT}" text-anchor="end">'
        f"{text}</text>"
    )


_STEPS = (10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY)


def _days(
    start: int, stop: int, zone: tzinfo, top: float, bottom: float
) -> Iterator[str]:
    step = next((one for one in _STEPS if (stop - start) / one <= 9), _STEPS[-1])
    local = datetime.fromtimestamp(start / SECOND, UTC).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    form = "%m-%d" if step >= DAY else "%H:%M"
    while (instant := round(midnight.timestamp()) * SECOND) <= stop:
        if instant >= start:
            x = _x(instant, start, stop)
            yield f'<path d="M{x:.1f} {top}V{bottom}" stroke="{_GRID}"/>'
            if x < WIDTH - 30:
                yield f'<text x="{x:.1f}" y="{bottom + 14}" fill="{_FAINT}"'
                yield f' text-anchor="middle">{midnight:{form}}</text>'
        midnight += timedelta(microseconds=step)
