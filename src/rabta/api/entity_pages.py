"""Pages about countries and networks, beside one's own uplinks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from rabta.api.cost import period_price
from rabta.api.elsewhere import detail, signal_chart, summaries, summary_of
from rabta.api.entities import Code, Kind, matches
from rabta.api.entity_documents import EntitySummary, SignalLine
from rabta.api.panels import Rungs, panel_of
from rabta.api.past import chart
from rabta.api.reader import Pages
from rabta.api.span import Span, span_of
from rabta.clock import DAY, SECOND
from rabta.cost.money import span as span_of_money
from rabta.model import Disruption, Live, State
from rabta.store import Store
from rabta.ui import Words
from rabta.ui.folded import folded
from rabta.ui.tracks import Track, track_of
from rabta.ui.world import world


CHOICES = (("-24h", "day"), ("-7d", "week"), ("-30d", "month"), ("-365d", "year"))
_SPAN = 7 * DAY
_BUCKETS = 340
_ROWS = 28
_LISTED = 100

Since = Annotated[str, Query(alias="from")]


@dataclass(frozen=True, slots=True)
class Shown:
    """One signal, or one uplink, as it is drawn and told."""

    name: str
    unit: str
    track: Track
    newest: int | None
    """Start of the last bucket that holds a value."""
    rows: tuple[tuple[int, float | None, float | None], ...]
    """(time, value, usual), newest first."""
    has_vote: bool = True
    stale: bool = False


def router(live: Live, store: Store, rungs: Rungs, pages: Pages) -> APIRouter:
    """Build the routes of the pages about countries and networks."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/entities")
    def entities(request: Request, q: str = "") -> Any:
        now = live.status().time
        known = summaries(store, now)
        found = [one for one in known if matches(one, q)]
        return pages.page(
            request,
            "entities.html",
            now=now,
            query=q[:100],
            found=found[:_LISTED],
            more=max(0, len(found) - _LISTED),
            countries=_countries(known),
            world=world(),
            tally={
                state: sum(one.state is state for one in known)
                for state in (State.DOWN, State.DEGRADED, State.UP, State.UNKNOWN)
            },
        )

    @routes.get("/entity/{kind}/{code}")
    def entity(
        request: Request, kind: Kind, code: Code, since: Since = "", to: str = "now"
    ) -> Any:
        now = live.status().time
        about = summary_of(store, kind, code, now)
        span = _span(about, since, to, now)
        told = detail(store, kind, code, span, now)
        stale = {one.series.id: one.stale for one in told.signals}
        drawn = signal_chart(store, kind, code, span, _BUCKETS)
        return pages.page(
            request,
            "entity.html",
            now=now,
            about=about,
            told=told,
            happened=folded(told.disruptions),
            span=span,
            choices=CHOICES,
            signals=[
                _shown(one, span, told.disruptions, stale=stale[one.series.id])
                for one in drawn.signals
            ],
            cost=period_price(store, about.entity, span),
            money=span_of_money,
            left_out=len(told.signals) - len(drawn.signals),
            uplinks=_uplinks(live, store, rungs, span, pages.words(request)),
            countries=_countries(summaries(store, now)) if kind == "country" else {},
            world=world(),
        )

    return routes


def _span(about: EntitySummary, since: str, to: str, now: int) -> Span:
    """Return the span asked for; without one the last week that holds data."""
    if since:
        return span_of(since, to, now)
    if now - about.last < _SPAN:
        return span_of("-7d", to, now)
    return span_of(Words.iso(about.last - _SPAN), Words.iso(about.last + SECOND), now)


def _countries(known: Sequence[EntitySummary]) -> dict[str, EntitySummary]:
    return {one.code: one for one in known if one.kind == "country"}


def _shown(
    line: SignalLine, span: Span, disruptions: Sequence[Disruption], *, stale: bool
) -> Shown:
    track = track_of(
        line.time, line.value, line.usual, (span.start, span.end), disruptions
    )
    rows = list(zip(line.time, line.value, line.usual, strict=True))
    return Shown(
        line.name,
        line.series.unit,
        track,
        next((time for time, value, _ in reversed(rows) if value is not None), None),
        tuple(_thin(rows)),
        line.has_vote,
        stale,
    )


def _thin(rows: Sequence[Any]) -> Sequence[Any]:
    """Return some rows over the whole span, the newest first."""
    every = max(1, len(rows) // _ROWS)
    return rows[::-1][::every]


def _uplinks(
    live: Live, store: Store, rungs: Rungs, span: Span, words: Words
) -> list[Shown]:
    """Return the share of probes each own uplink had answered, over the same span."""
    known = store.series()
    shown = []
    for lane in live.status().uplinks:
        name = lane.uplink.name
        numbers = [one.id for one in panel_of(name, known, rungs).loss.series]
        if not numbers:
            continue
        step = span.step(_BUCKETS) // SECOND
        (line,) = chart(store, [numbers], span, step).lines
        answered = tuple(
            1 - lost / sent if sent else None
            for sent, lost in zip(line.sent, line.lost, strict=True)
        )
        happened = store.disruptions(
            start=span.start, stop=span.end + 1, entity=f"uplink/{name}", limit=_LISTED
        )
        none: tuple[float | None, ...] = (None,) * len(answered)
        rows = list(zip(line.time, answered, none, strict=True))
        shown.append(
            Shown(
                words.text("entity.uplink", name=name),
                "1",
                track_of(
                    line.time,
                    answered,
                    none,
                    (span.start, span.end),
                    happened,
                    most=1.0,
                ),
                next((t for t, value, _ in reversed(rows) if value is not None), None),
                tuple(_thin(rows)),
            )
        )
    return shown
