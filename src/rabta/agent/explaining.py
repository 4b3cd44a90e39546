"""What is known around a disruption, and what the cause model makes of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import lru_cache
from statistics import median

from rabta.agent.corridors import paths_of
from rabta.agent.own_facts import NONE, OwnFacts, own_facts
from rabta.attribute.cause import (
    Event,
    Explanation,
    Nearby,
    PathSeen,
    SignalSeen,
    Surroundings,
    Window,
    explain,
)
from rabta.attribute.cause.announced import speaks_of_cable
from rabta.attribute.cause.busy import peak_ratio
from rabta.attribute.cause.scope import TOGETHER, country_code
from rabta.attribute.cause.signals import family_of, ramp_seconds
from rabta.clock import DAY, MINUTE
from rabta.config.cables import ways_out
from rabta.config.country import zone_of_country
from rabta.config.targets import networks_of_countries, operators_of_networks
from rabta.detect.found import Detection, Found
from rabta.detect.signal import Signal, SignalKind
from rabta.model import Notice
from rabta.sources.continents import neighbours
from rabta.store import Store


_TEN_MINUTES = 10 * MINUTE
_DARK = 0.5
"""A network that lost less is disturbed, not dark."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What else was watched at the time."""

    watched: frozenset[str] = frozenset()
    """Entities that were looked at, the one in question left out."""
    hit: tuple[Nearby, ...] = ()
    notices: tuple[Notice, ...] = ()
    paths: tuple[PathSeen, ...] = ()
    """Delays that this machine saw on the ways out of the country."""
    own: OwnFacts = NONE


def event_of(found: Found, signals: Sequence[Signal], now: int) -> Event:
    """Return *found* as the cause model sees it; *now* is the data watermark."""
    by_name = {one.name: one for one in signals}
    return Event(
        found.entity,
        found.onset,
        found.end,
        max(now, found.noticed),
        found.depth or None,
        _step(signals, found),
        tuple(
            SignalSeen(
                family_of(part.name, delay=_is_delay(by_name.get(part.name))),
                part.fired if part.available else None,
                _ramp(by_name.get(part.name), found) if part.fired else None,
            )
            for part in found.signals
        ),
    )


def surroundings(
    event: Event,
    others: Iterable[tuple[int, int | None]],
    known_since: int | None,
    zone: tzinfo | None,
    beside: Beside,
    peak: float | None = None,
) -> Surroundings:
    """Return what is known around *event*; *others* are the entity's own, as spans."""
    country = country_of(event.entity)
    networks = _networks_hit(event, beside, country)
    codes = {country_code(one) for one in beside.watched}
    abroad = bool(codes - {"", country})
    return Surroundings(
        zone=zone,
        known_since=known_since,
        others=tuple(
            Window(onset, end) for onset, end in others if onset != event.onset
        ),
        nearby=beside.hit if abroad else None,
        continent=neighbours(country),
        networks=len(networks) or None,
        dark=sum(lost >= _DARK for lost in networks.values()),
        notices=beside.notices,
        home=frozenset({f"country/{country}"} if country else ()),
        cables=cables_of(country),
        paths=beside.paths,
        peak_ratio=peak,
        # a test that names interference had controls on the same path that worked
        target_specific=beside.own.fingerprint or beside.own.paired_slow,
        fingerprint=beside.own.fingerprint,
        paired_slow=beside.own.paired_slow,
        on_mains=beside.own.on_mains,
    )


def _networks_hit(event: Event, beside: Beside, country: str) -> dict[str, float]:
    """Return what each operator of *country* lost at most, all its networks as one."""
    members = networks_of_countries().get(country, frozenset())
    near = [
        one
        for one in beside.hit
        if one.entity in members and abs(one.onset - event.onset) <= _TEN_MINUTES
    ]
    if event.level == "asn":
        near.append(Nearby(event.entity, event.onset, event.depth))
    runs = operators_of_networks()
    lost: dict[str, float] = {}
    for one in near:
        operator = runs.get(one.entity, one.entity)
        lost[operator] = max(lost.get(operator, 0.0), one.depth or 0.0)
    return lost


def explain_found(
    found: Sequence[Found],
    signals: Sequence[Signal],
    zone: tzinfo | None,
    now: int,
    beside: Callable[[Found], Beside],
) -> list[Explanation]:
    """Explain all disruptions of one entity, each in the light of the others.

    *beside* tells what else was known about one of them; *now* is the data watermark.
    """
    since = min((int(one.times[0]) for one in signals if len(one.times)), default=None)
    spans = [(one.onset, one.end) for one in found]
    out = []
    for one in found:
        event = event_of(one, signals, now)
        peak = _peak(one, signals, now, zone)
        around = surroundings(event, spans, since, zone, beside(one), peak)
        out.append(explain(event, around))
    return out


def beside_of(store: Store, entity: str, notices: tuple[Notice, ...]) -> Beside:
    """Return what the store watches besides *entity*."""
    return Beside(store.entities() - {entity}, (), notices)


def recorded_beside(
    found: Sequence[Detection], which: int, notices: tuple[Notice, ...]
) -> Callable[[Found], Beside]:
    """Return what else the same recordings tell of, beside the one at *which*."""
    others = [one for n, one in enumerate(found) if n != which]
    beside = Beside(frozenset(one.entity for one in others), (), notices)
    begun = [
        Nearby(one.entity, d.onset, d.depth) for one in others for d in one.disruptions
    ]

    def about(found: Found) -> Beside:
        near = (one for one in begun if abs(one.onset - found.onset) <= TOGETHER)
        return replace(beside, hit=tuple(near))

    return about


def with_hits(store: Store, beside: Beside, found: Found) -> Beside:
    """Add what began elsewhere about then, and what this machine itself saw."""
    entity, onset = found.entity, found.onset
    country = country_of(entity)
    until = max(onset + 1, store.now() if found.end is None else found.end)
    own = own_facts(store, country, onset, until)
    beside = replace(beside, paths=paths_of(store, country, onset), own=own)
    if not any(one.startswith(("country/", "asn/")) for one in beside.watched):
        return beside
    near = store.disruptions(
        start=onset - TOGETHER, stop=onset + TOGETHER + 1, limit=1000
    )
    hit = tuple(
        Nearby(one.entity, one.onset, one.depth)
        for one in near
        if one.entity != entity
        and one.end != one.onset  # withdrawn
        and abs(one.onset - onset) <= TOGETHER
    )
    return replace(beside, hit=hit)


def concerned(store: Store, notices: Iterable[Notice]) -> list[str]:
    """Return the entities with disruptions that *notices* may bear on."""
    told = list(notices)
    found = set()
    for one in told:
        start, stop = one.start - DAY, (one.end or one.start + 2 * DAY) + DAY
        for other in store.disruptions(start=start, stop=stop, limit=1000):
            if bears_on(one, other.entity):
                found.add(other.entity)
    return sorted(found)


def bears_on(one: Notice, entity: str) -> bool:
    """Whether a notice may speak of *entity*: its own, its country, its cables."""
    if one.entity == entity:
        return True
    country = country_of(entity)
    kind, _, name = one.entity.partition("/")
    if kind == "cable":
        return speaks_of_cable(name, cables_of(country))
    return kind == "country" and name == country


def notices_for(store: Store, entity: str) -> tuple[Notice, ...]:
    """Return the announcements that may speak of *entity*."""
    return tuple(one for one in store.notices() if bears_on(one, entity))


def country_of(entity: str) -> str:
    """Return the country an entity belongs to; empty where that is not known."""
    if code := country_code(entity):
        return code
    known = networks_of_countries()
    return next((one for one, members in known.items() if entity in members), "")


@lru_cache(maxsize=64)
def cables_of(country: str) -> Mapping[str, frozenset[str]]:
    """Return ways out by label, and cables by every name, with who shares them."""
    out = ways_out(country)
    shares = {one.label: frozenset(one.shares) for one in out.corridors}
    for cable in out.cables:
        for name in (cable.id, *cable.also):
            shares.setdefault(name, frozenset())
    return shares


def _step(signals: Sequence[Signal], found: Found) -> float:
    """Return the finest step of the signals that showed it, seconds."""
    fired = {part.name for part in found.signals if part.fired}
    steps = [
        float(sorted(one.times[1:] - one.times[:-1])[len(one.times) // 2 - 1]) / 1e6
        for one in signals
        if one.name in fired and len(one.times) > 2
    ]
    return min(steps, default=300.0)


def _ramp(signal: Signal | None, found: Found) -> float | None:
    if signal is None:
        return None
    return ramp_seconds(
        signal.times, signal.values, found.onset, rising_hurts=signal.rising_hurts
    )


_CAPACITY = (SignalKind.RTT, SignalKind.THROUGHPUT)
"""Signals that suffer where too much is asked of what is left."""


def _peak(
    found: Found, signals: Sequence[Signal], now: int, zone: tzinfo | None
) -> float | None:
    """Return how much worse the busy hours are: the median of what can tell."""
    if zone is None:
        return None
    until = now if found.end is None else found.end
    told = [
        peak_ratio(
            one.times,
            one.values,
            found.onset,
            until,
            zone,
            rising_hurts=one.rising_hurts,
        )
        for one in signals
        if one.kind in _CAPACITY
    ]
    ratios = [one for one in told if one is not None]
    return median(ratios) if ratios else None


def _is_delay(signal: Signal | None) -> bool:
    return signal is not None and signal.kind is SignalKind.RTT


def local_zone(entity: str, zone: tzinfo) -> tzinfo | None:
    """Return by which clocks people live there: those of its country, if it has one.

    *zone* where the country is not known; None where no zone is.
    """
    home = country_of(entity)
    return known_zone(zone_of_country(home) if home else zone)


def known_zone(zone: tzinfo) -> tzinfo | None:
    """Return None for UTC, which is nobody's local time here."""
    return None if zone is UTC else zone
