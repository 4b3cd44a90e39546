"""What the store and the queue know of the uplinks' past, for forecasts."""

from pathlib import Path
from typing import TYPE_CHECKING

from rabta.clock import DAY
from rabta.errors import StoreError
from rabta.model import Forecast, Job, JobState, Kind, Observation, Probe
from rabta.model.target import UPLOAD
from rabta.outbox.documents import KIND_NAMES
from rabta.store import Store
from rabta.store.outbox import Queue


if TYPE_CHECKING:  # it brings numpy, which most who ask do not need
    from rabta.outbox.forecast import History

_SPAN = 28 * DAY
_RATES = 200


def forecasts(store: Store, queue: Queue, job: Job) -> tuple[Forecast, ...]:
    """Say for every uplink how likely *job* is done in time, the likeliest first."""
    size = job.order.size
    if size is None or job.state not in _LIVE:
        return ()
    from rabta.outbox.forecast import forecast

    now = queue.clock.now()
    left = max(0, size - job.done_bytes)
    wanted = job.order.needs.uplink
    found = [
        forecast(left, now, job.order.deadline, history)
        for history in histories(store, queue, job, now)
        if not wanted or history.uplink == wanted
    ]
    known = [one for one in found if one.median_seconds is not None]
    return tuple(sorted(known, key=lambda one: -(one.probability or 0.0)))


_LIVE = {JobState.WAITING, JobState.RUNNING}


def histories(store: Store, queue: Queue, job: Job, now: int) -> "list[History]":
    """Return what is known of every uplink, with rates in the direction of *job*."""
    from rabta.outbox.forecast import History

    since = now - _SPAN
    gaps = tuple((gap.start, gap.stop) for gap in store.gaps(since, now))
    kind = KIND_NAMES[type(job.order.work).__name__]
    names, first = _uplinks(store, since)
    found = []
    for name in names:
        outages = [
            one
            for one in store.disruptions(
                start=since, stop=now, entity=f"uplink/{name}", limit=1000
            )
            if one.kind is Kind.OUTAGE
        ]
        rates = queue.rates(name, kind, _RATES)
        rates = rates or _measured(store, name, since, now, up=kind == "upload")
        found.append(
            History(
                name,
                max(first[name], since),
                # nobody knows how a line was while nothing was measured
                tuple(sorted(span for one in outages for span in one.measured(now))),
                gaps,
                tuple(rates),
                any(one.end is None for one in outages),
            )
        )
    return found


def _uplinks(store: Store, since: int) -> tuple[list[str], dict[str, int]]:
    """Return the uplinks measured lately, and since when."""
    first: dict[str, int] = {}
    for one in store.series():
        if one.entity.startswith("uplink/") and one.last >= since:
            name = one.entity.removeprefix("uplink/")
            first[name] = min(one.first, first.get(name, one.first))
    return sorted(first), first


def _measured(
    store: Store, uplink: str, since: int, now: int, *, up: bool
) -> list[float]:
    """Return the rates of throughput tests, else those of timed fetches.

    Those come down: of the other way they say nothing.
    """
    for probe in (Probe.THROUGHPUT, Probe.FETCH):
        rows = store.observations(
            start=since, stop=now, uplink=uplink, probe=probe, limit=_RATES
        )
        found = [one.value for one in rows if one.value and up == _goes_up(one)]
        if found:
            return found
    return []


def _goes_up(seen: Observation) -> bool:
    return seen.target == UPLOAD


def chances_of(path: Path, queue: Queue, job: Job) -> tuple[Forecast, ...]:
    """Return the forecasts of *job* from the store at *path*; none without a store."""
    try:
        with Store.open(path, clock=queue.clock, read_only=True) as store:
            return forecasts(store, queue, job)
    except StoreError:
        return ()
