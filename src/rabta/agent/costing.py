"""What is stored, priced: disruptions of a country, or of one's own lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rabta.agent.country_figures import figures, priceable, table_of
from rabta.clock import HOUR, Clock
from rabta.cost.claims import Claim, claims
from rabta.cost.country import Priced, events_of, together
from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.firm.lines import Carried, account
from rabta.cost.firm.outages import Outage, outages_of
from rabta.cost.firm.price import FirmCost, more, price
from rabta.cost.firm.profile import Firm
from rabta.cost.firm.redone import Carry, redone
from rabta.cost.methods.freelancers import SERVICE as FREELANCING
from rabta.cost.money import Money
from rabta.errors import UsageError
from rabta.model import Disruption, Kind
from rabta.steer.record import read
from rabta.store import Store
from rabta.store.naming import OWN
from rabta.store.outbox import KEPT, Queue


_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class CountryCost:
    """What a period cost a country; times in microseconds UTC."""

    entity: str
    start: int
    end: int
    hypothetical: bool
    """Asked about, rather than stored."""
    classes: tuple[Priced, ...]
    """One for each kind and scope; never added: they overlap."""
    published: tuple[Claim, ...]
    """What others said of the same time, for comparison."""


@dataclass(frozen=True, slots=True)
class OwnCost:
    """What a period cost a firm or a freelancer; times in microseconds UTC."""

    start: int
    end: int
    hypothetical: bool
    lines: tuple[str, ...]
    """Uplinks whose disruptions count; the first one is home."""
    unobserved_hours: float
    """Hours in which nothing was measured: not priced, not called fine."""
    cost: FirmCost
    saved: FirmCost | None
    """What failover kept from being lost; None: not measured."""
    unmeasured: FirmCost | None
    """At most this more, where nobody knows whether work went on over another line."""
    outbox: Carry | None
    """What the outbox carried through; None where nothing was ever queued."""
    outbox_money: Money | None
    """None where the profile does not say what it would take by hand."""


@dataclass(frozen=True, slots=True)
class EventCost:
    """What one disruption costs; both None where no price holds for it."""

    country: CountryCost | None
    own: FirmCost | None
    """As if nothing else had carried the work."""


def event_cost(one: Disruption, firm: Firm | None, now: int, folder: Path) -> EventCost:
    """Price one disruption of the store in *folder*; what lasts still, up to *now*."""
    kind, _, code = one.entity.partition("/")
    end = max(one.onset, now if one.end is None else one.end)
    if kind == "country" and priceable(code, folder):
        reaches = Scope.PLATFORM if one.kind is Kind.BLOCKING else Scope.NATIONAL
        events = events_of([one], one.onset, end, reaches)
        priced = (together(events, figures(code, folder)),) if events else ()
        return EventCost(_country(code, one.onset, end, priced, asked=False), None)
    if kind in {"uplink", "host"} and firm is not None and end > one.onset:
        return EventCost(None, price(firm, outages_of(one, now), one.onset, end))
    return EventCost(None, None)


def country_of(entity: str, folder: Path) -> str:
    """Return the code of ``country/XX``, of which figures are known.

    Raises:
        UsageError: it is no country, or nothing is known of it.
    """
    kind, _, code = entity.partition("/")
    if kind != "country" or len(code) != 2 or not (code.isascii() and code.isalpha()):
        hint = "countries are priced, such as country/PK; without one, your own firm"
        raise UsageError(f"{entity!r} has no price", hint=hint)
    if not priceable(code, folder):
        file = table_of(code, folder)
        hint = f"write {file}, a row for gdp at least: see docs/how-to/cost.md"
        raise UsageError(f"no figures of {code.upper()} are known", hint=hint)
    return code.upper()


def country_event(entity: str, event: Event, folder: Path) -> CountryCost:
    """Price one event that is asked about.

    Raises:
        UsageError: nothing is known of the country, or of who uses the service.
    """
    code = country_of(entity, folder)
    facts = figures(code, folder)
    known = services_of(facts)
    if event.service and event.service not in known:
        hint = "known: " + ", ".join(known) if known else "add who uses it"
        raise UsageError(f"of {event.service!r} no figures are known", hint=hint)
    priced = (together([event], facts),)
    return _country(code, event.start, event.end, priced, asked=True)


def services_of(facts: Facts) -> tuple[str, ...]:
    """Return the services of which it is known who in the country uses them."""
    earned = (FREELANCING,) if "freelance_exports" in facts else ()
    return (*facts.named("users_"), *earned)


def country_stored(
    store: Store, entity: str, start: int, stop: int, scope: Scope = Scope.NATIONAL
) -> CountryCost:
    """Price what is stored of *entity* within [start, stop), kind by kind.

    Nothing measured tells a block of one platform from wider ones; a block counts as
    one platform's.
    """
    code = country_of(entity, store.path)
    facts, entity = figures(code, store.path), f"country/{code}"
    found = store.disruptions(start=start, stop=stop, entity=entity, limit=_LIMIT)
    classes = []
    for kind in Kind:
        reaches = Scope.PLATFORM if kind is Kind.BLOCKING else scope
        rows = [one for one in found if one.kind is kind]
        if events := events_of(rows, start, stop, reaches):
            classes.append(together(events, facts))
    return _country(code, start, stop, tuple(classes), asked=False)


def _country(
    code: str, start: int, end: int, classes: tuple[Priced, ...], *, asked: bool
) -> CountryCost:
    told = claims(f"country/{code}", start, end)
    return CountryCost(f"country/{code}", start, end, asked, classes, told)


def own_event(firm: Firm, outage: Outage) -> OwnCost:
    """Price one outage of all lines that is asked about."""
    cost = price(firm, [outage], outage.start, outage.end)
    return OwnCost(
        outage.start, outage.end, True, (), 0.0, cost, None, None, None, None
    )


def own_stored(
    store: Store, firm: Firm, start: int, stop: int, clock: Clock
) -> OwnCost:
    """Price what is stored of one's own uplinks within [start, stop).

    Raises:
        UsageError: the firm's home was never measured, or no uplink was.
    """
    home = firm.home
    stop = min(stop, clock.now())
    if stop <= start:
        raise UsageError("the period lies in the future", hint="see --from and --to")
    lines = _uplinks(store)
    if not lines:
        raise UsageError("no uplink was ever measured", hint="start with 'rabta up'")
    if home and home not in lines:
        hint = "measured: " + ", ".join(lines)
        raise UsageError(f"no uplink {home!r} was measured", hint=hint)
    home = home or next(iter(lines))
    names = (home, *(name for name in lines if name != home))
    logs = {name: _log(store, name, start, stop, clock) for name in names}
    carried = _carried(store.path, names)
    happened = account(logs, carried, home, start, stop)
    felt = logs[home] if len(names) == 1 else happened.felt
    known = happened.known_hours > 0 and len(names) > 1

    def beyond(log: Sequence[Outage]) -> FirmCost:
        return more(firm, felt, log, start, stop)

    carry = _outbox(store.path, start, stop, clock)
    return OwnCost(
        start,
        stop,
        False,
        names,
        _unobserved(store, lines, start, stop),
        price(firm, felt, start, stop),
        beyond(happened.alone) if known else None,
        beyond(happened.worst) if happened.worst != happened.felt else None,
        carry,
        redone(firm, carry) if carry else None,
    )


def _uplinks(store: Store) -> dict[str, tuple[int, int]]:
    """Return (first, last) measured of each uplink, the longest measured first."""
    found: dict[str, tuple[int, int]] = {}
    for one in store.series():
        kind, _, line = one.vantage.partition("/")
        name = line.rpartition("/")[0]  # without the address family
        if kind == "uplink" and name and one.source == OWN:
            first, last = found.get(name, (one.first, one.last))
            found[name] = min(first, one.first), max(last, one.last)
    return dict(sorted(found.items(), key=lambda item: item[1][0] - item[1][1]))


def _log(store: Store, name: str, start: int, stop: int, clock: Clock) -> list[Outage]:
    found = store.disruptions(
        start=start, stop=stop, entity=f"uplink/{name}", limit=_LIMIT
    )
    now = clock.now()
    return [outage for one in found for outage in outages_of(one, now)]


def _unobserved(
    store: Store, lines: dict[str, tuple[int, int]], start: int, stop: int
) -> float:
    first = min(span[0] for span in lines.values())
    last = max(span[1] for span in lines.values())
    before, after = max(0, min(stop, first) - start), max(0, stop - max(start, last))
    gaps = sum(
        min(stop, last, one.stop) - max(start, first, one.start)
        for one in store.gaps(start, stop)
        if min(stop, last, one.stop) > max(start, first, one.start)
    )
    return min(stop - start, before + after + gaps) / HOUR


def _carried(folder: Path, names: Sequence[str]) -> list[Carried]:
    """Return which of *names* carried everything when, as far as it is on record.

    Of the two address families the one that was steered longer stands for both.
    """
    turns = [turn for turn in read(folder) if turn.uplink in names]
    spans = {
        family: sum(t.end - t.start for t in turns if t.family == family)
        for family in (4, 6)
    }
    family = max(spans, key=lambda one: (spans[one], -one))
    found: list[Carried] = []
    for turn in sorted(turns, key=lambda one: one.start):
        begin = max(turn.start, found[-1].end if found else 0)
        if turn.family == family and begin < turn.end:
            found.append(Carried(begin, turn.end, turn.uplink))
    return found


def _outbox(folder: Path, start: int, stop: int, clock: Clock) -> Carry | None:
    """Count jobs done in the period that a failing line had cut short before.

    One whose worker was killed was not cut short by a line.
    """
    queue = Queue.open_existing(folder, clock=clock)
    if queue is None:
        return None
    since = max(start, clock.now() - KEPT)
    with queue:
        return Carry(*queue.rescued(since, stop), since)
