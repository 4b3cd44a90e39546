"""Which part of the whole explains what was lost.

One large provider's failure must not be called national: the answer is the smallest
set of networks or regions that holds nine tenths of the loss, and the whole only where
most of its parts suffer (the idea of Autofocus: Estan, Savage, Varghese, SIGCOMM 2003).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import numpy as np

from rabta.detect.judged import Judged, judge
from rabta.detect.signal import Signal, SignalKind, regular


EXPLAINED: Final = 0.9
WIDESPREAD: Final = 0.5
"""Share of the parts (and of what they hold) that makes it the whole."""


@dataclass(frozen=True, slots=True)
class Node:
    """A country, region or network and what it lost, in any one unit of mass."""

    entity: str
    expected: float
    """What is normally there."""
    lost: float
    children: tuple["Node", ...] = ()

    @property
    def depth(self) -> float:
        """Return the share of the node that was lost, 0 to 1."""
        return min(max(self.lost / self.expected, 0.0), 1.0) if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class Explanation:
    """The smallest set of entities that holds the loss."""

    entities: tuple[str, ...]
    """Largest loss first."""
    share: float
    """Of the loss of the root that they hold, 0 to 1."""


def explain(root: Node, share: float = EXPLAINED) -> Explanation:
    """Return the smallest set below *root* that holds *share* of its loss."""
    chosen = sorted(_chosen(root, share), key=lambda n: (-n.lost, n.entity))
    total = _total(root)
    held = sum(max(n.lost, 0.0) for n in chosen)
    return Explanation(
        tuple(n.entity for n in chosen), min(held / total, 1.0) if total else 0.0
    )


def _chosen(node: Node, share: float) -> list[Node]:
    losers = sorted(node.children, key=lambda n: (-n.lost, n.entity))
    total = sum(max(n.lost, 0.0) for n in losers)
    if total <= 0.0:
        return [node]
    few: list[Node] = []
    held = 0.0
    for child in losers:
        if held >= share * total:
            break
        few.append(child)
        held += child.lost
    hit = [n for n in losers if n.depth >= WIDESPREAD * node.depth]
    mass = sum(n.expected for n in hit)
    everywhere = (
        len(losers) > 1
        and len(hit) > WIDESPREAD * len(losers)
        and mass > WIDESPREAD * sum(n.expected for n in losers)
        and len(few) > 1
    )
    if everywhere:
        return [node]
    return [leaf for child in few for leaf in _chosen(child, share)]


def _total(node: Node) -> float:
    if node.children:
        return sum(max(n.lost, 0.0) for n in node.children)
    return max(node.lost, 0.0)


def node(
    entity: str, signal: Signal, timezone: tzinfo, onset: int, end: int | None
) -> Node:
    """Return what *signal* of *entity* lost from *onset* to *end*, as means per bin."""
    return loss(entity, judge(regular(signal, timezone)), onset, end)


def loss(entity: str, judged: Judged, onset: int, end: int | None) -> Node:
    """Return what *entity* lost from *onset* to *end* by one signal, per bin."""
    times = judged.series.times()
    inside = times >= onset
    if end is not None:
        inside &= times < end
    inside &= np.isfinite(judged.series.values) & np.isfinite(judged.baseline)
    if not inside.any():
        return Node(entity, 0.0, 0.0)
    expected = float(np.mean(judged.baseline[inside], dtype=np.float64))
    there = float(np.mean(judged.series.values[inside], dtype=np.float64))
    sign = -1.0 if judged.series.higher_is_worse else 1.0
    return Node(entity, abs(expected), sign * (expected - there))


def together(name: str, signals: Sequence[Signal], timezone: tzinfo) -> Signal:
    """Return the sum of the children's *signals*, for an entity without its own.

    Of shares it is the mean. A child that is missing in a bin counts as its share of
    the rest, never as zero. All must be of one kind and one direction; raises
    ValueError otherwise.
    """
    if not signals or len({(s.kind, s.rising_hurts) for s in signals}) > 1:
        raise ValueError(f"{name}: the parts are of different kinds")
    parts = [regular(signal, timezone) for signal in signals]
    step = max(part.step for part in parts)
    parts = [regular(signal, timezone, step) for signal in signals]
    parts = [part for part in parts if len(part.values)]
    if not parts:
        return Signal(name, signals[0].kind, np.empty(0, dtype=np.int64), np.empty(0))
    start = min(part.start for part in parts)
    size = max((part.start - start) // step + len(part.values) for part in parts)
    total, present = np.zeros((2, size))
    usual = 0.0
    for part in parts:
        mass = float(np.nanmedian(part.values))
        usual += mass
        at = (part.start - start) // step
        here = slice(at, at + len(part.values))
        known = np.isfinite(part.values)
        total[here] += np.where(known, part.values, 0.0)
        present[here] += np.where(known, mass, 0.0)
    values = np.full(size, np.nan)
    np.divide(total * usual, present, out=values, where=present > 0)
    if signals[0].kind is SignalKind.FRACTION:
        values /= len(parts)
    return Signal(
        name,
        signals[0].kind,
        start + step * np.arange(size, dtype=np.int64),
        values,
        higher_is_worse=signals[0].rising_hurts,
    )
