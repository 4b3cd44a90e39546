"""What detection found, as sentences: the facts that speak for one disruption."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rabta.clock import DAY, SECOND
from rabta.model import Message, Notice, Pattern


if TYPE_CHECKING:
    from rabta.detect.found import Found, Part
    from rabta.detect.recurring import Recurring
    from rabta.detect.signal import SignalKind

UNUSUAL = "unusual"
"""Code of a verdict that rests on what is usual, not on the ladder."""
PARTS = "parts-"
"""What the ids of facts begin with that name the parts of a country."""
RECURRING = "recurring"
"""What the ids of facts begin with that speak of a pattern."""
Fact = tuple[str, Message]


def facts(
    one: "Found",
    kinds: "Mapping[str, SignalKind]",
    pattern: "Recurring | None" = None,
) -> Iterator[Fact]:
    """Yield (id, sentence) for every fact, the signals first.

    *kinds* are those of the signals by name; *pattern* is what *one* is a part of.
    None of the facts speaks for a cause: that takes more than the signals themselves.
    """
    for part in one.signals:
        if part.fired and part.min_residual is not None:
            yield f"signal/{part.name}", _fall(part, kinds[part.name])
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
    if pattern is not None:
        yield (
            RECURRING,
            Message.of(
                "detect.says.recurring",
                count=len(pattern.occurrences),
                start=pattern.start.strftime("%H:%M"),
                stop=pattern.end.strftime("%H:%M"),
                first=pattern.first.isoformat(),
                last=pattern.last.isoformat(),
            ),
        )
    if one.settled is not None:
        since = utc(one.onset)
        yield "new-level", Message.of("detect.says.new_level", since=since)
    if len(one.stages) > 1:
        yield "stages", Message.of("detect.says.stages", count=len(one.stages))


def _fall(part: "Part", kind: "SignalKind") -> Message:
    """Say how far one signal went, in the terms of its kind."""
    lowest = part.min_residual or 0.0
    if kind == "rtt":  # a difference of logarithms
        factor = f"{math.exp(min(-lowest, 20.0)):.2g}"
        return Message.of("detect.says.signal_delay", signal=part.name, factor=factor)
    key = "signal_points" if kind == "fraction" else "signal"
    depth = round(min(-lowest, 1.0), 4)
    return Message.of(f"detect.says.{key}", signal=part.name, depth=depth)


def overlapping(one: "Found", announced: Iterable[Notice]) -> Iterator[Notice]:
    """Yield what is *announced* of the same entity and time, in any length."""
    for report in announced:
        begun = one.end is None or report.start < one.end
        lasts = report.end is None or report.end > one.onset
        # without an end it may be over: only what began within a day is laid beside
        near = report.end is not None or report.start > one.onset - DAY
        if report.entity == one.entity and begun and lasts and near:
            yield report


def said(report: Notice) -> Message:
    """Return what others say, in their words: no verdict of ours."""
    return Message.of(
        "detect.says.notice",
        source=report.source,
        words=report.says or report.kind,
        cause=report.cause or "–",
        start=utc(report.start),
        stop="–" if report.end is None else utc(report.end),
    )


def recurs(pattern: Pattern) -> Message:
    """Return how a disruption comes again, its weekdays unless it is all of them."""
    daily = len(pattern.days) == 7
    return Message.of(
        f"detect.pattern.{'daily' if daily else 'some'}",
        start=pattern.start,
        stop=pattern.end,
        count=pattern.occurrences,
        first=pattern.first,
        last=pattern.last,
        share=pattern.regularity,
        **({} if daily else {"days": tuple(f"weekday-{n}" for n in pattern.days)}),
    )


def utc(instant: int) -> str:
    """Return *instant*, microseconds UTC, to the minute."""
    return datetime.fromtimestamp(instant / SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")
