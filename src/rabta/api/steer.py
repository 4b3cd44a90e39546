"""Which uplink carries what, as JSON; where nobody steers, which one would."""

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from rabta.api.codec import Speaker
from rabta.api.problems import answers
from rabta.clock import SystemClock
from rabta.model import Live, Status
from rabta.steer.beliefs import beliefs_of
from rabta.steer.decider import Decider, Wishes
from rabta.steer.document import Decision, read
from rabta.store import Store


def decision_of(status: Status, store: Store, wishes: Wishes) -> Decision:
    """Return what is in force, else what would be decided from *status*."""
    if not status.simulated:
        found = read(store.path, SystemClock())
        if found is not None:
            return found
    uplinks = [lane.uplink for lane in status.uplinks]
    beliefs = beliefs_of(msgspec.json.encode(status))
    return Decider(wishes).decide(uplinks, beliefs, {}, status.time, 0.0)


def router(live: Live, store: Store, wishes: Wishes, speaker: Speaker) -> APIRouter:
    """Build the route."""
    routes = APIRouter(prefix="/api", tags=["now"])

    @routes.get("/steer", responses=answers(Decision))
    def steer() -> Response:
        """Return which uplink carries what and why, and what moved lately."""
        return speaker.reply(decision_of(live.status(), store, wishes))

    return routes
