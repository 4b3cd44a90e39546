"""From the items of a parser to the store, in parts of a bounded size."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rabta.agent.gathering import Sink
from rabta.agent.scales import brought
from rabta.clock import HOUR
from rabta.errors import StoreError
from rabta.model import Report
from rabta.sources.imported import EARLIEST, Item, Piece, Tally
from rabta.store import Batch, SeriesKey


_HELD = 1_000_000  # values gathered before the store is written, 16 bytes each
_EACH = 120  # values that take as much as an item without any
_ATTEMPTS = 120  # a minute in all: another process may be sealing
_PAUSE = 0.5  # seconds


@dataclass(slots=True)
class Intake:
    """What was found, and what of it the store has now."""

    tally: Tally
    series: set[SeriesKey] = field(default_factory=set)
    values: int = 0
    reports: int = 0
    repeated: int = 0
    """Values of a series told twice for one time; the last one counts."""
    future: int = 0
    """Values from the future or of an absurd time, left out."""
    first: int = 0
    last: int = 0
    """Of all that was taken, microseconds; 0 where nothing was."""
    entities: set[str] = field(default_factory=set)


def take(
    items: Iterable[Item],
    tally: Tally,
    store: Sink | None,
    intake: Intake | None = None,
) -> Intake:
    """Put *items* into *store*, part by part; None: only count them.

    Killed in between, the parts that were written are kept, and the same file may be
    imported again: a value told again replaces the old. Returns *intake*, where it is
    given, with what was added to it.
    """
    intake = intake or Intake(tally)
    pieces: list[Piece] = []
    reports: list[Report] = []
    held = 0
    for item in items:
        if isinstance(item, Report):
            reports.append(item)
            _widen(intake, item.start, item.start)
            intake.entities.add(item.entity)
            intake.reports += 1
        else:
            if item.relative and store is not None:
                _write(store, pieces, reports)
                pieces, reports, held = [], [], 0
                item = brought(item, store, tally.file)  # noqa: PLW2901
            sound = _sound(item, intake)
            if sound is not None:
                pieces.append(sound)
                held += len(sound.times)
        if held + _EACH * (len(pieces) + len(reports)) > _HELD:
            _write(store, pieces, reports)
            pieces, reports, held = [], [], 0
    _write(store, pieces, reports)
    return intake


def _sound(item: Piece, intake: Intake) -> Piece | None:
    """Leave out what is missing and what cannot be; None when nothing is left."""
    told = np.isfinite(item.values)
    times = item.times[told]
    when = (times >= EARLIEST) & (times <= intake.tally.now + HOUR)
    intake.future += int(np.count_nonzero(~when))
    times, values = times[when], item.values[told][when]
    if not len(times):
        return None
    distinct = len(np.unique(times))
    intake.repeated += len(times) - distinct
    intake.values += distinct
    intake.series.add(_key(item))
    intake.entities.add(item.entity)
    _widen(intake, int(times.min()), int(times.max()))
    return Piece(
        item.source,
        item.metric,
        item.entity,
        item.unit,
        item.worse,
        times,
        values,
        item.vantage,
        item.target,
        item.relative,
    )


def _widen(intake: Intake, first: int, last: int) -> None:
    intake.first = min(intake.first, first) if intake.first else first
    intake.last = max(intake.last, last)


def _key(item: Piece) -> SeriesKey:
    return SeriesKey(item.source, item.metric, item.entity, item.vantage, item.target)


def _write(
    store: Sink | None, pieces: Sequence[Piece], reports: Sequence[Report]
) -> None:
    if store is None:
        return
    if pieces:
        batches = [
            Batch(_key(one), one.unit, one.worse, one.times, one.values)
            for one in pieces
        ]
        patiently(lambda: store.append(batches))
    if reports:
        store.add_reports(reports)


def patiently(write: Callable[[], None]) -> None:
    """Wait while the measuring process seals its day."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return write()
        except StoreError as error:
            if "sealing" not in error.hint or attempt == _ATTEMPTS:
                raise
            time.sleep(_PAUSE)
    return None
