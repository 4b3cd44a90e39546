"""Jobs as the JSON documents that the terminal and the API print."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from rabta.locale import spoken
from rabta.model import Forecast, Job, JobState, Message, Run
from rabta.store.outbox import Tally


@dataclass(frozen=True, slots=True)
class JobDocument:
    """One job; times in microseconds UTC, sizes in bytes."""

    id: int
    kind: str
    title: str
    state: JobState
    priority: int
    deadline: int | None
    needs: dict[str, Any]
    key: str
    after: tuple[int, ...]
    waits_for: int
    created: int
    started: int | None
    finished: int | None
    due: int | None
    runs: int
    failures: int
    done_bytes: int
    size_bytes: int | None
    uplink: str
    exit_code: int | None
    says: Message | None
    work: dict[str, Any]
    forecast: tuple[Forecast, ...] = ()
    attempts: tuple[Run, ...] = ()
    waits: tuple[Message, ...] = ()
    """What it waits for, as far as the queue knows."""
    left: tuple[int, ...] = ()
    """Numbers of the jobs that remove what it has left in a store."""


@dataclass(frozen=True, slots=True)
class QueueDocument:
    """The queue: how many jobs are in each state, and the newest of them."""

    counts: dict[str, int]
    left_bytes: int
    """Still to be moved by what waits and runs, where sizes are known."""
    jobs: tuple[JobDocument, ...]


def document_of(
    job: Job,
    *,
    forecast: tuple[Forecast, ...] = (),
    attempts: tuple[Run, ...] = (),
    waits: tuple[Message, ...] = (),
    left: Sequence[Job] = (),
) -> JobDocument:
    """Return the stable form of a job."""
    order = job.order
    return JobDocument(
        id=job.id,
        kind=KIND_NAMES[type(order.work).__name__],
        title=order.title,
        state=job.state,
        priority=order.priority,
        deadline=order.deadline,
        needs=msgspec.to_builtins(order.needs),
        key=order.key,
        after=order.after,
        waits_for=job.waits_for,
        created=job.created,
        started=job.started,
        finished=job.finished,
        due=job.due,
        runs=job.runs,
        failures=job.failures,
        done_bytes=job.done_bytes,
        size_bytes=order.size,
        uplink=job.uplink,
        exit_code=job.exit_code,
        says=job.says,
        work=msgspec.to_builtins(order.work),
        forecast=forecast,
        attempts=attempts,
        waits=waits,
        left=tuple(one.id for one in left),
    )


def public(document: JobDocument) -> JobDocument:
    """Return *document* without what only the owner of the queue may see.

    Values of variables and headers, bodies, and the query of a URL: any user of this
    machine reaches the loopback address.
    """
    work = dict(document.work)
    for name in {"environment", "headers"} & work.keys():
        work[name] = [(one, "") for one, _ in work[name]]
    if "body" in work:
        work["body"] = ""
    if "url" in work:
        work["url"] = work["url"].partition("?")[0]
    return replace(document, work=work)


KIND_NAMES = {
    "Command": "command",
    "Upload": "upload",
    "Download": "download",
    "Call": "call",
    "Push": "push",
    "Note": "message",
    "Discard": "discard",
}


def queue_document(tally: list[Tally], jobs: list[Job]) -> QueueDocument:
    """Return the queue with the jobs given."""
    live = {JobState.WAITING, JobState.RUNNING}
    counts = {state.value: 0 for state in JobState}
    counts |= {one.state.value: one.jobs for one in tally}
    return QueueDocument(
        counts,
        sum(one.left_bytes for one in tally if one.state in live),
        tuple(document_of(job) for job in jobs),
    )


def plain(document: JobDocument | QueueDocument) -> dict[str, Any]:
    """Return *document* as JSON values, its sentences in every language."""
    found: dict[str, Any] = spoken(msgspec.to_builtins(document))
    return found
