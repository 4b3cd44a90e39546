"""A report from the store, the outbox and what was configured."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from rabta.agent.costing import own_stored
from rabta.agent.demo import places
from rabta.clock import Clock
from rabta.config import ShownItem, StatusPageSettings
from rabta.cost.firm.calendar import Calendar
from rabta.cost.firm.profile import Firm
from rabta.cost.service.contract import Contract
from rabta.cost.service.profiles import of_country
from rabta.locale import say
from rabta.model import JobState, Target
from rabta.report.disclosed import disclosed
from rabta.report.facts import Costs, Deadline, Report
from rabta.report.measured import Rungs
from rabta.report.period import Period
from rabta.report.select import Wanted, known_of, select
from rabta.report.status.files import files
from rabta.report.status.gather import gather
from rabta.store import Store
from rabta.store.outbox import Queue


_JOBS = 10_000


@dataclass(frozen=True, slots=True)
class Setup:
    """What the configuration says that reports need."""

    targets: tuple[Target, ...]
    """What is probed: tells near from far."""
    zone: tzinfo
    country: str = "world"
    contracts: tuple[Contract, ...] = ()
    firm: Firm | None = None
    status_page: StatusPageSettings | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One report that is asked for."""

    audience: str
    period: Period
    uplink: str = ""
    """Required for a provider where there are several; empty: all."""
    profiles: tuple[str, ...] = field(default=())
    """Empty: those that fit audience and country."""


def status_page(
    store: Store, setup: Setup, language: str, clock: Clock
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the status page: (name, content).

    Where nothing is configured it shows one thing: whether any line works.

    Raises:
        UsageError: nothing was measured of what shall be shown.
    """
    settings = setup.status_page or StatusPageSettings(
        say(language, "report.status.default_title"),
        show=(ShownItem(say(language, "report.status.default_item")),),
    )
    rungs = _rungs(store, setup)
    yield from files(gather(store, settings, rungs, setup.zone, clock.now()), language)


def report(store: Store, setup: Setup, order: Order, clock: Clock) -> Report:
    """Return the facts of *order*.

    Raises:
        UsageError: nothing was measured then, or it is not said of which line a
            complaint shall be.
    """
    wanted = Wanted(
        order.audience,
        order.period,
        setup.zone,
        _rungs(store, setup),
        order.uplink,
        order.profiles or profiles_for(order.audience, setup.country),
        setup.contracts,
        _calendars(setup, order),
    )
    found = select(store, wanted, now=clock.now())
    return replace(
        disclosed(found),
        costs=_costs(store, setup, order, clock),
        deadlines=_deadlines(store, order, clock),
    )


def _calendars(setup: Setup, order: Order) -> tuple[Calendar, ...]:
    if setup.firm is None or order.audience != "freelancer":
        return ()
    found = (group.calendar for group in setup.firm.groups)
    return tuple(one for one in found if one.told)


def _rungs(store: Store, setup: Setup) -> Rungs:
    targets = setup.targets
    if known_of(store).simulated:
        targets = tuple(one for some in places.targets().values() for one in some)
    return {one.name: (one.rung, one.corridor) for one in targets}


def profiles_for(audience: str, country: str) -> tuple[str, ...]:
    """Return the shipped profiles an audience of *country* asks for by itself."""
    if audience not in {"isp", "regulator"}:
        return ()
    found = of_country(country)
    return (*found, "itu") if audience == "regulator" else found


def _costs(store: Store, setup: Setup, order: Order, clock: Clock) -> Costs | None:
    if setup.firm is None or order.audience not in {"management", "freelancer"}:
        return None
    if order.uplink:
        return None  # what work costs is of all lines together
    period = order.period
    own = own_stored(store, setup.firm, period.start, period.stop, clock)
    return Costs(own.cost, own.saved, own.unmeasured, own.outbox, own.outbox_money)


def _deadlines(store: Store, order: Order, clock: Clock) -> tuple[Deadline, ...]:
    """Return the deadlines that fell in the period, and whether they were kept.

    Only who works alone is told of them.
    """
    if order.audience != "freelancer":
        return ()
    period = order.period
    queue = Queue.open_existing(store.path, clock=clock)
    if queue is None:
        return ()
    with queue:
        jobs = queue.jobs(limit=_JOBS)
    found = []
    for job in jobs:
        due = job.order.deadline
        if due is None or not period.start <= due < min(period.stop, clock.now()):
            continue
        kept = job.state is JobState.DONE and (job.finished or 0) <= due
        found.append(Deadline(job.id, due, kept))
    return tuple(sorted(found, key=lambda one: one.due))
