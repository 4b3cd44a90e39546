"""What the relay does, as JSON."""

from fastapi import APIRouter
from starlette.responses import Response

from rabta.api.codec import Speaker
from rabta.api.problems import answers
from rabta.clock import SystemClock
from rabta.model import Live, Status
from rabta.steer.relay.report import Report, read
from rabta.store import Store


def report_of(status: Status, store: Store) -> Report:
    """Return what the relay told last; of a simulated office there is none."""
    return Report() if status.simulated else read(store.path, SystemClock())


def router(live: Live, store: Store, speaker: Speaker) -> APIRouter:
    """Build the route."""
    routes = APIRouter(prefix="/api", tags=["now"])

    @routes.get("/relay", responses=answers(Report))
    def relay() -> Response:
        """Return whether a relay runs, and what each uplink carries for it."""
        return speaker.reply(report_of(live.status(), store))

    return routes
