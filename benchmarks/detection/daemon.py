"""What the daemon would have told of an entity, bin after bin as readings come in."""

from collections.abc import Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from benchmarks.detection.metrics import Alarm
from benchmarks.detection.ours import signal
from benchmarks.detection.synthetic.recording import Entity

from rabta.clock import SECOND
from rabta.detect.lane import Feed, Readings
from rabta.detect.signal import Signal
from rabta.detect.stream import Stream


NAME = "Rabta, daemon"


def told(entity: Entity) -> tuple[Alarm, ...]:
    """Return every disruption told, also those withdrawn later, in seconds.

    Noticed in the bin whose readings brought it, which is the one after the bin they
    complete; with onset and end as told last.
    """
    signals = [signal(recording) for recording in entity.recordings]
    steps = [recording.step * SECOND for recording in entity.recordings]
    feeds = [
        Feed(one.name, one.kind, step) for one, step in zip(signals, steps, strict=True)
    ]
    stream = Stream("region/1", ZoneInfo(entity.recordings[0].timezone), feeds)
    first: dict[int, int] = {}
    last = {}
    warm = entity.recordings[0].scored_from * SECOND
    for now, readings in _arriving(signals, min(steps), warm):
        for revision in stream.push_all(readings):
            first.setdefault(revision.number, now)
            last[revision.number] = revision.found
    over = max(recording.end for recording in entity.recordings)
    return tuple(
        Alarm(
            found.onset / SECOND,
            over if found.end is None else found.end / SECOND,
            first[number] / SECOND,
        )
        for number, found in last.items()
    )


def _arriving(
    signals: list[Signal], step: int, warm: int
) -> Iterator[tuple[int, dict[str, Readings]]]:
    """Yield the readings of each *step*, and at once what is from before *warm*."""
    begin = min(int(one.times[0]) for one in signals)
    end = max(int(one.times[-1]) for one in signals) + 1
    edges = [begin, *range(warm, end + step, step)]
    for start, stop in pairwise(edges):
        readings = {}
        for one in signals:
            a, b = np.searchsorted(one.times, (start, stop))
            if b > a:
                weights = one.weights
                few = np.full(b - a, np.nan) if weights is None else weights[a:b]
                readings[one.name] = one.times[a:b], one.values[a:b], few
        yield start, readings
