"""What disruptions cost, as JSON; and what the pages show of it."""

from pathlib import Path

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

from rabta.agent import costing
from rabta.agent.country_figures import priceable
from rabta.api.codec import Speaker
from rabta.api.entities import Code, Kind
from rabta.api.past import Moment, Number, Since, disruption_of
from rabta.api.problems import answers
from rabta.api.settings import ApiSettings
from rabta.api.span import Span, span_of
from rabta.clock import SystemClock
from rabta.cost.firm.profile import Firm
from rabta.model import Disruption, Live
from rabta.store import Store


def router(
    live: Live, store: Store, settings: ApiSettings, speaker: Speaker
) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(tags=["cost"])

    @routes.get(
        "/api/events/{number}/cost", responses=answers(costing.EventCost, 404, 422)
    )
    def event(number: Number) -> Response:
        """Return what one disruption costs, as far as a price holds for it.

        Of a country by every method; of an own line by the profile under `[firm]`, as
        if nothing else had carried the work.
        """
        one = disruption_of(store, number)
        now = live.status().time
        return speaker.reply(costing.event_cost(one, settings.firm, now, store.path))

    @routes.get(
        "/api/v1/cost/{kind}/{code}", responses=answers(costing.CountryCost, 404, 422)
    )
    def country(
        kind: Kind, code: Code, since: Since = "-7d", to: Moment = "now"
    ) -> Response:
        """Return what the stored disruptions of a country cost in a span."""
        if kind != "country" or not priceable(code, store.path):
            raise HTTPException(404, f"no figures of {kind}/{code} are known")
        asked = span_of(since, to, live.status().time)
        return speaker.reply(
            costing.country_stored(store, f"{kind}/{code}", asked.start, asked.end)
        )

    @routes.get("/api/v1/cost", responses=answers(costing.OwnCost, 404, 422))
    def own(since: Since = "-7d", to: Moment = "now") -> Response:
        """Return what one's own lines cost in a span, and what was saved."""
        if settings.firm is None:
            raise HTTPException(404, "no [firm] in rabta.toml: see docs/how-to/cost.md")
        asked = span_of(since, to, live.status().time)
        return speaker.reply(
            costing.own_stored(
                store,
                settings.firm,
                asked.start,
                asked.end,
                SystemClock(),
            )
        )

    return routes


def event_price(
    one: Disruption, firm: Firm | None, now: int, folder: Path
) -> costing.EventCost | None:
    """Return what a page shows of one disruption's cost; None for nothing."""
    found = costing.event_cost(one, firm, now, folder)
    priced = found.country is not None and found.country.classes
    return found if priced or found.own is not None else None


def period_price(store: Store, entity: str, span: Span) -> costing.EventCost | None:
    """Return what a page shows of the cost of a country's span; None for nothing."""
    kind, _, code = entity.partition("/")
    if kind != "country" or not priceable(code, store.path):
        return None
    found = costing.country_stored(store, entity, span.start, span.end)
    return costing.EventCost(found, None) if found.classes else None
