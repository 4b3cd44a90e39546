"""What a method says, and how bins become alarms; the same for all rivals.

Alarms less than half an hour apart are joined, so that nobody pays twice for a flutter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.detection.metrics import Alarm
from benchmarks.detection.metrics.vus import runs
from benchmarks.detection.synthetic.recording import Recording
from numpy.typing import NDArray


JOIN_SECONDS = 1_800


@dataclass(frozen=True, slots=True)
class Verdict:
    """Alarms, and a score for each bin, higher where worse (NaN where missing)."""

    alarms: tuple[Alarm, ...]
    score: NDArray[np.float64]


def filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values with the last one carried into gaps."""
    known = np.isfinite(values)
    place = np.maximum.accumulate(np.where(known, np.arange(len(values)), 0))
    result = values[place]
    first = int(np.argmax(known))
    result[:first] = values[first]
    return result


def from_bins(
    recording: Recording,
    bad: NDArray[np.bool_],
    score: NDArray[np.float64],
    persistence: int = 1,
) -> Verdict:
    """Raise an alarm after ``persistence`` bad bins in a row; gaps do not count."""
    missing = ~np.isfinite(recording.values)
    known = np.flatnonzero(~missing)
    spells = [
        (int(known[a]), int(known[a + persistence - 1]), int(known[b - 1]) + 1)
        for a, b in runs(bad[known])
        if b - a >= persistence
    ]
    return from_spells(recording, spells, np.where(missing, np.nan, score))


def from_spells(
    recording: Recording,
    spells: Sequence[tuple[int, int, int]],
    score: NDArray[np.float64],
) -> Verdict:
    """Make alarms of (onset, fire, end) in bins, ordered by time."""
    joined: list[list[int]] = []
    for onset, fire, end in spells:
        if joined and (onset - joined[-1][2]) * recording.step < JOIN_SECONDS:
            joined[-1][2] = max(joined[-1][2], end)
        else:
            joined.append([onset, fire, end])
    start, step = recording.start, recording.step
    alarms = tuple(
        Alarm(start + step * onset, start + step * end, start + step * fire)
        for onset, fire, end in joined
    )
    return Verdict(alarms, score)


def combine(verdicts: Sequence[Verdict], need: int) -> tuple[Alarm, ...]:
    """Return the alarms of an entity: whenever ``need`` of its signals agree.

    A signal counts from when it raised its alarm to that alarm's end.
    """
    changes = []
    for number, verdict in enumerate(verdicts):
        for alarm in verdict.alarms:
            changes.append((alarm.detected, 1, number, alarm.onset))
            changes.append((max(alarm.end, alarm.detected + 1), 0, number, alarm.onset))
    active: dict[int, float] = {}
    result: list[Alarm] = []
    open_: tuple[float, float] | None = None  # onset, detected
    for time, rising, number, onset in sorted(changes):
        if rising:
            active[number] = onset
        else:
            active.pop(number, None)
        if open_ is None and len(active) >= need:
            open_ = min(active.values()), time
        elif open_ is not None and len(active) < need:
            last = result[-1] if result else None
            if last is not None and open_[0] - last.end < JOIN_SECONDS:
                result[-1] = Alarm(last.onset, time, last.detected)
            else:
                result.append(Alarm(open_[0], time, open_[1]))
            open_ = None
    return tuple(result)
