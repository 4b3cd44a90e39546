"""What the pages show of an uplink's past: lines for the scripts, rows for tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from rabta.api.panels import Curve, Merged, Panel, Rungs, panel_of
from rabta.api.past import chart
from rabta.api.span import Span
from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.model import Probe, Status
from rabta.store import Store
from rabta.store.naming import OWN, probe_of
from rabta.ui import Words
from rabta.ui.drawings import Beats, beats_of


_ROWS = 12
_BEAT = MINUTE
_KEPT = 64

T = TypeVar("T")


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
    query: str
    """For the same as CSV: ``series=…`` for each line, rate included."""
    last_rate: str
    """What to say where the span holds no rate: transfers are rare."""
    rows: tuple[Row, ...]


class Views:
    """Builds views from the store.

    An open page asks every second, and what it shows of the past is most of its cost:
    a span that moves is read again only when it has moved by a hundredth.
    """

    def __init__(self, store: Store, rungs: Rungs) -> None:
        self._store = store
        self._rungs = rungs
        self._views = _Kept[View]()
        self._beats = _Kept[Beats]()

    def of(self, uplink: str, span: Span, words: Words) -> View:
        """Return the charts of *uplink* over *span*."""
        key = (uplink, span.since, span.until, words.language)
        fresh = max((span.end - span.start) // 100, 2 * SECOND)
        return self._views.get(
            key, span.end, fresh, lambda: self._view(uplink, span, words)
        )

    def _view(self, uplink: str, span: Span, words: Words) -> View:
        panel = panel_of(uplink, self._store.series(), self._rungs)
        names = tuple(_name(curve, words) for curve in panel.curves)
        lines = [_line(name, c) for name, c in zip(names, panel.curves, strict=True)]
        loss = _line(words.text("figure.loss"), panel.loss) | {"only_loss": True}
        rate = [_line(words.text("figure.rate"), panel.rate)]
        query = "&".join(
            f"series={','.join(map(str, one['series']))}"
            for one in (*lines, *rate)
            if one["series"]
        )
        last = self._last_rate(uplink, panel.rate, span, words)
        return View(names, [*lines, loss], rate, query, last, self._rows(panel, span))

    def _last_rate(self, uplink: str, rate: Curve, span: Span, words: Words) -> str:
        newest = max((one.last for one in rate.series), default=None)
        found = (
            self._store.observations(
                start=newest - DAY, stop=newest + 1, uplink=uplink, probe=probe
            )
            for probe in (Probe.FETCH, Probe.THROUGHPUT)
            if newest is not None
        )
        shown = {one.target for one in rate.series}
        done = [
            one
            for several in found
            for one in several
            if one.value is not None and one.target in shown
        ]
        if not done:
            return words.text("figure.rate_none")
        last = max(done, key=lambda one: one.time)
        return words.text(
            "figure.rate_last",
            rate=words.bits(last.value),
            at=words.moment(last.time, span.end),
        )

    def _rows(self, panel: Panel, span: Span) -> tuple[Row, ...]:
        curves = (*panel.curves, panel.loss, panel.rate)
        *rtt, loss, rate = self._merged(curves, span)
        times = next((one.time for one in (*rtt, loss, rate) if one), ())
        return tuple(
            Row(
                time=time,
                rtt=tuple(one.median[n] if one else None for one in rtt),
                loss=loss.lost[n] / loss.sent[n] if loss and loss.sent[n] else None,
                rate=rate.median[n] if rate else None,
                count=loss.sent[n] if loss else 0,
            )
            for n, time in reversed(list(enumerate(times)))
        )

    def _merged(self, curves: Sequence[Curve], span: Span) -> list[Merged | None]:
        """Return each curve's line, all in equal buckets; None without a series."""
        known = [[one.id for one in curve.series] for curve in curves if curve.series]
        lines = iter(chart(self._store, known, span, span.step(_ROWS) // SECOND).lines)
        return [next(lines) if curve.series else None for curve in curves]

    def beats(self, status: Status) -> dict[str, Beats]:
        """Return the last hour of every service, a cell a minute."""
        return {
            service.name: self._beats.get(
                (service.name,),
                status.time,
                _BEAT // 10,
                partial(self._hour, service.name, status.time),
            )
            for service in status.services
        }

    def _hour(self, service: str, now: int) -> Beats:
        stop = now // _BEAT * _BEAT + _BEAT
        span = Span(stop - HOUR, stop, "", "")
        checks = [
            one.id
            for one in self._store.series()
            if one.source == OWN
            and one.target == service
            and probe_of(one.key) is Probe.HTTP
        ]
        if not checks:
            return beats_of((0,) * (HOUR // _BEAT), (0,) * (HOUR // _BEAT))
        (line,) = chart(self._store, [checks], span, _BEAT // SECOND).lines
        return beats_of(line.sent, line.lost)


class _Kept(Generic[T]):
    """What was made lately, by key; the oldest go first."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, ...], tuple[int, T]] = {}

    def get(
        self, key: tuple[str, ...], now: int, fresh: int, make: Callable[[], T]
    ) -> T:
        """Return what was made for *key* less than *fresh* microseconds ago."""
        held = self._made.pop(key, None)
        if held is None or not 0 <= now - held[0] < fresh:
            held = (now, make())
        self._made[key] = held
        while len(self._made) > _KEPT:
            self._made.pop(next(iter(self._made)), None)
        return held[1]


def _name(curve: Curve, words: Words) -> str:
    return words.corridor(curve.corridor) or words.text(f"rung.{curve.rung}")


def _line(name: str, curve: Curve) -> dict[str, Any]:
    numbers = [one.id for one in curve.series]
    return {"label": name, "series": numbers, "members": curve.members}
