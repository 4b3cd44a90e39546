"""First family: sines, holidays, correlated noise, rectangular outages.

Four signals of 26 weeks in bins of five minutes; each has twelve outages of 15 minutes
to 24 hours (uniform in the logarithm), 10 to 100 % deep (routing 2 to 100 %), and what
is no outage: level shifts that stay, holidays, single wrong bins, gaps.
"""

from dataclasses import dataclass

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.metrics import Label
from benchmarks.detection.synthetic.recording import (
    MONDAY,
    WARM_UP_WEEKS,
    Entity,
    Recording,
    gaps,
    log_uniform,
    marked,
    places,
)
from numpy.typing import NDArray


STEP = 300
DAY, WEEK = 288, 2_016
WEEKS, OUTAGES = 26, 12
HALF_DAY = DAY // 2


@dataclass(frozen=True, slots=True)
class Nature:
    """What one kind of signal looks like; shares of its level."""

    what: str
    kind: str
    daily: float
    noise: float
    memory: float
    tail: float
    """Degrees of freedom of Student's t; 0 for a normal distribution."""
    shallowest: float
    shifts: tuple[float, float]
    holiday: float


TELESCOPE = Nature("telescope", "count", 0.35, 0.12, 0.85, 4, 0.1, (0.1, 0.3), 0.10)
PROBING = Nature("probing", "prefixes", 0.03, 0.012, 0.3, 0, 0.1, (0.02, 0.1), 0.005)
BGP = Nature("bgp", "prefixes", 0.0, 0.0015, 0.0, 0, 0.02, (0.005, 0.03), 0.0)
TRAFFIC = Nature("traffic", "count", 0.45, 0.04, 0.5, 0, 0.1, (0.05, 0.2), 0.12)
NATURES = (TELESCOPE, PROBING, BGP, TRAFFIC)
SEEN_BY = (
    (0.40, ("telescope", "probing", "bgp")),
    (0.35, ("telescope", "probing")),
    (0.15, ("probing",)),
    (0.10, ("bgp",)),
)
"""Which signals of an entity show a disruption, and how often that happens."""


@dataclass(frozen=True, slots=True)
class Outage:
    first: int
    size: int
    depth: float

    def label(self) -> Label:
        onset = MONDAY + STEP * self.first
        return Label(onset, onset + STEP * self.size, self.depth)


def recording(nature: Nature, number: int, *, weeks: int = WEEKS) -> Recording:
    """Return series ``number`` of its kind, always the same one."""
    rng = np.random.default_rng([1, NATURES.index(nature), number])
    outages = _outages(rng, weeks, OUTAGES, nature.shallowest)
    values = _series(rng, nature, weeks, outages)
    labels = marked([outage.label() for outage in outages], values, STEP, MONDAY)
    name = f"smooth-{nature.what}-{number}"
    return Recording(name, nature.what, nature.kind, STEP, values, labels)


def entity(number: int, *, weeks: int = 20, outages: int = OUTAGES) -> Entity:
    """Return an entity of three signals, of which each disruption shows in some."""
    rng = np.random.default_rng([2, number])
    shared = _outages(rng, weeks, outages, 0.1)
    chances = [chance for chance, _ in SEEN_BY]
    seen = [SEEN_BY[k][1] for k in rng.choice(len(SEEN_BY), len(shared), p=chances)]
    truth = [outage.label() for outage in shared]
    recordings = []
    for nature in (TELESCOPE, PROBING, BGP):
        own = [o for o, by in zip(shared, seen, strict=True) if nature.what in by]
        values = _series(rng, nature, weeks, own)
        name, what = f"smooth-entity-{number}", nature.what
        labels = marked([outage.label() for outage in own], values, STEP, MONDAY)
        recordings.append(Recording(name, what, nature.kind, STEP, values, labels))
    visible = {label.onset for r in recordings for label in r.labels if label.scoreable}
    labels = tuple(
        Label(t.onset, t.end, t.depth, scoreable=t.onset in visible) for t in truth
    )
    return Entity(f"smooth-{number}", tuple(recordings), labels)


def _outages(
    rng: np.random.Generator, weeks: int, number: int, shallowest: float
) -> list[Outage]:
    sizes = [round(log_uniform(rng, 3, DAY)) for _ in range(number)]
    first, last = WARM_UP_WEEKS * WEEK, weeks * WEEK
    starts = places(rng, sizes, first, last, HALF_DAY)
    return [
        Outage(start, size, float(rng.uniform(shallowest, 1)))
        for start, size in zip(starts, sizes, strict=True)
    ]


def _series(
    rng: np.random.Generator, nature: Nature, weeks: int, outages: list[Outage]
) -> NDArray[np.float64]:
    size = weeks * WEEK
    base = log_uniform(rng, 300, 20_000) * _week(rng, nature, size)
    for first in rng.integers(0, size, rng.poisson(weeks / 20)):
        amount = rng.uniform(*nature.shifts) * rng.choice([-1, 1])
        base[first:] *= 1 + amount
    for day in rng.integers(0, weeks * 7, rng.poisson(weeks / 9)):
        base[day * DAY : (day + 1) * DAY] *= 1 - nature.holiday * rng.uniform(0.5, 1.5)
    values = base * (1 + nature.noise * _noise(rng, nature, size))
    for bin_ in rng.integers(0, size, rng.poisson(weeks / 3)):
        values[bin_] *= rng.uniform(0, 1.5)
    for outage in outages:
        values[outage.first : outage.first + outage.size] *= 1 - outage.depth
    values = np.maximum(np.round(values), 0)
    gaps(rng, values, rng.poisson(weeks / 4))
    return values


def _week(rng: np.random.Generator, nature: Nature, size: int) -> NDArray[np.float64]:
    hours = np.arange(size) * 24 / DAY + rng.uniform(0, 24)
    turn = 2 * np.pi * hours / 24
    day = np.sin(turn) + 0.3 * np.sin(2 * turn + rng.uniform(0, 2 * np.pi))
    weekend = (hours // 24).astype(np.int64) % 7 >= 5
    return 1 + nature.daily * day * np.where(weekend, 0.75, 1.0) / 1.3


def _noise(rng: np.random.Generator, nature: Nature, size: int) -> NDArray[np.float64]:
    """Return autoregressive noise of unit standard deviation."""
    if nature.tail:
        sparks = rng.standard_t(nature.tail, size) * np.sqrt(1 - 2 / nature.tail)
    else:
        sparks = rng.standard_normal(size)
    return remembered(sparks * np.sqrt(1 - nature.memory**2), nature.memory)


@fast
def remembered(sparks, memory):
    """Return the first-order autoregression driven by ``sparks``."""
    result = np.empty_like(sparks)
    last = 0.0
    for i in range(len(sparks)):
        last = memory * last + sparks[i]
        result[i] = last
    return result
