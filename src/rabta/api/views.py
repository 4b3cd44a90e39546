"""What the pages show of an uplink's past: lines for the scripts, rows for tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rabta.api.panels import Curve, Merged, Panel, Rungs, merge, panel_of
from rabta.api.span import Span
from rabta.clock import HOUR, MINUTE, SECOND
from rabta.model import Status
from rabta.store import SeriesInfo, Store
from rabta.store.naming import OWN
from rabta.ui import Words
from rabta.ui.drawings import Beats, beats_of


_ROWS = 12
_BEAT = MINUTE


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table beside the charts."""

    time: int
    rtt: tuple[float | None, ...]
    loss: float | None
    rate: float | None
    count: int


@dataclass(frozen=True, slots=True)
class View:
    """The charts of one uplink, for one reader."""

    curves: tuple[str, ...]
    """What each is called."""
    lines: list[dict[str, Any]]
    """The same for the scripts: the curves, then the loss."""
    rate: list[dict[str, Any]]
    rows: tuple[Row, ...]


class Views:
    """Builds views from the store."""

    def __init__(self, store: Store, rungs: Rungs) -> None:
        self._store = store
        self._rungs = rungs

    def of(self, uplink: str, span: Span, words: Words) -> View:
        """Return the charts of *uplink* over *span*."""
        panel = panel_of(uplink, self._store.series(), self._rungs)
        names = tuple(_name(curve, words) for curve in panel.curves)
        lines = [_line(name, c) for name, c in zip(names, panel.curves, strict=True)]
        loss = _line(words.text("figure.loss"), panel.loss) | {"only_loss": True}
        rate = [_line(words.text("figure.rate"), panel.rate)]
        return View(names, [*lines, loss], rate, self._rows(panel, span))

    def _rows(self, panel: Panel, span: Span) -> tuple[Row, ...]:
        step = span.step(_ROWS) // SECOND
        loss = self._merged(panel.loss, span, step)
        rate = self._merged(panel.rate, span, step)
        curves = [self._merged(curve, span, step) for curve in panel.curves]
        times = next((one.time for one in (*curves, loss, rate) if one), ())
        return tuple(
            Row(
                time=time,
                rtt=tuple(_at(one, "median", n) for one in curves),
                loss=_loss(loss, n),
                rate=_at(rate, "median", n),
                count=loss.sent[n] if loss and n < len(loss.sent) else 0,
            )
            for n, time in reversed(list(enumerate(times)))
        )

    def _merged(self, curve: Curve, span: Span, step: int) -> Merged | None:
        return self._chart(curve.series, span.start, span.end, step)

    def _chart(
        self, series: Sequence[SeriesInfo], start: int, stop: int, step: int
    ) -> Merged | None:
        if not series:
            return None
        found = [
            self._store.points(one.id, start=start, stop=stop, step_seconds=step)
            for one in series
        ]
        widest = max(one.step_seconds for one in found)
        if widest > step:
            return self._chart(series, start, stop, widest)
        return merge(found)

    def beats(self, status: Status) -> dict[str, Beats]:
        """Return the last hour of every service, a cell a minute."""
        known = self._store.series()
        stop = status.time // _BEAT * _BEAT + _BEAT
        found = {}
        for service in status.services:
            mine = [
                one
                for one in known
                if one.source == OWN and one.entity == f"service/{service.name}"
            ]
            chart = self._chart(mine, stop - HOUR, stop, _BEAT // SECOND)
            empty = (0,) * (HOUR // _BEAT)
            found[service.name] = (
                beats_of(chart.sent, chart.lost) if chart else beats_of(empty, empty)
            )
        return found


def _name(curve: Curve, words: Words) -> str:
    return f"{words.text(f'rung.{curve.rung}')} {curve.corridor}".rstrip()


def _line(name: str, curve: Curve) -> dict[str, Any]:
    numbers = [one.id for one in curve.series]
    return {"label": name, "series": numbers, "members": curve.members}


def _at(chart: Merged | None, column: str, n: int) -> float | None:
    if chart is None:
        return None
    values: tuple[float | None, ...] = getattr(chart, column)
    return values[n] if n < len(values) else None


def _loss(chart: Merged | None, n: int) -> float | None:
    if chart is None or n >= len(chart.sent) or not chart.sent[n]:
        return None
    return chart.lost[n] / chart.sent[n]
