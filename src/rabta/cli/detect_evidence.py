"""What speaks for one disruption, as sentences."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rabta.model import Message


if TYPE_CHECKING:
    from rabta.detect.found import Detection, Found, Part, Summary

Fact = tuple[str, Message]


def evidence(one: "Found", detection: "Detection") -> Iterator[Fact]:
    """Yield (id, sentence) for every fact, the signals first.

    None of them speaks for a cause: that takes more than the signals themselves.
    """
    known = {summary.name: summary for summary in detection.signals}
    for part in one.signals:
        if part.fired and part.min_residual is not None:
            yield f"signal/{part.name}", _fall(part, known[part.name])
        elif not part.available:
            yield (
                f"unavailable/{part.name}",
                Message.of("detect.says.unavailable", signal=part.name),
            )
    agreed = "confirmed" if one.confirmed else "alone"
    yield agreed, Message.of(f"detect.says.{agreed}")
    for part in one.signals:
        if part.available:
            yield (
                f"baseline/{part.name}",
                Message.of(
                    "detect.says.baseline",
                    signal=part.name,
                    baseline=f"basis-{part.basis}",
                ),
            )
    if one.pattern is not None:
        pattern = detection.recurring[one.pattern]
        yield (
            "recurring",
            Message.of(
                "detect.says.recurring",
                count=len(pattern.occurrences),
                start=pattern.start.strftime("%H:%M"),
                stop=pattern.end.strftime("%H:%M"),
                first=pattern.first.isoformat(),
                last=pattern.last.isoformat(),
            ),
        )
    if len(one.stages) > 1:
        yield "stages", Message.of("detect.says.stages", count=len(one.stages))


def _fall(part: "Part", summary: "Summary") -> Message:
    """Say how far one signal went, in the terms of its kind."""
    lowest = part.min_residual or 0.0
    if summary.kind == "rtt":  # a difference of logarithms
        factor = f"{math.exp(min(-lowest, 20.0)):.2g}"
        return Message.of("detect.says.signal_delay", signal=part.name, factor=factor)
    key = "signal_points" if summary.kind == "fraction" else "signal"
    depth = round(min(-lowest, 1.0), 4)
    return Message.of(f"detect.says.{key}", signal=part.name, depth=depth)
