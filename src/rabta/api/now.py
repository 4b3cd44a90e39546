"""What is happening now, as JSON."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.responses import Response

from rabta.api.codec import Speaker
from rabta.api.documents import OwnHealth, Why, unmeasured
from rabta.api.problems import answers
from rabta.api.process import memory_bytes, processor_seconds
from rabta.clock import DAY
from rabta.model import Live, ServiceStatus, Status, UplinkStatus, Verdict
from rabta.store import Store


_HISTORY = 50


def router(live: Live, store: Store, speaker: Speaker) -> APIRouter:
    """Build the routes that speak of the present."""
    routes = APIRouter(prefix="/api", tags=["now"])

    @routes.get("/status", responses=answers(Status))
    async def status() -> Response:
        """Return the whole picture: the host's verdict, uplinks, services, health."""
        return speaker.reply(live.status())

    @routes.get("/uplinks", responses=answers(list[UplinkStatus]))
    async def uplinks() -> Response:
        """Return every uplink with its lights and figures."""
        return speaker.reply(live.status().uplinks)

    @routes.get("/uplinks/{name}", responses=answers(UplinkStatus, 404, 422))
    async def uplink(name: str) -> Response:
        """Return one uplink."""
        return speaker.reply(lane_of(live.status(), name))

    @routes.get("/services", responses=answers(list[ServiceStatus]))
    async def services() -> Response:
        """Return every service over every line."""
        return speaker.reply(live.status().services)

    @routes.get("/why", responses=answers(Why, 404, 422))
    def why(
        event: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    ) -> Response:
        """Return the evidence: of now, or of disruption *event*."""
        return speaker.reply(why_of(live, store, event))

    @routes.get("/health", responses=answers(OwnHealth))
    async def health() -> Response:
        """Return how Rabta itself is doing."""
        return speaker.reply(health_of(live.status()))

    return routes


def lane_of(status: Status, name: str) -> UplinkStatus:
    """Return the lane of uplink *name*, or answer 404."""
    for lane in status.uplinks:
        if lane.uplink.name == name:
            return lane
    known = ", ".join(lane.uplink.name for lane in status.uplinks) or "none"
    raise HTTPException(404, f"no uplink {name!r}; there are: {known}")


def why_of(live: Live, store: Store, event: int | None) -> Why:
    """Return the evidence of now or of a disruption, or answer 404."""
    if event is None:
        status = live.status()
        return Why(status.host, history_of(store, status.host), unmeasured(status))
    disruption = store.disruption(event)
    if disruption is None:
        raise HTTPException(404, f"no disruption {event} is stored")
    return Why(disruption.verdict, disruption.verdicts, None)


def history_of(store: Store, verdict: Verdict) -> tuple[Verdict, ...]:
    """Return the versions of the last day that led to *verdict*, oldest first."""
    since = verdict.time - DAY
    return tuple(
        store.verdicts(verdict.entity, since, verdict.time + 1, limit=_HISTORY)
    )


def health_of(status: Status) -> OwnHealth:
    """Return how Rabta itself is doing."""
    return OwnHealth(
        time=status.time,
        version=status.version,
        simulated=status.simulated,
        health=status.health,
        memory_bytes=memory_bytes(),
        processor_seconds=processor_seconds(),
    )
