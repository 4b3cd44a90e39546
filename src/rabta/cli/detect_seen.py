"""From the signals of entities to what ``rabta detect`` tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from rabta.cli.detect_input import Intake
from rabta.cli.progress import Progress
from rabta.locale import say


if TYPE_CHECKING:
    from rabta.detect.found import Detection
    from rabta.detect.hierarchy import Explanation
    from rabta.detect.judged import Judged
    from rabta.detect.signal import Signal


@dataclass(frozen=True, slots=True)
class Seen:
    """One entity."""

    detection: "Detection"
    signals: "Sequence[Signal]"
    judged: "tuple[Judged, ...]"
    explained: "tuple[Explanation, ...]" = ()
    """For every disruption of a whole: the parts that explain it."""


def see(
    intake: Intake, whole_of: str, local: tzinfo, progress: Progress, lang: str
) -> Iterator[Seen]:
    """Detect entity after entity; then *whole_of*, where they are its parts."""
    with progress.stage("warming"):
        from rabta.detect.batch import judge_all, report
        from rabta.detect.parts import whole
    _advise(intake, lang)
    parts = {}
    for entity, signals in intake.entities():
        with progress.stage("detecting", entity=entity):
            judged = judge_all(signals, local, progress.count)
            seen = Seen(report(judged, entity, local), signals, judged)
        for line in _astray(intake, entity, signals, judged, lang):
            click.echo(line, err=True)
        yield seen
        if whole_of:
            parts[entity] = list(zip(signals, judged, strict=True))
    if len(parts) > 1:
        with progress.stage("detecting", entity=whole_of):
            found = whole(whole_of, parts, local)
        if found is not None:
            yield Seen(found.detection, found.signals, found.judged, found.explained)


def _astray(
    intake: Intake,
    entity: str,
    signals: "Sequence[Signal]",
    judged: "Sequence[Judged]",
    lang: str,
) -> Iterator[str]:
    """Say how many numbers were not used, signal by signal, and where the first is."""
    from rabta.detect.signal import astray

    for signal, one in zip(signals, judged, strict=True):
        count = one.series.dropped - signal.missing
        if count:
            yield say(lang, "detect.astray", None, count=count, signal=signal.name)
            first = astray(signal)[:1]
            for time, value in zip(
                signal.times[first], signal.values[first], strict=True
            ):
                place = intake.row_of(entity, signal.name, int(time), float(value))
                if place:
                    yield say(lang, "detect.astray_at", None, place=place)


def _advise(intake: Intake, lang: str) -> None:
    """Say once how long recordings are judged sooner."""
    from rabta.detect.compile import WORTH_COMPILING, available

    readings = sum(len(one.times) for _, all_ in intake.entities() for one in all_)
    if readings >= WORTH_COMPILING and not available():
        told = say(
            lang,
            "detect.slow",
            None,
            count=f"{readings:,}",
            command="python3 install.py --fast",
        )
        click.echo(told, err=True)
