"""From what was found to drawings and the words around them."""

from datetime import tzinfo
from typing import TYPE_CHECKING

from rabta.cli.detect_quiet import quiet, quiet_of
from rabta.cli.detect_text import moment, table
from rabta.locale import LANGUAGES, say
from rabta.ui.plots import Figure, Mark, Panel, Said, page, svg


if TYPE_CHECKING:
    from collections.abc import Sequence

    from rabta.cli.detect_seen import Seen
    from rabta.detect.found import Detection, Found


def as_svg(seen: "Seen", local: tzinfo, lang: str) -> str:
    """Return the drawing of one entity."""
    return svg(_figure(seen, local, lang))


def as_page(seen: "Sequence[Seen]", local: tzinfo, lang: str) -> str:
    """Return a page of all entities, in both languages."""
    return page(
        [
            (
                _figure(one, local, lang),
                [_said(one.detection, local, language) for language in LANGUAGES],
            )
            for one in seen
        ],
        lang,
    )


def _figure(seen: "Seen", local: tzinfo, lang: str) -> Figure:
    detection = seen.detection
    panels = []
    for one, summary in zip(seen.judged, detection.signals, strict=True):
        series = one.series
        if not len(series.values):
            continue
        compared = say(lang, f"detect.baseline.{summary.basis}")
        note = " · ".join((compared, *quiet_of(detection, series.name, lang)))
        panels.append(
            Panel(
                series.name,
                note,
                series.start,
                series.step,
                series.values,
                one.baseline,
            )
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
    after = (compared, *quiet(detection, lang))
    if count:
        after = (*after, say(lang, "detect.cause"))
    return Said(
        lang,
        detection.entity,
        (before,),
        tuple(head),
        tuple(tuple(row) for row in rows),
        after,
    )
