"""The JSON of ``rabta detect``, field names for ever.

``documents`` has one object per disruption and nothing else, so that whoever reads
only ``onset`` and ``end`` is told no outage that was none: of one that recurs, each
window is an object. ``wholes`` has one object per entity, with all that was read and
found.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from rabta.agent.findings import Fact, facts, overlapping, said
from rabta.agent.patterns import pattern_of
from rabta.locale import spoken
from rabta.model import Message, Notice


if TYPE_CHECKING:
    from rabta.attribute.cause import Explanation
    from rabta.cli.detect_seen import Seen
    from rabta.detect.found import Detection, Found
    from rabta.detect.hierarchy import Explanation as Parts


def documents(
    found: "Sequence[Seen]",
    why: "Sequence[Sequence[Explanation]]",
    announced: Sequence[Notice] = (),
) -> Iterator[dict[str, Any]]:
    """Yield the disruptions of all entities, with what others *announced*.

    *why* explains the disruptions of each. A disruption of a whole also has
    ``parts``, a window of one that comes again its ``pattern``.
    """
    for seen, reasons in zip(found, why, strict=True):
        detection = seen.detection
        for number, told in enumerate(_told(seen, reasons, announced)):
            pattern = detection.disruptions[number].pattern
            if pattern is not None:
                times = detection.recurring[pattern].occurrences
                place = times.index(number) + 1
                told["pattern"] = _pattern(pattern, detection, place)
            yield told


def wholes(
    found: "Sequence[Seen]",
    why: "Sequence[Sequence[Explanation]]",
    announced: Sequence[Notice] = (),
) -> Iterator[dict[str, Any]]:
    """Yield each entity: what was read, its disruptions, and what else was seen.

    A disruption that comes again is one, with its ``pattern`` and its ``windows``.
    """
    for seen, reasons in zip(found, why, strict=True):
        detection = seen.detection
        disruptions = []
        for number, told in enumerate(_told(seen, reasons, announced)):
            pattern = detection.disruptions[number].pattern
            if pattern is not None:
                if number != detection.recurring[pattern].occurrences[-1]:
                    continue  # the last knows most of what came before
                told.update(_as_one(pattern, detection))
            disruptions.append(told)
        yield {
            "entity": detection.entity,
            "signals": [
                {
                    "name": one.name,
                    "baseline": str(one.basis),
                    "readings": one.readings,
                    "missing": one.missing,
                }
                for one in detection.signals
            ],
            "disruptions": disruptions,
            "levels": [
                {
                    "onset": one.onset,
                    "signal": one.signal,
                    "magnitude": _finite(one.magnitude),
                }
                for one in detection.level_shifts
            ],
            "standing": [
                {
                    "signal": one.signal,
                    "start": one.start.strftime("%H:%M"),
                    "end": one.end.strftime("%H:%M"),
                    "first": one.first.isoformat(),
                    "last": one.last.isoformat(),
                    "verdict": "undetermined",
                }
                for one in detection.standing
            ],
            "quiet": [
                {
                    "signal": one.signal,
                    "days": [day.isoformat() for day in one.days],
                    "depth": round(one.depth, 6),
                    "verdict": "undetermined",
                }
                for one in detection.quiet
            ],
            "watermark": detection.watermark,
            "version": detection.version,
        }


def _told(
    seen: "Seen", reasons: "Sequence[Explanation]", announced: Sequence[Notice]
) -> Iterator[dict[str, Any]]:
    for number, reason in enumerate(reasons):
        one = seen.detection.disruptions[number]
        told = document(one, seen.detection, reason, announced)
        if seen.explained:
            told["parts"] = _parts(seen.explained[number])
        yield told


def _parts(explanation: "Parts") -> dict[str, Any]:
    """Return the fewest parts that explain a loss, largest first."""
    return {
        "entities": list(explanation.entities),
        "share": round(explanation.share, 4),
    }


def _as_one(number: int, detection: "Detection") -> dict[str, Any]:
    """Return what a disruption that recurs has instead of that of its last window.

    From the onset of the first to the end of the last; in between it came and went,
    see ``windows``. Depth and severity are those of the middle one.
    """
    occurrences = detection.recurring[number].occurrences
    members = [detection.disruptions[place] for place in occurrences]
    middle = sorted(members, key=lambda one: one.depth)[len(members) // 2]
    lowest: dict[str, float | None] = {}
    fired = set()
    for part in (part for one in members for part in one.signals):
        known = [lowest.get(part.name), part.min_residual]
        lowest[part.name] = min((x for x in known if x is not None), default=None)
        fired |= {part.name} if part.fired else set()
    return {
        "kind": str(middle.kind),
        "onset": members[0].onset,
        "end": members[-1].end,
        "onset_uncertainty_s": members[0].onset_uncertainty_s,
        "depth": round(middle.depth, 6),
        "severity": str(middle.severity),
        "signals": [
            {"name": name, "fired": name in fired, "min_residual": _finite(least)}
            for name, least in lowest.items()
        ],
        "pattern": _without_place(_pattern(number, detection, 0)),
        "windows": [
            {"onset": one.onset, "end": one.end, "depth": round(one.depth, 6)}
            for one in members
        ],
    }


def _pattern(number: int, detection: "Detection", occurrence: int) -> dict[str, Any]:
    """Return how a disruption recurs.

    Local times of day, weekdays from Monday = 0; the same ``id`` in all occurrences.
    """
    identifier = f"{detection.entity}#{number + 1}"
    pattern = pattern_of(identifier, detection.recurring[number], occurrence)
    told: dict[str, Any] = msgspec.to_builtins(pattern)
    return told


def _without_place(pattern: dict[str, Any]) -> dict[str, Any]:
    """Return it for all occurrences as one."""
    return {key: value for key, value in pattern.items() if key != "occurrence"}


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
