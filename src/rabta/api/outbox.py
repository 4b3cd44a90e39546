"""What is queued: as JSON and as pages, and the two things to do about it.

Nothing can be queued from here: whoever reaches the dashboard must not run commands.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rabta.api.codec import Speaker
from rabta.api.problems import answers
from rabta.api.reader import Pages
from rabta.clock import SystemClock
from rabta.errors import UsageError
from rabta.model import Job, JobState, Live
from rabta.outbox.desk import again, cancel, cleaners
from rabta.outbox.documents import (
    JobDocument,
    QueueDocument,
    document_of,
    public,
    queue_document,
)
from rabta.outbox.past import forecasts
from rabta.outbox.waiting import waits
from rabta.store import Store
from rabta.store.outbox import Queue


Number = Annotated[int, Path(ge=1, le=2**53)]
_SHOWN = 100


class Desk:
    """The queue beside one store, opened for each request: it may not be there yet."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def _queue(self) -> Iterator[Queue | None]:
        queue = Queue.open_existing(self._store.path, clock=SystemClock())
        try:
            yield queue
        finally:
            if queue is not None:
                queue.close()

    def overview(
        self, states: tuple[JobState, ...], limit: int, before: int
    ) -> QueueDocument:
        """Return the counts and the newest jobs."""
        with self._queue() as queue:
            if queue is None:
                return queue_document([], [])
            jobs = queue.jobs(states=states, limit=limit, before=before)
            found = queue_document(queue.tally(), jobs)
            return replace(found, jobs=tuple(map(public, found.jobs)))

    def job(self, number: int) -> JobDocument:
        """Return one job with its chances and attempts, or answer 404."""
        with self._queue() as queue:
            job = _found(queue, number)
            if queue is None:
                raise HTTPException(404)
            chances = forecasts(self._store, queue, job)
            attempts = tuple(queue.runs(number))
            left = cleaners(queue, number)
            return public(
                document_of(
                    job,
                    forecast=chances,
                    attempts=attempts,
                    waits=waits(queue, job),
                    left=left,
                )
            )

    def change(self, number: int, verb: str) -> JobDocument:
        """Cancel or retry a job, or answer 404."""
        with self._queue() as queue:
            _found(queue, number)
            if queue is None:
                raise HTTPException(404)
            job = (cancel if verb == "cancel" else again)(queue, number)
            return public(document_of(job))


def _found(queue: Queue | None, number: int) -> Job:
    try:
        if queue is not None:
            return queue.job(number)
    except UsageError:
        pass
    raise HTTPException(404, f"there is no job {number}")


def router(desk: Desk, speaker: Speaker) -> APIRouter:
    """Build the JSON routes."""
    routes = APIRouter(prefix="/api/outbox", tags=["outbox"])

    @routes.get("", responses=answers(QueueDocument, 422))
    def overview(
        state: Annotated[JobState | None, Query(description="Only these.")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        before: Annotated[
            int, Query(ge=0, le=2**53, description="Only jobs numbered below.")
        ] = 0,
    ) -> Response:
        """Return the queue: counts, what is left to move, the newest jobs."""
        return speaker.reply(desk.overview((state,) if state else (), limit, before))

    @routes.get("/{number}", responses=answers(JobDocument, 404, 422))
    def job(number: Number) -> Response:
        """Return one job with its attempts and its chances on each uplink."""
        return speaker.reply(desk.job(number))

    @routes.post("/{number}/cancel", responses=answers(JobDocument, 403, 404, 422))
    def cancel(number: Number) -> Response:
        """Do a job no more; what it runs is ended."""
        return speaker.reply(desk.change(number, "cancel"))

    @routes.post("/{number}/retry", responses=answers(JobDocument, 403, 404, 422))
    def retry(number: Number) -> Response:
        """Queue a job again that failed, was cancelled or waits out an error."""
        return speaker.reply(desk.change(number, "retry"))

    return routes


def page_router(live: Live, desk: Desk, pages: Pages) -> APIRouter:
    """Build the pages; their buttons are forms, which work without scripts."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/outbox")
    def overview(request: Request, before: Annotated[int, Query(ge=0)] = 0) -> Any:
        queue = desk.overview((), _SHOWN, before)
        return pages.page(
            request, "outbox.html", queue=queue, now=live.status().time, shown=_SHOWN
        )

    @routes.get("/outbox/{number}")
    def job(request: Request, number: Number) -> Any:
        found = desk.job(number)
        return pages.page(request, "job.html", job=found, now=live.status().time)

    @routes.post("/outbox/{number}/{verb}")
    def change(number: Number, verb: str) -> Any:
        if verb not in {"cancel", "retry"}:
            raise HTTPException(404, f"a job cannot be told to {verb!r}")
        desk.change(number, verb)
        return RedirectResponse(f"/outbox/{number}", 303)

    return routes
