"""What happened, as JSON: series, charts, disruptions, single observations."""

from collections.abc import Sequence
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi import Path as PathParameter
from starlette.responses import Response

from rabta.agent.moments import FORMS
from rabta.api import span
from rabta.api.codec import Speaker
from rabta.api.documents import Chart
from rabta.api.panels import merge
from rabta.api.problems import answers
from rabta.api.span import Span, span_of
from rabta.api.tables import CSV_TYPE, Format, csv_of_chart, csv_of_events
from rabta.clock import SECOND
from rabta.model import Disruption, Live, Notice, Observation, Probe
from rabta.store import SeriesInfo, Store


Moment = Annotated[str, Query(pattern=span.PATTERN, description=f"A time: {FORMS}.")]
Since = Annotated[
    str,
    Query(alias="from", pattern=span.PATTERN, description=f"A time: {FORMS}."),
]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
Number = Annotated[int, PathParameter(ge=1, le=2**53)]
Form = Annotated[
    Format, Query(alias="format", description="csv has the same as a table.")
]
_MERGED = r"^[0-9]{1,9}(,[0-9]{1,9}){0,99}$"
_LINES = 12


def router(live: Live, store: Store, speaker: Speaker) -> APIRouter:
    """Build the routes that speak of the past."""
    routes = APIRouter(prefix="/api", tags=["past"])

    @routes.get("/series", responses=answers(list[SeriesInfo]))
    def series() -> Response:
        """Return every series the store knows."""
        return speaker.reply(store.series())

    @routes.get("/points", responses=answers(Chart, 404, 422, also=CSV_TYPE))
    def points(
        series: Annotated[
            list[Annotated[str, Query(pattern=_MERGED)]],
            Query(
                min_length=1,
                max_length=_LINES,
                description="A series' number, or several joined by commas to be "
                "merged into one line; repeat it for more lines.",
            ),
        ],
        since: Since = "-1h",
        to: Moment = "now",
        step: Annotated[
            int | None,
            Query(ge=1, le=604800, description="Seconds of a bucket, at least."),
        ] = None,
        buckets: Annotated[
            int, Query(ge=1, le=2000, description="How many buckets at most.")
        ] = 500,
        form: Form = Format.JSON,
    ) -> Response:
        """Return charts: equal buckets with what was sent and lost, and the figures.

        A bucket with nothing sent was not measured: neither up nor down.
        """
        asked = span_of(since, to, live.status().time)
        width = max(asked.step(buckets) // SECOND, step or 1)
        found = chart(store, [_numbers(s) for s in series], asked, width)
        return csv_of_chart(found) if form is Format.CSV else speaker.reply(found)

    @routes.get("/events", responses=answers(list[Disruption], 422, also=CSV_TYPE))
    def events(
        since: Since = "0",
        to: Moment = "now",
        entity: Annotated[str | None, Query(max_length=100)] = None,
        pattern: Annotated[
            int | None,
            Query(ge=1, le=2**53, description="Only the windows of this pattern."),
        ] = None,
        ongoing: Annotated[bool, Query(description="Only what lasts still.")] = False,  # noqa: FBT002
        limit: Limit = 100,
        form: Form = Format.JSON,
    ) -> Response:
        """Return the disruptions that overlap a span, newest first.

        One of several that come again at the same hours says so in its `pattern`.
        """
        asked = span_of(since, to, live.status().time)
        found = store.disruptions(
            start=asked.start,
            stop=asked.end + 1,
            entity=entity,
            open_only=ongoing,
            pattern=pattern,
            limit=limit,
        )
        return csv_of_events(found) if form is Format.CSV else speaker.reply(found)

    @routes.get("/events/{number}", responses=answers(Disruption, 404, 422))
    def event(number: Number) -> Response:
        """Return one disruption with every version of its verdict."""
        return speaker.reply(disruption_of(store, number))

    @routes.get("/notices", responses=answers(list[Notice], 422))
    def notices(
        entity: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        """Return what was announced, oldest first; see ``rabta context``."""
        return speaker.reply(store.notices(entity))

    @routes.get("/observations", responses=answers(list[Observation], 422))
    def observations(
        since: Since = "-5min",
        to: Moment = "now",
        uplink: Annotated[str, Query(max_length=100)] = "",
        target: Annotated[str, Query(max_length=200)] = "",
        probe: Probe | None = None,
        family: Annotated[int, Query(ge=0, le=6, description="4, 6, or 0: both")] = 0,
        failed: Annotated[bool, Query(description="Only those that failed.")] = False,  # noqa: FBT002
        limit: Limit = 200,
    ) -> Response:
        """Return single observations as they were recorded, oldest first.

        Of more than *limit*, the newest.
        """
        asked = span_of(since, to, live.status().time)
        return speaker.reply(
            store.observations(
                start=asked.start,
                stop=asked.end + 1,
                uplink=uplink,
                target=target,
                probe=probe,
                family=family,
                failed_only=failed,
                limit=limit,
            )
        )

    return routes


def disruption_of(store: Store, number: int) -> Disruption:
    """Return a disruption, or answer 404."""
    found = store.disruption(number)
    if found is None:
        raise HTTPException(404, f"no disruption {number} is stored")
    return found


def chart(
    store: Store, lines: Sequence[Sequence[int]], asked: Span, step: int
) -> Chart:
    """Return one merged line per item of *lines*, or answer 404.

    *step*, in seconds, grows where the store no longer keeps narrower buckets.
    """
    known = {one.id for one in store.series()}
    for number in chain.from_iterable(lines):
        if number not in known:
            raise HTTPException(404, f"no series {number}; /api/series lists them")
    found = {
        number: store.points(
            number, start=asked.start, stop=asked.end, step_seconds=step
        )
        for number in chain.from_iterable(lines)
    }
    widest = max((one.step_seconds for one in found.values()), default=step)
    if widest > step:
        return chart(store, lines, asked, widest)
    merged = tuple(merge([found[number] for number in line]) for line in lines)
    return Chart(asked.start, asked.end, step, merged)


def _numbers(text: str) -> list[int]:
    return list(dict.fromkeys(int(number) for number in text.split(",")))
