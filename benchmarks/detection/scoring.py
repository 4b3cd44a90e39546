"""Run methods over recordings and gather what they scored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from benchmarks.detection.metrics import Alarm, Tally, affiliation, match, vus_pr
from benchmarks.detection.metrics.vus import runs
from benchmarks.detection.rivals import Method, Verdict
from benchmarks.detection.synthetic.recording import Entity, Recording


Detector = Callable[[Recording], Verdict]
VUS_SECONDS = (0, 1_800, 3_600, 7_200)
"""Widths of the label's flanks for VUS-PR."""


@dataclass(slots=True)
class Score:
    """One method on one kind of signal."""

    step: int
    tally: Tally = field(default_factory=Tally)
    vus: list[float] = field(default_factory=list)
    precise: list[float] = field(default_factory=list)
    recalled: list[float] = field(default_factory=list)

    @property
    def delays(self) -> list[float]:
        """Return the delays in bins."""
        return [delay / self.step for delay in self.tally.delays]


def score(detector: Detector, recordings: Sequence[Recording]) -> Score:
    """Score a detector on series of one kind."""
    result = Score(recordings[0].step)
    for recording in recordings:
        verdict = detector(recording)
        result.tally += events(recording, verdict)
        first = (recording.scored_from - recording.start) // recording.step
        truth = recording.truth()[first:]
        if not truth.any():
            continue
        widths = [seconds // recording.step for seconds in VUS_SECONDS]
        result.vus.append(vus_pr(truth, verdict.score[first:], widths))
        said = _said(recording, verdict.alarms)[first:]
        precise, recalled = affiliation(runs(truth), runs(said), len(truth))
        result.precise.append(precise)
        result.recalled.append(recalled)
    return result


def events(recording: Recording, verdict: Verdict) -> Tally:
    """Match one recording's alarms with its labels, after the warm-up."""
    return match(
        recording.labels,
        _after_warm_up(verdict.alarms, recording),
        observed_seconds=recording.observed_seconds,
    )


def fused(alarms: Sequence[Alarm], entity: Entity) -> Tally:
    """Match an entity's alarms with what happened there, after the warm-up."""
    return match(
        entity.labels,
        _after_warm_up(alarms, entity.recordings[0]),
        observed_seconds=entity.observed_seconds,
    )


def tuned(method: Method, recordings: Sequence[Recording]) -> Detector:
    """Return the method with the parameters of the best F1 on ``recordings``."""
    if not method.grid:
        return method.run
    total = [Tally() for _ in method.grid]
    for recording in recordings:
        for number, parameters in enumerate(method.grid):
            total[number] += events(recording, method.run(recording, **parameters))
    best = method.grid[int(np.argmax([tally.f1 for tally in total]))]
    return lambda recording: method.run(recording, **best)


def _after_warm_up(alarms: Sequence[Alarm], recording: Recording) -> list[Alarm]:
    return [alarm for alarm in alarms if alarm.onset >= recording.scored_from]


def _said(recording: Recording, alarms: Sequence[Alarm]) -> np.ndarray:
    mask = np.zeros(len(recording.values), dtype=np.bool_)
    for alarm in alarms:
        first = int((alarm.onset - recording.start) // recording.step)
        mask[first : int((alarm.end - recording.start) // recording.step)] = True
    return mask
