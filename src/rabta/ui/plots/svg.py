"""The drawing itself, as SVG text: no library, no script, nothing fetched."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from rabta.clock import SECOND
from rabta.ui.plots.axes import short, time_ticks, value_ticks
from rabta.ui.plots.shapes import Figure, Mark, Panel


WIDTH, LEFT, RIGHT, TOP = 960, 64, 12, 30
PANEL, GAP, BOTTOM = 120, 26, 34
_INSIDE = WIDTH - LEFT - RIGHT
_LEAST = 2.0  # pixels: a short disruption must still be seen
_STYLE = """
.rabta-plot{--ink:#1f2328;--faint:#6e7781;--grid:#d8dee4;--paper:#fff;--line:#0b5cad;
--base:#8a6d00;--degradation:#f2c94c;--outage:#e5734f;--blackout:#a4243b;
font:12px system-ui,"Noto Nastaliq Urdu",sans-serif;background:var(--paper)}
@media(prefers-color-scheme:dark){.rabta-plot{--ink:#e6edf3;--faint:#9198a1;
--grid:#30363d;--paper:#0d1117;--line:#6cb6ff;--base:#d9b44a;--degradation:#8a6d1f;
--outage:#b1492a;--blackout:#d0455f}}
.rabta-plot text{fill:var(--ink)}.rabta-plot .faint{fill:var(--faint)}
.rabta-plot .grid{stroke:var(--grid)}
.rabta-plot .value{fill:none;stroke:var(--line);stroke-width:1.2}
.rabta-plot .base{fill:none;stroke:var(--base);stroke-width:1.2;stroke-dasharray:5 3}
.rabta-plot .mark{opacity:.45}.rabta-plot .quiet{opacity:.16}
.rabta-plot .unsure{opacity:.35;stroke:none}
.degradation{fill:var(--degradation)}.outage{fill:var(--outage)}
.blackout{fill:var(--blackout)}
"""


def svg(figure: Figure, *, words: bool = True) -> str:
    """Draw *figure*; time runs from left to right in every language.

    A disruption is shaded strongly on the signals that showed it and faintly on the
    others; the bands at its ends are the uncertainty of onset and end. Where nothing
    was measured nothing is drawn. Without *words* the title is left to the page.
    """
    height = TOP + len(figure.panels) * (PANEL + GAP) + BOTTOM
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rabta-plot" role="img"'
        f' viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' direction="ltr"><title>{escape(figure.title)}</title>'
        f"<desc>{escape(' '.join(mark.says for mark in figure.marks))}</desc>"
        f"<style>{_STYLE}</style>"
        f'<rect width="{WIDTH}" height="{height}" fill="var(--paper)"/>'
    )
    parts = [head]
    if words:
        parts.append(
            f'<text x="{LEFT}" y="18" font-weight="600">{escape(figure.title)}</text>'
        )
    start, stop = figure.span
    for number, panel in enumerate(figure.panels):
        top = TOP + number * (PANEL + GAP) + 14
        parts += _panel(panel, figure, top, start, stop)
    parts += _time_axis(figure, height - BOTTOM, start, stop)
    return "".join((*parts, "</svg>"))


def _panel(
    panel: Panel, figure: Figure, top: int, start: int, stop: int
) -> Iterator[str]:
    low, high = _limits(panel)

    def place(value: NDArray[np.floating]) -> NDArray[np.floating]:
        return top + PANEL - (value - low) / (high - low) * PANEL

    yield f'<text x="{LEFT}" y="{top - 5}">{escape(panel.name)} '
    yield f'<tspan class="faint">{escape(panel.note)}</tspan></text>'
    for tick in value_ticks(low, high):
        y = float(place(np.array([tick]))[0])
        yield f'<path class="grid" d="M{LEFT} {y:.1f}h{_INSIDE}"/>'
        yield f'<text class="faint" x="{LEFT - 6}" y="{y + 4:.1f}"'
        yield f' text-anchor="end">{short(tick)}</text>'
    for mark in figure.marks:
        yield from _shade(mark, panel.name, top, start, stop)
    across = LEFT + (panel.times() + panel.step / 2 - start) / (stop - start) * _INSIDE
    yield f'<path class="base" d="{_path(across, place(panel.baseline))}"/>'
    yield f'<path class="value" d="{_path(across, place(panel.values))}"/>'


def _limits(panel: Panel) -> tuple[float, float]:
    """Return the ends of the value axis; zero is on it unless that flattens all."""
    both = np.concatenate((panel.values, panel.baseline))
    finite = both[np.isfinite(both)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if low > 0 and low < 0.75 * high:
        low = 0.0
    margin = 0.05 * (high - low) or abs(high) * 0.05 or 0.5
    return (low - margin if low else 0.0), high + margin


def _shade(mark: Mark, name: str, top: int, start: int, stop: int) -> Iterator[str]:
    def across(instant: float) -> float:
        return LEFT + min(max((instant - start) / (stop - start), 0), 1) * _INSIDE

    left = across(mark.onset)
    right = max(across(stop if mark.end is None else mark.end), left + _LEAST)
    strength = "mark" if name in mark.fired else "quiet"
    yield f'<rect class="{strength} {mark.severity}" x="{left:.1f}" y="{top}"'
    yield f' width="{right - left:.1f}" height="{PANEL}">'
    yield f"<title>{escape(mark.says)}</title></rect>"
    ends = [(mark.onset, mark.onset_uncertainty)]
    if mark.end is not None:
        ends.append((mark.end, mark.end_uncertainty))
    for instant, seconds in ends:
        before = across(instant - seconds * SECOND)
        wide = across(instant + seconds * SECOND) - before
        if strength == "mark" and wide >= 1:
            yield f'<rect class="unsure {mark.severity}" x="{before:.1f}" y="{top}"'
            yield f' width="{wide:.1f}" height="{PANEL}"/>'


def _path(x: NDArray[np.floating], y: NDArray[np.floating]) -> str:
    """Return the line through (x, y), broken where y is NaN.

    Of many points per pixel the lowest and highest are kept, so that a short spike is
    as high as it was.
    """
    if len(x) > 3 * _INSIDE:
        x, y = _thinned(x, y)
    pieces = []
    pen_down = False
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if down != down:  # noqa: PLR0124 - NaN
            pen_down = False
            continue
        pieces.append(f"{'L' if pen_down else 'M'}{across:.1f} {down:.1f}")
        if not pen_down:
            pieces.append("h.1")  # a lone point must show too
        pen_down = True
    return "".join(pieces)


def _thinned(
    x: NDArray[np.floating], y: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    column = x.astype(np.int64)
    edges = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    first = np.fmin.reduceat(y, edges)
    second = np.fmax.reduceat(y, edges)
    return np.repeat(x[edges], 2), np.stack((first, second), axis=1).reshape(-1)


def _time_axis(figure: Figure, y: int, start: int, stop: int) -> Iterator[str]:
    for instant, label in time_ticks(start, stop, figure.timezone):
        x = LEFT + (instant - start) / (stop - start) * _INSIDE
        yield f'<path class="grid" d="M{x:.1f} {TOP + 14}V{y}"/>'
        yield f'<text class="faint" x="{x:.1f}" y="{y + 14}"'
        yield f' text-anchor="middle">{label}</text>'
    zone = escape(str(figure.timezone))
    yield f'<text class="faint" x="{WIDTH - RIGHT}" y="{y + 29}"'
    yield f' text-anchor="end">{zone}</text>'
