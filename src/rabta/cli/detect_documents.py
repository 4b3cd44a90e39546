"""The JSON of ``rabta detect``: one object per disruption, field names for ever."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rabta.agent.findings import Fact, facts
from rabta.locale import spoken
from rabta.model import Message


if TYPE_CHECKING:
    from rabta.detect.found import Detection, Found


def documents(found: "list[Detection]") -> Iterator[dict[str, Any]]:
    """Yield the documents of all entities."""
    for detection in found:
        for one in detection.disruptions:
            yield document(one, detection)


def document(one: "Found", detection: "Detection") -> dict[str, Any]:
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
        # Signals say that something departed from the usual, never why.
        "causes": [{"cause": "unknown", "probability": 1.0}],
        "verdict": "undetermined",
        "evidence": [
            {"id": key, "says": _in_words(message), "nats": 0.0}
            for key, message in _facts(one, detection)
        ],
        "version": detection.version,
    }


def _facts(one: "Found", detection: "Detection") -> Iterator[Fact]:
    kinds = {summary.name: summary.kind for summary in detection.signals}
    pattern = None if one.pattern is None else detection.recurring[one.pattern]
    return facts(one, kinds, pattern)


def _finite(number: float | None) -> float | None:
    if number is None or not math.isfinite(number):
        return None
    return round(number, 6)


def _in_words(message: Message) -> Any:
    document = {"key": message.key, "args": [list(pair) for pair in message.args]}
    return spoken(document)
