"""Rabta on the same recordings, with one setting for everything."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from benchmarks.detection.metrics import Alarm
from benchmarks.detection.rivals.verdict import Verdict
from benchmarks.detection.synthetic.recording import Entity, Recording

from rabta.clock import SECOND
from rabta.detect.batch import detect
from rabta.detect.compile import engine
from rabta.detect.run import run, trait_of
from rabta.detect.signal import Regular, Signal, SignalKind, regular
from rabta.detect.state import State


FUSED = "Rabta, fused"


def signal(recording: Recording) -> Signal:
    """Return the recording as Rabta takes it."""
    times = recording.start + recording.step * np.arange(len(recording.values))
    return Signal(
        recording.what,
        SignalKind(recording.kind),
        times * SECOND,
        recording.values,
        recording.weights,
    )


def live(recording: Recording) -> Verdict:
    """Run the kernel over one series: what it knew at the time, see also ``daemon``."""
    series: Regular = regular(signal(recording), ZoneInfo(recording.timezone))
    state = State.create(trait_of(series), series.step, series.timezone)
    track = run(state, series, engine=engine(1_000_000))
    size = len(recording.values)
    offset = (series.start // SECOND - recording.start) // recording.step
    alarms = tuple(
        Alarm(
            recording.start + recording.step * (offset + anomaly.onset),
            recording.start
            + recording.step
            * (offset + (anomaly.end or anomaly.closed or size - offset)),
            recording.start + recording.step * (offset + anomaly.fire),
        )
        for anomaly in track.anomalies
    )
    score = np.full(size, np.nan)
    here = slice(offset, offset + len(series.values))
    score[here] = -track.z / track.inflation + 8.0 * track.bad
    return Verdict(alarms, score)


def batch(recording: Recording) -> Verdict:
    """Detect over the whole recording, level shifts told apart and ends refined.

    Scored by the kernel, as ``live`` is.
    """
    return Verdict(_detected((recording,)), live(recording).score)


def fusion(entity: Entity) -> tuple[Alarm, ...]:
    """Detect over all signals of an entity."""
    return _detected(entity.recordings)


def _detected(recordings: Sequence[Recording]) -> tuple[Alarm, ...]:
    found = detect(
        [signal(recording) for recording in recordings],
        entity="region/1",
        timezone=ZoneInfo(recordings[0].timezone),
    )
    bin_ = min(recording.step for recording in recordings)
    last = max(recording.end for recording in recordings)
    return tuple(
        Alarm(
            one.onset / SECOND,
            last if one.end is None else one.end / SECOND,
            one.noticed / SECOND - bin_,  # as for rivals: the bin, not its end
        )
        for one in found.disruptions
    )
