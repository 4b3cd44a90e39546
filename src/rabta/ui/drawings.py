"""The geometry of what the pages draw: beat bars and the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from rabta.model import Disruption, Evidence, State


_WIDTH, _HEIGHT = 1000, 48
_LEAST = 4.0  # a short disruption must still be something to click on
_MOST_ROWS = 4


@dataclass(frozen=True, slots=True)
class Beats:
    """One cell per interval, oldest first."""

    cells: tuple[State, ...]

    @property
    def up(self) -> int:
        """Intervals in which it answered, if slowly or not every time."""
        return len(self.cells) - self.down - self.gaps

    @property
    def down(self) -> int:
        """Intervals in which it never answered."""
        return self.cells.count(State.DOWN)

    @property
    def gaps(self) -> int:
        """Intervals that were not measured."""
        return self.cells.count(State.UNKNOWN)


def beats_of(sent: Sequence[int], lost: Sequence[int]) -> Beats:
    """Turn counts per interval into cells."""
    return Beats(tuple(map(_cell, sent, lost)))


def _cell(sent: int, lost: int) -> State:
    if not sent:
        return State.UNKNOWN
    if lost == sent:
        return State.DOWN
    return State.DEGRADED if lost else State.UP


@dataclass(frozen=True, slots=True)
class Box:
    """One disruption on the timeline, in units of its drawing."""

    disruption: Disruption
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Disruptions over a span, in rows so that none hides another."""

    start: int
    end: int
    boxes: tuple[Box, ...]
    ticks: tuple[float, ...]
    """Between four equal parts of the span."""
    marks: tuple[int, ...]
    """Start, middle and end."""


def timeline_of(disruptions: Sequence[Disruption], start: int, end: int) -> Timeline:
    """Lay *disruptions* out between *start* and *end*, microseconds UTC."""
    scale = _WIDTH / max(end - start, 1)
    ordered = sorted(disruptions, key=lambda one: one.onset)
    places = []
    for one in ordered:
        x = max(0.0, (one.onset - start) * scale)
        stop = min(
            float(_WIDTH), ((end if one.end is None else one.end) - start) * scale
        )
        width = max(stop - x, _LEAST)
        places.append((one, min(x, _WIDTH - width), width))
    rows = _rows([(x, x + width) for _, x, width in places])
    height = _HEIGHT / (max(rows, default=0) + 1)
    boxes = tuple(
        Box(one, round(x, 2), row * height + 1, round(width, 2), height - 2)
        for (one, x, width), row in zip(places, rows, strict=True)
    )
    return Timeline(
        start,
        end,
        boxes,
        ticks=tuple(n * _WIDTH / 4 for n in (1, 2, 3)),
        marks=(start, (start + end) // 2, end),
    )


def _rows(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Give every span the first row that is free, the last one when none is."""
    free = [0.0] * _MOST_ROWS
    chosen = []
    for start, end in spans:
        row = next(
            (n for n, until in enumerate(free) if until <= start), _MOST_ROWS - 1
        )
        free[row] = end
        chosen.append(row)
    return chosen


def telling(evidence: Sequence[Evidence], most: int = 5) -> tuple[Evidence, ...]:
    """Return what was measured, then the weightiest facts for or against.

    A page that shows several disruptions tells these; all stand on their own page.
    """
    shown = [one for one in evidence if not one.id.startswith("baseline/")]
    weighty = sorted((one for one in shown if one.nats), key=lambda e: -abs(e.nats))
    return (*(one for one in shown if not one.nats), *weighty[:most])


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a waterfall, 0 to 100 across."""

    evidence: Evidence
    x: float
    width: float
    total: float
    """Log odds of the leading cause after this step, nats."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """How facts add up for the leading cause, the weightiest first."""

    zero: float
    """Where even odds stand, 0 to 100 across."""
    bars: tuple[Bar, ...]


def waterfall_of(evidence: Sequence[Evidence]) -> Waterfall:
    """Lay out facts with a weight as steps of a running sum, in their order."""
    weighty = [one for one in evidence if one.nats]
    totals = list(accumulate(one.nats for one in weighty))
    low, high = min([0.0, *totals]), max([0.0, *totals])
    scale = 100 / max(high - low, 1e-9)
    bars, before = [], 0.0
    for one, total in zip(weighty, totals, strict=True):
        left, right = min(before, total), max(before, total)
        x, width = (left - low) * scale, (right - left) * scale
        bars.append(Bar(one, round(x, 2), round(max(width, 0.4), 2), round(total, 2)))
        before = total
    return Waterfall(round(-low * scale, 2), tuple(bars))
