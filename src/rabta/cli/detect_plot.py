"""From what was found to drawings and the words around them."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from rabta.cli.detect_text import moment, table
from rabta.locale import LANGUAGES, say
from rabta.ui.plots import Figure, Mark, Panel, Said, page, svg


if TYPE_CHECKING:
    from rabta.detect.found import Detection, Found
    from rabta.detect.signal import Signal

Judged = tuple["Detection", "Sequence[Signal]"]


def as_svg(judged: Judged, local: tzinfo, lang: str) -> str:
    """Return the drawing of one entity."""
    return svg(_figure(judged, local, lang))


def as_page(judged: Sequence[Judged], local: tzinfo, lang: str) -> str:
    """Return a page of all entities, in both languages."""
    return page(
        [
            (
                _figure(one, local, lang),
                [_said(one[0], local, language) for language in LANGUAGES],
            )
            for one in judged
        ],
        lang,
    )


def _figure(judged: Judged, local: tzinfo, lang: str) -> Figure:
    from rabta.detect.batch import judge
    from rabta.detect.signal import regular

    detection, signals = judged
    panels = []
    for signal, summary in zip(signals, detection.signals, strict=True):
        series = regular(signal, local)
        if not len(series.values):
            continue
        note = say(lang, f"detect.baseline.{summary.basis}")
        baseline = judge(series).baseline
        panels.append(
            Panel(signal.name, note, series.start, series.step, series.values, baseline)
        )
    marks = tuple(_mark(one, local, lang) for one in detection.disruptions)
    return Figure(detection.entity, local, tuple(panels), marks)


def _mark(one: "Found", local: tzinfo, lang: str) -> Mark:
    severity = say(lang, f"detect.severity.{one.severity}")
    says = say(
        lang,
        "detect.says.mark",
        severity=severity,
        onset=moment(one.onset, local),
        end=moment(one.end, local),
        depth=one.depth,
    )
    return Mark(
        one.onset,
        one.end,
        one.onset_uncertainty_s,
        one.end_uncertainty_s or 0.0,
        str(one.severity),
        frozenset(part.name for part in one.signals if part.fired),
        says,
    )


def _said(detection: "Detection", local: tzinfo, lang: str) -> Said:
    head, rows = table(detection, local, lang)
    count = len(detection.disruptions)
    before = (
        say(lang, "detect.found", count=count) if count else say(lang, "detect.none")
    )
    compared = ", ".join(
        f"{one.name}: {say(lang, f'detect.baseline.{one.basis}')}"
        for one in detection.signals
    )
    after = (compared, say(lang, "detect.cause")) if count else (compared,)
    return Said(
        lang,
        detection.entity,
        (before,),
        tuple(head),
        tuple(tuple(row) for row in rows),
        after,
    )
