"""Charts: which tier answers, and the buckets built from it.

Own series: hot rows for what is not sealed; for sealed days

- the hourly figures in SQLite when buckets are whole hours,
- the minute files when they are single minutes,
- else the raw files, before these the minute files, before those the hours.

Other sources: the bulk files.

Hot rows are read before the sealed files are listed. Sealing puts a file in place
before it deletes rows, so between the two nothing is missed; what is seen twice is
known by its time.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import UsageError
from rabta.store import hot, sealed
from rabta.store.connect import snapshot
from rabta.store.files import (
    BULK,
    MINUTES,
    RAW,
    Checked,
    bucket_of,
    day_of,
    files_between,
    is_remnant,
)
from rabta.store.naming import OWN
from rabta.store.rollup import NOTHING, Figures, exact, merged
from rabta.store.shapes import Points, SeriesInfo


_NONE: Sequence[Figures] = ()
_MOST = 50_000  # buckets
_WISHED = 1500  # buckets, when the step is ours to choose
_STEPS = (
    *(1, 2, 5, 10, 30, 60, 120, 300, 600, 1800),
    *(hours * 3600 for hours in (1, 2, 3, 6, 12, 24, 48, 168)),
)

Sample = tuple[int, float | None, str | None]
"""Time, value, failure."""
Part = tuple[int, Figures]
"""Start of a minute or an hour, and its figures."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the tiers hold of a series in a span."""

    samples: Sequence[Sample]
    parts: Sequence[Part] = ()
    width: int = SECOND
    """The narrowest bucket this can fill, microseconds."""


class Charts:
    """Reads the charts of one store; one connection, one caller at a time."""

    def __init__(self, root: Path, connection: sqlite3.Connection) -> None:
        self._root = root
        self._connection = connection
        self.checked = Checked(root)

    def chart(
        self, info: SeriesInfo, start: int, stop: int, step_seconds: int | None
    ) -> Points:
        """Return the chart of *info*; see ``Store.points``."""
        step = _step_for(stop - start) if step_seconds is None else step_seconds
        step *= SECOND
        if step <= 0 or stop <= start:
            raise UsageError(
                "a chart needs a positive step, and a start before its stop"
            )
        if (stop - start) // step > _MOST:
            least = (stop - start) // _MOST // SECOND + 1
            raise UsageError(
                f"that chart has more than {_MOST} points",
                hint=f"ask for a step of {least} s or more",
            )
        found = self._find(info, start, stop, step)
        if step_seconds is None:
            needed = _wider(step, max(found.width, _spacing(info, found)))
        else:
            needed = _wider(step, found.width) if step % found.width else step
        if needed != step:
            step = needed
            found = self._find(info, start, stop, step)
        return _points(info, start // step * step, -(-stop // step) * step, step, found)

    def _find(self, info: SeriesInfo, start: int, stop: int, step: int) -> Found:
        start, stop = start // step * step, -(-stop // step) * step
        if info.source != OWN:
            return Found(self._from_files(info, BULK, start, stop))
        with snapshot(self._connection):
            rows = hot.samples(self._connection, info.id, start, stop)
            hours = hourly(self._connection, info.id, start, stop)
            until = hot.sealed_until(self._connection)
        if step % HOUR == 0:
            counted = {time for time, _ in hours}
            # A row told again after its hour was sealed must not be counted twice.
            if not any(time - time % HOUR in counted for time, _, _ in rows):
                return Found(rows, hours)
        elif start >= until:
            return Found(rows)
        return self._with_files(info, start, stop, step, rows, hours)

    def _with_files(
        self,
        info: SeriesInfo,
        start: int,
        stop: int,
        step: int,
        rows: list[Sample],
        hours: list[Part],
    ) -> Found:
        bucket = bucket_of(info.entity)
        raw = dict(files_between(self._root, RAW, bucket, start, stop))
        minutes = dict(files_between(self._root, MINUTES, bucket, start, stop))
        if step == MINUTE:  # as exact as raw files, and smaller
            unsealed = {day_of(time) for time, _, _ in rows}
            raw = {d: f for d, f in raw.items() if d not in minutes or d in unsealed}
        raw = {d: f for d, f in raw.items() if d not in minutes or not is_remnant(f)}
        minutes = {day: file for day, file in minutes.items() if day not in raw}
        parts = [
            (time, figures)
            for time, figures in hours
            if day_of(time) not in raw and day_of(time) not in minutes
        ]
        width = HOUR if parts else MINUTE if minutes else SECOND
        if raw or minutes:
            raw_files, minute_files = list(raw.values()), list(minutes.values())
            self.checked.check(self._connection, (*raw_files, *minute_files))
            with sealed.engine() as engine:
                old = sealed.samples(engine, raw_files, info.key, start, stop)
                rows = list({row[0]: row for row in (*old, *rows)}.values())
                figures_of = sealed.minutes(engine, minute_files, info.key, start, stop)
                parts += [(time, Figures(*rest)) for time, *rest in figures_of]
        return Found(rows, parts, width)

    def _from_files(
        self, info: SeriesInfo, tier: str, start: int, stop: int
    ) -> list[Sample]:
        bucket = bucket_of(info.entity)
        files = [f for _, f in files_between(self._root, tier, bucket, start, stop)]
        self.checked.check(self._connection, files)
        if not files:
            return []
        with sealed.engine() as engine:
            return [*sealed.samples(engine, files, info.key, start, stop)]


def hourly(
    connection: sqlite3.Connection, series: int, start: int, stop: int
) -> list[Part]:
    """Return the figures of the sealed hours of one series, oldest first."""
    rows = connection.execute(
        "SELECT hour, sent, lost, minimum, median, p95, maximum FROM hour"
        " WHERE series = ? AND hour >= ? AND hour < ? ORDER BY hour",
        (series, start // HOUR, -(-stop // HOUR)),
    )
    return [(row[0] * HOUR, Figures(*row[1:])) for row in rows]


def _step_for(span: int) -> int:
    """Return seconds that make a readable chart; whole hours beyond a week."""
    wanted = span / SECOND / _WISHED
    if span > 8 * DAY:
        wanted = max(3600, wanted / 6)  # a year of hours: 8,760 points
    return next((step for step in _STEPS if step >= wanted), _STEPS[-1])


def _wider(step: int, wanted: int) -> int:
    """Return a step that is no narrower than either; whole hours from one hour up."""
    least = max(step, wanted)
    for seconds in _STEPS:
        if seconds * SECOND >= least:
            return seconds * SECOND
    return -(-least // HOUR) * HOUR


def _spacing(info: SeriesInfo, found: Found) -> int:
    """Return the bucket width that leaves no bucket of a steady series empty."""
    samples = _usual_distance(time for time, _, _ in found.samples)
    parts = _usual_distance(time for time, _ in found.parts)
    if info.source == OWN:
        samples = samples * 3 // 2  # probes jitter; other sources' bins do not
    return max(samples, parts)


def _usual_distance(times: Iterable[int]) -> int:
    ordered = sorted(times)
    if len(ordered) < 3:
        return SECOND
    distances = sorted(b - a for a, b in pairwise(ordered))
    return distances[len(distances) * 3 // 4]  # bursts are closer, gaps wider


def _points(info: SeriesInfo, start: int, stop: int, step: int, found: Found) -> Points:
    samples: dict[int, list[tuple[float | None, str | None]]] = defaultdict(list)
    for time, value, failure in found.samples:
        samples[time // step].append((value, failure))
    parts: dict[int, list[Figures]] = defaultdict(list)
    for time, figures in found.parts:
        parts[time // step].append(figures)
    pure = True
    columns: list[Figures] = []
    buckets = range(start // step, stop // step)
    for bucket in buckets:
        pieces = parts.get(bucket, _NONE)
        if bucket in samples:
            pieces = [*pieces, exact(samples[bucket])]
        columns.append(merged(pieces) if pieces else NOTHING)
        if len(pieces) > 1:
            pure = pure and sum(piece.median is not None for piece in pieces) < 2
    sent, lost, minimum, median, p95, maximum = zip(*columns, strict=True)
    return Points(
        series=info,
        step_seconds=step // SECOND,
        exact=pure,
        time=tuple(bucket * step for bucket in buckets),
        sent=sent,
        lost=lost,
        minimum=minimum,
        median=median,
        p95=p95,
        maximum=maximum,
    )
