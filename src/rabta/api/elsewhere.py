"""Countries and networks, put together from the store."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib import import_module

import numpy as np
from fastapi import HTTPException
from numpy.typing import NDArray

from rabta.agent import usual
from rabta.agent.parts import code_of
from rabta.agent.public_signals import PUBLIC, is_judged, is_public, names_of
from rabta.api.entity_documents import (
    EntityDetail,
    EntitySummary,
    PublicSignal,
    SignalChart,
    SignalLine,
    SourceNote,
)
from rabta.api.span import Span
from rabta.clock import HOUR, SECOND
from rabta.detect.signal import spacing
from rabta.model import Disruption, State
from rabta.sources import SOURCES
from rabta.store import SeriesInfo, Store
from rabta.store.naming import OWN
from rabta.ui.world import world


STALE = 6 * HOUR
MOST_LINES = 12
_LISTED = 200
_ONGOING = 10_000
_ORDER = (State.DOWN, State.DEGRADED, State.MIXED, State.UP, State.UNKNOWN)


def summaries(store: Store, now: int) -> list[EntitySummary]:
    """Return every entity that others measured: the worst first, then by name."""
    of_entity: dict[str, list[SeriesInfo]] = defaultdict(list)
    for one in store.series():
        if one.source != OWN and is_public(one.entity):
            of_entity[one.entity].append(one)
    lasting: dict[str, list[Disruption]] = defaultdict(list)
    for happened in store.disruptions(open_only=True, limit=_ONGOING):
        lasting[happened.entity].append(happened)
    judged = usual.entities(store.path)
    found = [
        _summary(entity, series, lasting[entity], now, judged=entity in judged)
        for entity, series in of_entity.items()
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.state), one.kind, one.name))


def summary_of(store: Store, kind: str, code: str, now: int) -> EntitySummary:
    """Return one entity, or answer 404."""
    entity, series = _known(store, kind, code)
    lasting = store.disruptions(entity=entity, open_only=True)
    judged = entity in usual.entities(store.path)
    return _summary(entity, series, lasting, now, judged=judged)


def _known(store: Store, kind: str, code: str) -> tuple[str, list[SeriesInfo]]:
    entity = f"{kind}/{code}"
    series = [one for one in store.series(entity) if one.source != OWN]
    if kind not in PUBLIC or not series:
        raise HTTPException(
            404, f"nothing is stored of {entity}; /api/v1/entities lists what is"
        )
    return entity, series


def _summary(
    entity: str,
    series: Sequence[SeriesInfo],
    lasting: Sequence[Disruption],
    now: int,
    *,
    judged: bool,
) -> EntitySummary:
    kind, _, code = entity.partition("/")
    last = max(one.last for one in series)
    states = {one.verdicts[-1].state for one in lasting if one.verdicts}
    before = next((one for one in _ORDER[:3] if one in states), State.UP)
    if not judged:
        before = State.UNKNOWN
    stale = now - last > STALE
    is_country = kind == "country"
    return EntitySummary(
        entity=entity,
        kind=kind,
        code=code,
        name=world().name(code, "en") if is_country else code_of(entity),
        name_ur=world().name(code, "ur") if is_country else code_of(entity),
        state=State.UNKNOWN if stale else before,
        last_state=before,
        stale=stale,
        first=min(one.first for one in series),
        last=last,
        sources=tuple(sorted({one.source for one in series})),
        signals=len(series),
        ongoing=len(lasting),
    )


def detail(store: Store, kind: str, code: str, span: Span, now: int) -> EntityDetail:
    """Return all of one entity that touches *span*, or answer 404."""
    entity, series = _known(store, kind, code)
    known = usual.read(store.path, entity)
    return EntityDetail(
        summary=summary_of(store, kind, code, now),
        judged_until=None if known is None else known.until,
        signals=tuple(
            PublicSignal(one, name, is_judged(one), now - one.last > STALE)
            for one, name in zip(series, names_of(series), strict=True)
        ),
        disruptions=tuple(
            store.disruptions(
                start=span.start, stop=span.end + 1, entity=entity, limit=_LISTED
            )
        ),
        reports=tuple(
            store.reports(start=span.start, stop=span.end + 1, entity=entity)
        )[-_LISTED:],
        sources=tuple(_notes(series)),
    )


def _notes(series: Iterable[SeriesInfo]) -> Iterable[SourceNote]:
    by_source: dict[str, list[SeriesInfo]] = defaultdict(list)
    for one in series:
        by_source[one.source].append(one)
    for source, some in sorted(by_source.items()):
        about = SOURCES.get(source)
        licence = None
        if about is not None:
            licence = getattr(import_module(about.module), "LICENCE", None)
        yield SourceNote(
            source,
            about.title if about else source,
            licence.holder if licence else "",
            licence.name if licence else "",
            licence.link if licence else "",
            licence.commercial if licence else None,
            len(some),
            min(one.first for one in some),
            max(one.last for one in some),
        )


def signal_chart(
    store: Store, kind: str, code: str, span: Span, buckets: int
) -> SignalChart:
    """Return the signals of one entity over *span*, or answer 404.

    At most twelve, those with a vote first.
    """
    entity, series = _known(store, kind, code)
    known = usual.read(store.path, entity)
    chosen = sorted(series, key=lambda one: not is_judged(one))[:MOST_LINES]
    step = span.step(buckets)
    margin = max(step, HOUR)
    told = {
        info.id: (times, values)
        for info, times, values in store.signals(
            entity, start=span.start - margin, stop=span.end + margin
        )
    }
    lines = []
    for one, name in zip(chosen, names_of(chosen), strict=True):
        times, values = told[one.id]
        width = max(step, spacing(times)) if len(times) > 1 else step
        grid = np.arange(span.start // width, -(-span.end // width)) * width
        normal = known.usual.get(one.id) if known is not None else None
        lines.append(
            SignalLine(
                one,
                name,
                is_judged(one),
                width // SECOND,
                tuple(grid.tolist()),
                _values(_means(times, values, grid, width)),
                (None,) * len(grid)
                if normal is None
                else _values(normal.at(grid, width)),
            )
        )
    return SignalChart(entity, span.start, span.end, tuple(lines))


def _means(
    times: NDArray[np.int64],
    values: NDArray[np.float64],
    grid: NDArray[np.int64],
    width: int,
) -> NDArray[np.float64]:
    """Return the mean over each bucket; NaN where nothing was measured."""
    mean = np.full(len(grid), np.nan)
    if not len(grid):
        return mean
    place = (times - grid[0]) // width
    inside = (place >= 0) & (place < len(grid)) & np.isfinite(values)
    count = np.bincount(place[inside], minlength=len(grid))
    total = np.bincount(place[inside], values[inside], len(grid))
    np.divide(total, count, out=mean, where=count > 0)
    return mean


def _values(column: NDArray[np.float64]) -> tuple[float | None, ...]:
    return tuple(None if value != value else value for value in column.tolist())  # noqa: PLR0124 - NaN
