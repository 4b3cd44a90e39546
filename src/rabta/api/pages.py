"""The pages: the same facts as the JSON, for people."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from rabta.api.cost import event_price
from rabta.api.documents import unmeasured
from rabta.api.now import health_of, history_of, lane_of
from rabta.api.panels import Rungs
from rabta.api.past import Number, disruption_of
from rabta.api.reader import Pages
from rabta.api.relay import report_of
from rabta.api.settings import ApiSettings
from rabta.api.span import Span, span_of
from rabta.api.steer import decision_of
from rabta.api.views import Views
from rabta.clock import DAY, HOUR, MINUTE
from rabta.cost.money import span as span_of_money
from rabta.model import Disruption, Live, Observation, PathDetail, Probe, Status
from rabta.store import Store
from rabta.ui import Words
from rabta.ui.drawings import timeline_of
from rabta.ui.folded import Row, folded


CHOICES = (
    ("-5min", "minutes"),
    ("-1h", "hour"),
    ("-24h", "day"),
    ("-7d", "week"),
    ("-365d", "year"),
)
_LISTED = 200
_NEWEST = 10

Since = Annotated[str, Query(alias="from")]
Wanted = Annotated[int | None, Query(ge=1, le=2**53)]


def router(
    live: Live, store: Store, rungs: Rungs, pages: Pages, settings: ApiSettings
) -> APIRouter:
    """Build the routes of all pages but the sign-in."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    views = Views(store, rungs)

    @routes.get("/")
    def dashboard(request: Request, since: Since = "-5min", to: str = "now") -> Any:
        status, words = live.status(), pages.words(request)
        span = span_of(since, to, status.time)
        past = Span(max(0, status.time - DAY), status.time, "-24h", "now")
        shown = _longer(span, past)
        return pages.page(
            request,
            "dashboard.html",
            status=status,
            span=span,
            choices=CHOICES,
            panels={
                lane.uplink.name: views.of(lane.uplink.name, span, words)
                for lane in status.uplinks
            },
            beats=views.beats(status),
            decision=decision_of(status, store, settings.wishes),
            relay=report_of(status, store),
            **_happened(store, shown, rows=_NEWEST, own_only=True),
        )

    @routes.get("/events")
    def events(
        request: Request,
        since: Since = "",
        to: str = "now",
        pattern: Wanted = None,
    ) -> Any:
        now = live.status().time
        span = span_of(since or ("-7d" if pattern is None else "0"), to, now)
        return pages.page(
            request,
            "events.html",
            span=span,
            choices=CHOICES[1:],
            now=now,
            pattern=pattern,
            **_happened(store, span, pattern=pattern),
        )

    @routes.get("/events/{number}")
    def event(request: Request, number: Number) -> Any:
        disruption = disruption_of(store, number)
        return pages.page(
            request,
            "event.html",
            disruption=disruption,
            verdict=disruption.verdict,
            verdicts=disruption.verdicts,
            missing=None,
            around=_around(disruption, live.status().time),
            cost=event_price(disruption, settings.firm, live.status().time, store.path),
            money=span_of_money,
            now=live.status().time,
        )

    @routes.get("/why")
    def why(request: Request) -> Any:
        status = live.status()
        return pages.page(
            request,
            "why.html",
            verdict=status.host,
            verdicts=history_of(store, status.host),
            missing=_missing(status, pages.words(request)),
            now=status.time,
        )

    @routes.get("/uplinks/{name}")
    def uplink(
        request: Request, name: str, since: Since = "-5min", to: str = "now"
    ) -> Any:
        status = live.status()
        lane = lane_of(status, name)
        span = span_of(since, to, status.time)
        newest = _newest(store, name, status.time)
        return pages.page(
            request,
            "uplink.html",
            status=status,
            lane=lane,
            span=span,
            choices=CHOICES,
            panel=views.of(name, span, pages.words(request)),
            newest=newest,
            rungs={one.target: rungs[one.target] for one in newest},
            paths=_paths(store, name, status.time),
        )

    @routes.get("/health")
    def health(request: Request) -> Any:
        status = live.status()
        return pages.page(
            request,
            "health.html",
            now=status.time,
            own=health_of(status),
            spent=sum(lane.spent_bytes_today for lane in status.uplinks),
        )

    return routes


def _longer(one: Span, other: Span) -> Span:
    return (
        one if one.end - one.start > other.end - other.start or not one.live else other
    )


def _happened(
    store: Store,
    span: Span,
    rows: int = _LISTED,
    *,
    own_only: bool = False,
    pattern: int | None = None,
) -> dict[str, Any]:
    """Return what a span holds; of *pattern* each window by itself."""
    found = store.disruptions(
        start=span.start,
        stop=span.end + 1,
        own_only=own_only,
        pattern=pattern,
        limit=_LISTED,
    )
    start = span.start if pattern is None or not found else found[-1].onset
    return {
        "disruptions": folded(found)[:rows] if pattern is None else [*map(Row, found)],
        "timeline": timeline_of(found, start, span.end),
    }


def _around(disruption: Disruption, now: int) -> tuple[str, str]:
    """Return the ends of a span that shows a disruption and what surrounds it."""
    end = now if disruption.end is None else disruption.end
    margin = max((end - disruption.onset) // 2, 5 * MINUTE)
    return (Words.iso(disruption.onset - margin), Words.iso(min(end + margin, now)))


def _missing(status: Status, words: Words) -> list[str]:
    found = []
    for one in unmeasured(status):
        line = f"IPv{one.family}"
        if one.rung == "service" and one.group:
            key, what = "service", {"service": one.group}
        else:
            rung = (
                f"{words.text(f'rung.{one.rung}')} {words.corridor(one.group)}".rstrip()
            )
            key, what = "item", {"rung": rung}
        found.append(
            words.text(f"why.missing_{key}", line=line, uplink=one.uplink, **what)
        )
    return found


def _newest(store: Store, uplink: str, now: int) -> list[Observation]:
    recent = store.observations(
        start=now - 10 * MINUTE, stop=now + MINUTE, uplink=uplink, limit=5000
    )
    newest = {(o.target, o.family, o.probe): o for o in recent if o.probe != "path"}
    failed_first = sorted(newest, key=lambda key: (newest[key].failure is None, key))
    return [newest[key] for key in failed_first]


def _paths(store: Store, uplink: str, now: int) -> list[Observation]:
    recent = store.observations(
        start=now - 6 * HOUR, stop=now + MINUTE, uplink=uplink, probe=Probe.PATH
    )
    newest = {
        (o.target, o.family): o for o in recent if isinstance(o.detail, PathDetail)
    }
    return [newest[key] for key in sorted(newest)]
