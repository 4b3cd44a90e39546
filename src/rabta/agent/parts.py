"""Which networks or regions explain what a country lost, by one public signal.

Each part is measured against what is usual for itself, as it was found when its own
data came in, so that nothing is judged twice. A part without data at the time has no
say, and parts that together hold less than nine tenths of the loss explain nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rabta.agent import usual
from rabta.clock import HOUR
from rabta.config.targets import networks_of_countries
from rabta.detect.found import Found
from rabta.detect.hierarchy import EXPLAINED, Node, explain, loss
from rabta.detect.judged import Judged
from rabta.detect.parts import FEWEST
from rabta.detect.signal import SignalKind
from rabta.model import Message
from rabta.store import SeriesInfo, Store


_KINDS: Final = ("region", "asn")
"""Never mixed: the networks of a country stand in its regions."""
_ADDS_UP: Final = (SignalKind.COUNT, SignalKind.PREFIXES)
"""Shares and delays of different places have no sum."""
_MEASURE = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One signal of one part of the whole."""

    entity: str
    measure: _MEASURE
    """Source, metric and vantage."""
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    usual: usual.Usual

    def lost(self, onset: int, end: int | None) -> Node:
        """Return what was missing from *onset* to *end*, as means per reading."""
        first = int(np.searchsorted(self.times, onset))
        last = None if end is None else int(np.searchsorted(self.times, end))
        times, values = self.times[first:last], self.values[first:last]
        expected = self.usual.at(times, HOUR)
        known = np.isfinite(values) & np.isfinite(expected)
        if not known.any():
            return Node(self.entity, 0.0, 0.0)
        there, normal = float(values[known].mean()), float(expected[known].mean())
        return Node(self.entity, normal, normal - there)


def whole_of(entity: str) -> str:
    """Return the country that a network or region is a part of; empty if not known.

    A region says so itself where it bears an ISO 3166-2 code, such as ``PK-SD``.
    """
    kind, _, code = entity.partition("/")
    if kind == "region" and code[:2].isalpha() and code[2:3] == "-":
        return f"country/{code[:2].upper()}"
    return _countries().get(entity, "")


def parts_among(entity: str, series: Iterable[SeriesInfo]) -> list[SeriesInfo]:
    """Return those *series* that are about parts of *entity*."""
    if not entity.startswith("country/"):
        return []
    return [one for one in series if whole_of(one.entity) == entity]


def made_of(store: Store, series: Iterable[SeriesInfo]) -> str:
    """Return what changes whenever something else is known of these parts."""
    read = (usual.read(store.path, one) for one in sorted({s.entity for s in series}))
    return repr([known.made_of for known in read if known is not None])


def gathered(
    store: Store, series: Sequence[SeriesInfo], start: int, stop: int
) -> list[Part]:
    """Return the signals of the parts that *series* are of, each with its usual."""
    wanted = {one.id for one in series}
    return [
        Part(info.entity, measure_of(info), times, values, known.usual[info.id])
        for entity in sorted({one.entity for one in series})
        if (known := usual.read(store.path, entity)) is not None
        for info, times, values in store.signals(entity, start=start, stop=stop)
        if info.id in wanted and info.id in known.usual
    ]


def measure_of(series: SeriesInfo) -> _MEASURE:
    """Return what makes signals of different entities comparable."""
    return series.source, series.metric, series.vantage


def explained(
    found: Found,
    judged: Mapping[str, Judged],
    measures: Mapping[str, _MEASURE],
    parts: Sequence[Part],
) -> Iterator[Message]:
    """Say which of *parts* hold nine tenths of what the whole lost, kind by kind.

    *judged* and *measures* are those of the whole's signals, by name. The signal that
    fell furthest decides.
    """
    fell = [
        part
        for part in found.signals
        if part.fired
        and part.min_residual is not None
        and judged[part.name].series.kind in _ADDS_UP
    ]
    if not fell:
        return
    name = min(fell, key=lambda part: part.min_residual or 0.0).name
    root = loss(found.entity, judged[name], found.onset, found.end)
    for kind in _KINDS:
        lost = [
            part.lost(found.onset, found.end)
            for part in parts
            if part.measure == measures[name] and part.entity.startswith(f"{kind}/")
        ]
        said = _said(root, [node for node in lost if node.expected > 0.0])
        if said is not None:
            yield said


def _said(root: Node, nodes: Sequence[Node]) -> Message | None:
    total = sum(max(node.lost, 0.0) for node in nodes)
    needed = EXPLAINED * root.lost
    if len(nodes) < FEWEST or needed <= 0.0 or total < needed:
        return None
    whole = Node(root.entity, root.expected, root.lost, tuple(nodes))
    few = explain(whole, needed / total).entities
    if few == (root.entity,):
        return Message.of("detect.says.everywhere", count=len(nodes))
    held = sum(node.lost for node in nodes if node.entity in few)
    return Message.of(
        "detect.says.parts",
        share=min(held / root.lost, 1.0),
        parts=", ".join(code_of(entity) for entity in few),
    )


def code_of(entity: str) -> str:
    """Return an entity's own name: ``PK``, ``AS17557``."""
    kind, _, code = entity.partition("/")
    return f"AS{code}" if kind == "asn" else code


@cache
def _countries() -> dict[str, str]:
    """Return the country of every network that shipped data know."""
    return {
        network: f"country/{country}"
        for country, networks in networks_of_countries().items()
        for network in networks
    }
