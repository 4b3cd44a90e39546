"""Countries and networks, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from starlette.responses import Response

from rabta.api.codec import Speaker
from rabta.api.elsewhere import detail, signal_chart, summaries
from rabta.api.entity_documents import EntityDetail, EntitySummary, SignalChart
from rabta.api.past import Moment, Since
from rabta.api.problems import answers
from rabta.api.span import span_of
from rabta.model import Live
from rabta.store import Store


Kind = Annotated[
    str, PathParameter(pattern="^[a-z]{1,20}$", description="country, asn, region, …")
]
Code = Annotated[
    str,
    PathParameter(
        pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="PK, 17557, …"
    ),
]


def router(live: Live, store: Store, speaker: Speaker) -> APIRouter:
    """Build the routes that speak of what others measured."""
    routes = APIRouter(prefix="/api/v1", tags=["elsewhere"])

    @routes.get("/entities", responses=answers(list[EntitySummary], 422))
    def entities(
        q: Annotated[
            str, Query(max_length=100, description="Part of a name or a code.")
        ] = "",
    ) -> Response:
        """Return the countries and networks public signals are stored of.

        The worst first. What has no fresh data is not known, never fine.
        """
        found = summaries(store, live.status().time)
        return speaker.reply([one for one in found if matches(one, q)])

    @routes.get("/entities/{kind}/{code}", responses=answers(EntityDetail, 404, 422))
    def entity(
        kind: Kind, code: Code, since: Since = "-7d", to: Moment = "now"
    ) -> Response:
        """Return one of them: signals, disruptions and reports of a span, sources."""
        now = live.status().time
        return speaker.reply(detail(store, kind, code, span_of(since, to, now), now))

    @routes.get(
        "/entities/{kind}/{code}/signals", responses=answers(SignalChart, 404, 422)
    )
    def signals(
        kind: Kind,
        code: Code,
        since: Since = "-7d",
        to: Moment = "now",
        buckets: Annotated[
            int, Query(ge=1, le=2000, description="How many buckets at most.")
        ] = 500,
    ) -> Response:
        """Return the signals of one of them, each with what is usual.

        In equal buckets; null is a gap. At most twelve signals.
        """
        asked = span_of(since, to, live.status().time)
        return speaker.reply(signal_chart(store, kind, code, asked, buckets))

    return routes


def matches(one: EntitySummary, words: str) -> bool:
    """Tell whether *words* are a part of its name or code."""
    wanted = words.strip().casefold()
    names = (one.entity, one.code, one.name, one.name_ur)
    return any(wanted in name.casefold() for name in names)
