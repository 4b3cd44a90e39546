"""A whole from its parts: what it lost, and which of them explain that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from rabta.detect.batch import judge_all, report
from rabta.detect.found import Detection, Found
from rabta.detect.hierarchy import Explanation, Node, explain, loss, together
from rabta.detect.judged import Judged
from rabta.detect.signal import Signal, SignalKind


FEWEST: Final = 2
ADDS_UP: Final = (SignalKind.COUNT, SignalKind.PREFIXES, SignalKind.FRACTION)
"""Delays and rates of different places have no sum."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An entity that was put together from parts."""

    detection: Detection
    explained: tuple[Explanation, ...]
    """For every disruption, in the same order."""
    signals: tuple[Signal, ...]
    judged: tuple[Judged, ...]


def whole(
    entity: str,
    parts: Mapping[str, Sequence[tuple[Signal, Judged]]],
    timezone: tzinfo,
) -> Whole | None:
    """Detect on the sums of what at least two *parts* have in common.

    None where there is nothing in common. Signals belong together by name, kind and
    direction.
    """
    alike: dict[tuple[str, SignalKind, bool], list[tuple[str, Signal, Judged]]] = {}
    for part, signals in parts.items():
        for signal, judged in signals:
            key = signal.name, signal.kind, signal.rising_hurts
            if signal.kind in ADDS_UP and len(judged.series.values):
                alike.setdefault(key, []).append((part, signal, judged))
    shared = {k[0]: v for k, v in alike.items() if len(v) >= FEWEST}
    if not shared:
        return None
    sums = [
        together(name, [signal for _, signal, _ in members], timezone)
        for name, members in shared.items()
    ]
    against = judge_all(sums, timezone)
    found = report(against, entity, timezone)
    return Whole(
        found,
        tuple(_explained(entity, one, shared) for one in found.disruptions),
        tuple(sums),
        against,
    )


def _explained(
    entity: str,
    one: Found,
    shared: Mapping[str, Sequence[tuple[str, Signal, Judged]]],
) -> Explanation:
    """Explain by the signal that fell furthest."""
    fell = [p for p in one.signals if p.fired and p.min_residual is not None]
    deepest = min(fell or one.signals, key=lambda p: p.min_residual or 0.0)
    children = tuple(
        loss(part, judged, one.onset, one.end)
        for part, _, judged in shared[deepest.name]
    )
    expected = sum(child.expected for child in children)
    lost = sum(child.lost for child in children)
    return explain(Node(entity, expected, lost, children))
