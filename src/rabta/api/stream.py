"""What happens, as it happens: server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from rabta.api.codec import Speaker
from rabta.api.problems import answers
from rabta.clock import MINUTE
from rabta.model import Live, LiveEvent, Observation
from rabta.store import Store


_HEARTBEAT = 3.0  # seconds; pages call the connection lost after three of them
_RETRY = 1000  # ms until a browser that lost us asks again
_CATCH_UP = 5 * MINUTE
_FOREVER = 2**62
_MOST = 20_000
_STREAM: dict[str, Any] = {
    "description": "Events",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


def router(live: Live, store: Store, speaker: Speaker) -> APIRouter:
    """Build ``/api/live``."""
    routes = APIRouter(prefix="/api", tags=["now"])

    @routes.get(
        "/live",
        response_class=StreamingResponse,
        responses=answers(None, 422) | {200: _STREAM},
    )
    async def stream(
        last_event_id: Annotated[str, Header(max_length=20)] = "",
    ) -> StreamingResponse:
        """Follow along: events named ``status`` and ``samples``.

        ``status`` carries the document of ``/api/status``; ``samples`` a list of
        observations. Each event's id is the time of the newest sample; a client that
        sends it as ``Last-Event-ID`` is given what it missed, up to five minutes.
        An event named ``alive`` every three seconds says that nothing is new.
        """
        return StreamingResponse(
            _events(live, store, speaker, last_event_id),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    return routes


async def _events(
    live: Live, store: Store, speaker: Speaker, last_id: str
) -> AsyncIterator[bytes]:
    newest = 0
    async with live.subscribe() as events:
        status = live.status()
        yield format_sse_event(
            event="status", data_str=speaker.encode(status).decode(), retry=_RETRY
        )
        if last_id.isascii() and last_id.isdigit():
            since = max(int(last_id) + 1, status.time - _CATCH_UP)
            missed = await asyncio.to_thread(_since, store, since)
            if missed:
                newest = missed[-1].time
                yield _samples(missed, newest, speaker)
        async for event in _with_heartbeat(events):
            if event is None:
                yield format_sse_event(event="alive", data_str="{}")
            elif event.kind == "samples":
                newest = max(newest, *(sample.time for sample in event.samples))
                yield _samples(event.samples, newest, speaker)
            # A watcher that lagged may have lost the event, never the status.
            if live.status() is not status:
                status = live.status()
                yield format_sse_event(
                    event="status", data_str=speaker.encode(status).decode()
                )


async def _with_heartbeat(
    events: AsyncIterator[LiveEvent],
) -> AsyncIterator[LiveEvent | None]:
    """Pass events on, and None whenever nothing came for a while."""
    coming: asyncio.Task[LiveEvent] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(_next(events))
            done, _ = await asyncio.wait({coming}, timeout=_HEARTBEAT)
            if not done:
                yield None
                continue
            try:
                event = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield event
    finally:
        if coming is not None:
            coming.cancel()


async def _next(events: AsyncIterator[LiveEvent]) -> LiveEvent:
    return await anext(events)


def _samples(samples: tuple[Observation, ...], newest: int, speaker: Speaker) -> bytes:
    return format_sse_event(
        event="samples", data_str=speaker.encode(samples).decode(), id=str(newest)
    )


def _since(store: Store, since: int) -> tuple[Observation, ...]:
    return tuple(store.observations(start=since, stop=_FOREVER, limit=_MOST))
