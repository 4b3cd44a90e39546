"""All of it together."""

from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from rabta import __version__
from rabta.api import (
    cost,
    entities,
    entity_pages,
    now,
    outbox,
    pages,
    past,
    problems,
    relay,
    reports,
    signin,
    steer,
    stream,
)
from rabta.api.codec import Speaker
from rabta.api.guard import Guard, Keys
from rabta.api.head import HeadersOnly
from rabta.api.panels import Rungs
from rabta.api.reader import Pages
from rabta.api.schema import described
from rabta.api.settings import ApiSettings
from rabta.errors import PlatformError
from rabta.model import Live
from rabta.store import Store
from rabta.ui import ASSETS


if TYPE_CHECKING:
    from rabta.api.metrics import Scrape


def create_app(live: Live, store: Store, settings: ApiSettings) -> FastAPI:
    """Build the application: JSON under /api, pages, metrics, live stream.

    Raises:
        PlatformError: the pages' scripts and styles were not bundled.
    """
    if not (ASSETS / "rabta.css").exists():
        raise PlatformError(
            "the dashboard's scripts and styles are missing",
            hint="install Rabta again, or run: python hatch_build.py",
        )
    app = FastAPI(
        title="Rabta",
        version=__version__,
        summary="What works on this line, what does not, and why.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    speaker, reader = Speaker(settings.zone), Pages(settings)
    keys = Keys(settings.token)
    app.state.keys = keys
    app.include_router(now.router(live, store, speaker))
    app.include_router(past.router(live, store, speaker))
    app.include_router(steer.router(live, store, settings.wishes, speaker))
    app.include_router(relay.router(live, store, speaker))
    app.include_router(entities.router(live, store, speaker))
    app.include_router(cost.router(live, store, settings, speaker))
    app.include_router(reports.router(live, store, settings, reader))
    app.include_router(stream.router(live, store, speaker))
    app.include_router(signin.router(keys, reader))
    rungs = Rungs(settings.targets)
    app.include_router(pages.router(live, store, rungs, reader, settings))
    app.include_router(entity_pages.router(live, store, rungs, reader))
    desk = outbox.Desk(store)
    app.include_router(outbox.router(desk, speaker))
    app.include_router(outbox.page_router(live, desk, reader))
    _add_metrics(app, live, store, simulated=settings.simulated)
    _add_docs(app, reader)
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")
    problems.install(app, reader)
    described(app)
    app.add_middleware(HeadersOnly)
    app.add_middleware(Guard, settings=settings, keys=keys)
    return app


def sign_in_path(app: FastAPI) -> str | None:
    """Return the path of a new sign-in link: good once; None when nobody needs one."""
    keys: Keys = app.state.keys
    return keys.link() if keys.needed else None


def _add_metrics(app: FastAPI, live: Live, store: Store, *, simulated: bool) -> None:
    text: dict[int | str, dict[str, Any]] = {
        200: {"content": {"text/plain": {}}, "description": "Metrics"}
    }

    @cache
    def scraper() -> "Scrape":
        from rabta.api import metrics  # its library is for those who are scraped

        return metrics.scraper(live, store, simulated=simulated)

    @app.get("/metrics", tags=["now"], response_class=Response, responses=text)
    def prometheus() -> Response:
        """Return metrics in Prometheus' text format."""
        from rabta.api.metrics import CONTENT_TYPE

        return Response(scraper()(), headers={"content-type": CONTENT_TYPE})


def _add_docs(app: FastAPI, pages: Pages) -> None:
    @app.get("/api/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        return pages.page(request, "docs.html")
