"""The JSON of ``rabta detect``: one object per disruption, field names for ever."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rabta.agent.findings import Fact, facts, overlapping, said
from rabta.locale import spoken
from rabta.model import Message, Notice


if TYPE_CHECKING:
    from rabta.attribute.cause import Explanation
    from rabta.detect.found import Detection, Found


def documents(
    found: "Sequence[Detection]",
    why: "Sequence[Sequence[Explanation]]",
    announced: Sequence[Notice] = (),
) -> Iterator[dict[str, Any]]:
    """Yield the documents of all entities, with what others *announced*.

    *why* explains the disruptions of each.
    """
    for detection, reasons in zip(found, why, strict=True):
        for one, reason in zip(detection.disruptions, reasons, strict=True):
            yield document(one, detection, reason, announced)


def changes(detection: "Detection") -> Iterator[dict[str, Any]]:
    """Yield where delays changed their level: times in microseconds UTC."""
    for name, points in detection.change_points.items():
        for point in points:
            yield {
                "entity": detection.entity,
                "signal": name,
                "time": point.time,
                "before": _finite(point.before),
                "after": _finite(point.after),
                "magnitude": _finite(point.magnitude),
            }


def document(
    one: "Found",
    detection: "Detection",
    why: "Explanation",
    announced: Sequence[Notice] = (),
) -> dict[str, Any]:
    """Return one disruption; times are microseconds UTC."""
    return {
        "entity": one.entity,
        "kind": str(one.kind),
        "onset": one.onset,
        "end": one.end,
        "onset_uncertainty_s": one.onset_uncertainty_s,
        "depth": round(one.depth, 6),
        "severity": str(one.severity),
        "signals": [
            {
                "name": signal.name,
                "fired": signal.fired,
                "min_residual": _finite(signal.min_residual),
            }
            for signal in one.signals
        ],
        "causes": [
            {"cause": str(cause), "probability": share} for cause, share in why.causes
        ],
        "verdict": why.code,
        "says": _in_words(why.sentence),
        "evidence": [
            *(
                {"id": fact.id, "says": _in_words(fact.says), "nats": fact.nats}
                for fact in why.evidence
            ),
            *(
                {"id": key, "says": _in_words(message), "nats": 0.0}
                for key, message in _facts(one, detection, announced)
            ),
        ],
        "alternatives": [_in_words(other) for other in why.alternatives],
        "tests": [_in_words(test) for test in why.tests],
        "watermark": why.watermark,
        "model": why.model,
        "version": detection.version,
    }


def _facts(
    one: "Found", detection: "Detection", announced: Sequence[Notice]
) -> Iterator[Fact]:
    kinds = {summary.name: summary.kind for summary in detection.signals}
    pattern = None if one.pattern is None else detection.recurring[one.pattern]
    yield from facts(one, kinds, pattern)
    for report in overlapping(one, announced):
        yield f"notice/{report.id}", said(report)


def _finite(number: float | None) -> float | None:
    if number is None or not math.isfinite(number):
        return None
    return round(number, 6)


def _in_words(message: Message) -> Any:
    document = {"key": message.key, "args": [list(pair) for pair in message.args]}
    return spoken(document)
