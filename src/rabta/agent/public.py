"""Disruptions in the public signals of countries and networks.

``judge_entity`` is called when data came in; it does nothing where none changed. The
same detector as for recorded files: see ``rabta.detect.batch``.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo

from rabta.agent import usual
from rabta.agent.explaining import (
    beside_of,
    country_of,
    explain_found,
    local_zone,
    notices_for,
    with_hits,
)
from rabta.agent.own_facts import own_reports
from rabta.agent.parts import (
    explained,
    gathered,
    made_of,
    measure_of,
    parts_among,
    whole_of,
)
from rabta.agent.public_records import Looked, record
from rabta.agent.public_signals import is_judged, is_public, kind_of, names_of, zone_of
from rabta.agent.public_verdict import MODEL
from rabta.attribute.cause import Explanation
from rabta.clock import DAY, HOUR, MINUTE
from rabta.detect.compile import engine
from rabta.detect.conclude import conclude
from rabta.detect.found import Found
from rabta.detect.judged import Judged, judge
from rabta.detect.returned import rebased
from rabta.detect.signal import Regular, Signal, SignalKind, regular
from rabta.errors import PlatformError
from rabta.model import Notice
from rabta.store import Store
from rabta.store.naming import OWN


log = logging.getLogger(__name__)

REACH = 400 * DAY
"""How far back is judged, from the newest value on."""
_YOUNG = 28 * DAY
"""Where older data are cut off, the first weeks are left as they were told."""
_MOST_SIGNALS = 12
_USUAL_STEP = 5 * MINUTE
_FEWEST = 48  # values: with fewer, nothing can be called usual
_LONGEST_STEP = 6 * HOUR
_PERCENT = "%"


def judge_entities(
    store: Store,
    entities: Iterable[str],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Looked:
    """Find and record the disruptions of those *entities* whose data changed.

    *progress* is called with (entities done, in all). Raises ``StoreError``.
    """
    told = {one for one in entities if is_public(one)}
    series = store.series()
    told |= {whole_of(one) for one in told} & {one.entity for one in series}
    wanted = sorted(told, key=lambda one: (one.startswith("country/"), one))
    known = [one for one in series if one.entity in told and is_judged(one)]
    # Loads the compiled detector, once, where that is worth its while.
    engine(sum(one.last - one.first for one in known) // _USUAL_STEP)
    total = Looked()
    for done, entity in enumerate(wanted, 1):
        total += judge_entity(store, entity)
        if progress is not None:
            progress(done, len(wanted))
    return total


def judge_entity(store: Store, entity: str) -> Looked:
    """Find and record the disruptions of *entity*, unless nothing changed."""
    series = [
        one for one in store.series(entity) if one.source != OWN and is_judged(one)
    ]
    newest = max((one.last for one in series), default=0)
    start = max(0, newest - REACH)
    told = [
        one
        for one in store.signals(entity, start=start, stop=newest + 1)
        if is_judged(one[0]) and len(one[1]) >= _FEWEST
    ]
    told = sorted(told, key=lambda one: -len(one[1]))[:_MOST_SIGNALS]
    digest = hashlib.blake2b(MODEL.encode(), digest_size=16)
    announced = notices_for(store, entity)
    digest.update(repr(announced).encode())
    digest.update(repr(own_reports(store, country_of(entity))).encode())
    every = store.series() if entity.startswith("country/") else ()  # else it has none
    parts = parts_among(entity, filter(is_judged, every))
    digest.update(made_of(store, parts).encode())
    for info, times, values in told:
        digest.update(repr(info.key).encode() + times.tobytes() + values.tobytes())
    before = usual.read(store.path, entity)
    if before is not None and before.made_of == digest.hexdigest():
        return Looked(unchanged=1)
    zone = zone_of(entity)
    names = names_of([info for info, _, _ in told])
    judged: dict[int, Judged] = {}
    signals: list[Signal] = []
    for (info, times, values), name in zip(told, names, strict=True):
        kind = kind_of(info)
        signal = Signal(
            name, kind, times, values, higher_is_worse=info.worse == "higher"
        )
        signals.append(signal)
        series_of = regular(signal, zone)
        if len(series_of.values) and series_of.step <= _LONGEST_STEP:
            judged[info.id] = rebased(judge(_as_share(series_of, info.unit)))
    found = conclude(tuple(judged.values()), entity) if judged else ()
    # a level that stayed for weeks is no disruption any more
    found = tuple(one for one in found if one.settled is None or one.end is None)
    settled = start + _YOUNG if any(one.first < start for one in series) else 0
    why = _explained(store, entity, found, signals, zone, newest, announced)
    members = gathered(store, parts, start, newest + 1) if found else []
    by_name = {one.series.name: one for one in judged.values()}
    measures = {
        name: measure_of(info) for name, (info, _, _) in zip(names, told, strict=True)
    }
    looked = record(
        store,
        entity,
        [
            (one, reason, tuple(explained(one, by_name, measures, members)))
            for one, reason in zip(found, why, strict=True)
            if one.onset >= settled
        ],
        {name: info for name, (info, _, _) in zip(names, told, strict=True)},
        settled,
        newest,
    )
    if not judged:  # too little to say anything, so nothing is usual
        return looked
    units = {info.id: info.unit for info, _, _ in told}
    known = usual.Known(
        digest.hexdigest(),
        newest,
        {
            number: usual.hourly(
                one.series.times(),
                one.baseline * (100 if units[number] == _PERCENT else 1),
            )
            for number, one in judged.items()
        },
    )
    try:
        usual.write(store.path, entity, known)
    except (OSError, PlatformError) as error:  # costs a second look, no record
        log.warning("what is usual for %s could not be kept: %s", entity, error)
    return looked


def _explained(
    store: Store,
    entity: str,
    found: Sequence[Found],
    signals: Sequence[Signal],
    zone: tzinfo,
    newest: int,
    announced: tuple[Notice, ...],
) -> list[Explanation]:
    """Explain every disruption as of now: what was announced until today counts."""
    if not found:
        return []
    beside = beside_of(store, entity, announced)
    return explain_found(
        found,
        signals,
        local_zone(entity, zone),
        max(newest, store.now()),
        lambda one: with_hits(store, beside, one),
    )


def _as_share(series: Regular, unit: str) -> Regular:
    """Bring percent to shares, which is what the detector's fractions are."""
    if series.kind is SignalKind.FRACTION and unit == _PERCENT:
        return replace(series, values=series.values / 100)
    return series
