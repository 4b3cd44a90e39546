"""Disruptions in the public signals of countries and networks.

``judge_entity`` is called when data came in; it does nothing where none changed. The
same detector as for recorded files: see ``rabta.detect.batch``.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import lru_cache

import numpy as np

from rabta.agent import usual
from rabta.agent.explaining import (
    beside_of,
    country_of,
    explain_found,
    known_zone,
    notices_for,
    with_hits,
)
from rabta.agent.findings import PARTS, facts
from rabta.agent.own_facts import own_reports
from rabta.agent.parts import (
    code_of,
    explained,
    gathered,
    made_of,
    measure_of,
    parts_among,
    whole_of,
)
from rabta.attribute.cause import UNDETERMINED, Explanation
from rabta.clock import DAY, HOUR, MINUTE
from rabta.config.country import zone_of_country
from rabta.detect.compile import engine
from rabta.detect.conclude import conclude
from rabta.detect.found import Found, Severity
from rabta.detect.judged import Judged, judge
from rabta.detect.settings import LAG
from rabta.detect.signal import Regular, Signal, SignalKind, regular
from rabta.errors import PlatformError
from rabta.model import Disruption, Evidence, Kind, Message, Notice, State, Verdict
from rabta.store import SeriesInfo, Store
from rabta.store.naming import OWN


log = logging.getLogger(__name__)

PUBLIC = ("country", "region", "asn", "continent", "county", "geoasn")
"""Kinds of entity that public signals are about."""
MODEL = "public-4"
_OURS = "public-"
"""What every version of it begins with."""
REACH = 400 * DAY
"""How far back is judged, from the newest value on."""
_YOUNG = 28 * DAY
"""Where older data are cut off, the first weeks are left as they were told."""
_MOST_SIGNALS = 12
_USUAL_STEP = 5 * MINUTE
_FEWEST = 48  # values: with fewer, nothing can be called usual
_LONGEST_STEP = 6 * HOUR
_NOTABLE = 0.05
_NOT_JUDGED = frozenset({"ooni"})
"""A share of sites with signs of blocking is no outage, however it moves."""
_CHANGES = "changes"
"""The unit of what happened in a bin: it has no level that could fall."""
_BLOCKS = re.compile(r"bgp|prefix|slash-?(24|48)|addresses|/(24|48)")


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of some entities."""

    judged: int = 0
    unchanged: int = 0
    opened: int = 0
    revised: int = 0
    withdrawn: int = 0

    def __add__(self, other: "Looked") -> "Looked":
        """Sum up."""
        return Looked(
            self.judged + other.judged,
            self.unchanged + other.unchanged,
            self.opened + other.opened,
            self.revised + other.revised,
            self.withdrawn + other.withdrawn,
        )


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


def is_public(entity: str) -> bool:
    """Tell whether *entity* is one that public signals are about."""
    return entity.partition("/")[0] in PUBLIC


def is_judged(series: SeriesInfo) -> bool:
    """Tell whether a signal has a vote: a level of the whole entity, and no share."""
    counts = series.source not in _NOT_JUDGED and series.unit != _CHANGES
    return counts and not series.target


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
    parts = parts_among(entity, filter(is_judged, store.series()))
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
            judged[info.id] = judge(_sane(series_of))
    found = conclude(tuple(judged.values()), entity) if judged else ()
    settled = start + _YOUNG if any(one.first < start for one in series) else 0
    why = _explained(store, entity, found, signals, zone, newest, announced)
    members = gathered(store, parts, start, newest + 1) if found else []
    by_name = {one.series.name: one for one in judged.values()}
    measures = {
        name: measure_of(info) for name, (info, _, _) in zip(names, told, strict=True)
    }
    looked = _record(
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
    known = usual.Known(
        digest.hexdigest(),
        newest,
        {
            number: usual.hourly(one.series.times(), one.baseline)
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
    beside = beside_of(store, entity, announced)
    return explain_found(
        found,
        signals,
        known_zone(zone),
        max(newest, store.now()),
        lambda one: with_hits(store, beside, one),
    )


def _sane(series: Regular) -> Regular:
    """Bring percent to shares, which is what the detector's fractions are."""
    if series.kind is SignalKind.FRACTION and np.nanmax(series.values) > 1:
        return replace(series, values=series.values / 100)
    return series


def kind_of(series: SeriesInfo) -> SignalKind:
    """Return what a series counts, by its unit, then by its metric."""
    unit = series.unit.lower()
    if unit in ("s", "ms", "us"):
        return SignalKind.RTT
    if unit in ("1", "%"):
        return SignalKind.FRACTION
    if unit.endswith("bit/s"):
        return SignalKind.THROUGHPUT
    if _BLOCKS.search(f"{series.metric} {unit}"):
        return SignalKind.PREFIXES
    return SignalKind.COUNT


def names_of(series: Sequence[SeriesInfo]) -> list[str]:
    """Name signals as people read them: source and metric, vantage where needed."""
    return [
        " ".join(part for part in (one.source.upper(), one.metric, one.vantage) if part)
        for one in series
    ]


@lru_cache(maxsize=512)
def zone_of(entity: str) -> tzinfo:
    """Return the time zone of a country that has one; UTC for all else."""
    kind, _, code = entity.partition("/")
    return zone_of_country(code) if kind == "country" else UTC


def _record(
    store: Store,
    entity: str,
    found: Sequence[tuple[Found, Explanation, tuple[Message, ...]]],
    series: dict[str, SeriesInfo],
    settled: int,
    newest: int,
) -> Looked:
    """Bring what is stored in line with what was found; nothing is overwritten."""
    left = [
        one
        for one in store.disruptions(start=settled, entity=entity, limit=100_000)
        if one.verdicts[-1].model.startswith(_OURS) and one.onset >= settled
    ]
    opened = revised = withdrawn = 0
    for one, why, parts in found:
        verdict = verdict_of(one, series, newest, why, parts)
        old = next((old for old in left if _same(old, one)), None)
        if old is None:
            number = store.open_disruption(
                entity,
                one.kind,
                one.onset,
                one.onset_uncertainty_s,
                one.depth,
                verdict,
            )
            opened += 1
        else:
            left.remove(old)
            if not _differs(old, one, verdict):
                continue
            number = old.id
            store.add_disruption_verdict(number, verdict, one.kind, one.depth)
            revised += 1
        if one.end is not None:
            store.close_disruption(number, one.end)
    for old in left:
        if old.verdicts[-1].state is not State.UP:
            said = _withdrawn(old, newest)
            store.add_disruption_verdict(old.id, said, old.kind, 0.0)
            store.close_disruption(old.id, old.onset)
            withdrawn += 1
    return Looked(1, 0, opened, revised, withdrawn)


def _same(old: Disruption, new: Found) -> bool:
    """Tell whether both are versions of one disruption: they overlap."""
    if new.end is not None and old.onset >= new.end:
        return False
    return old.end is None or new.onset < max(old.end, old.onset + 1)


def _differs(old: Disruption, new: Found, verdict: Verdict) -> bool:
    """Tell whether *new* says something that a reader would want to know."""
    said = old.verdicts[-1]
    if said.state is not State.UP and _reasons_differ(said, verdict):
        return True
    if (said.since, old.end, old.kind) != (new.onset, new.end, new.kind):
        return True
    return said.state is State.UP or new.depth > old.depth + _NOTABLE


def _reasons_differ(said: Verdict, now: Verdict) -> bool:
    if said.code != now.code:
        return True
    before, after = dict(said.causes), dict(now.causes)
    shift = max(
        abs(before.get(cause, 0.0) - after.get(cause, 0.0)) for cause in before | after
    )
    if _parts(said) != _parts(now):
        return True
    return shift >= _NOTABLE or _announced(said) != _announced(now)


def _parts(verdict: Verdict) -> list[tuple[str, object]]:
    """Return which parts were named; how much they hold moves from hour to hour."""
    return [
        (one.says.key, dict(one.says.args).get("parts"))
        for one in verdict.evidence
        if one.id.startswith(PARTS)
    ]


def _announced(verdict: Verdict) -> set[tuple[str, str]]:
    """Return what was announced, as far as it counted."""
    return {
        (one.id, repr(one.says))
        for one in verdict.evidence
        if one.id.startswith(("notice-", "calendar"))
    }


def verdict_of(
    found: Found,
    series: dict[str, SeriesInfo],
    watermark: int,
    why: Explanation,
    parts: Sequence[Message] = (),
) -> Verdict:
    """Say what departed from the usual, and why as far as the cause model can tell."""
    fired = [series[part.name] for part in found.signals if part.fired]
    agreed = found.confirmed and len(fired) > 1
    kinds = {name: kind_of(info) for name, info in series.items()}
    said = f"detect.public.{'several' if agreed else 'alone'}"
    named = why.code != UNDETERMINED
    alternatives = (*why.alternatives, *_alternatives(fired))
    return Verdict(
        time=max(watermark - LAG, found.noticed),
        entity=found.entity,
        code=why.code,
        row=-1,
        state=state_of(found),
        sentence=(
            why.sentence if named else Message.of(said, entity=code_of(found.entity))
        ),
        confidence=why.confidence if named else 0.8 if agreed else 0.5,
        causes=why.causes,
        evidence=(
            *why.evidence,
            *(Evidence(f"{PARTS}{n}", says, 0.0) for n, says in enumerate(parts, 1)),
            *(Evidence(name, says, 0.0) for name, says in facts(found, kinds)),
        ),
        alternatives=alternatives,
        next_test=why.tests[0] if why.tests else None,
        since=found.onset,
        model=f"{MODEL} {why.model}",
        tests=why.tests,
        calibrated=True,
    )


def state_of(found: Found) -> State:
    """Return ``down`` where half or more of what is usual was missing."""
    return (
        State.DEGRADED
        if found.kind is Kind.DEGRADATION or found.severity is Severity.DEGRADATION
        else State.DOWN
    )


def _alternatives(fired: Sequence[SeriesInfo]) -> Iterable[Message]:
    sources = {one.source for one in fired}
    if len(sources) == 1:
        yield Message.of("detect.public.other_measuring", source=sources.pop().upper())
    kinds = {kind_of(one) for one in fired}
    if kinds == {SignalKind.COUNT}:
        yield Message.of("detect.public.other_habit")
    if kinds == {SignalKind.PREFIXES}:
        yield Message.of("detect.public.other_routing")


def _withdrawn(old: Disruption, watermark: int) -> Verdict:
    return replace(
        old.verdicts[-1],
        time=max(watermark, old.verdicts[-1].time),
        state=State.UP,
        sentence=Message.of("detect.public.withdrawn", entity=code_of(old.entity)),
        causes=(),
        evidence=(),
        alternatives=(),
        next_test=None,
        tests=(),
    )
