"""Second family: another author's world, none of the first one's formulas.

Day shapes are random bumps on local time with daylight saving, different at weekends,
whose strength and level drift. Counts are negative binomial, shares beta-binomial,
delays have queues and spikes, rates are log-normal; their noise changes regime for
days. Routing walks in small steps and its collector's sessions reset. Disruptions
ramp, recover in stages or slowly, flap, and come in clusters; see ``shapes``.
"""

from dataclasses import dataclass

import numpy as np
from benchmarks.detection.compiled import fast
from benchmarks.detection.metrics import Label
from benchmarks.detection.synthetic.day import local_hours, profile
from benchmarks.detection.synthetic.recording import (
    MONDAY,
    WARM_UP_WEEKS,
    Entity,
    Recording,
    gaps,
    log_uniform,
    marked,
)
from benchmarks.detection.synthetic.shapes import Disruption, shape
from numpy.typing import NDArray


WEEKS = 26
TIMEZONE = "Europe/Kyiv"
WEEK_SECONDS = 7 * 86_400
LEAST_SECONDS, MOST_SECONDS = 900, 72 * 3_600
APART_SECONDS = 6 * 3_600


@dataclass(frozen=True, slots=True)
class Nature:
    """One kind of signal: its name, bins, and the depths that its disruptions have."""

    what: str
    kind: str
    step: int
    depths: tuple[float, float]


SOURCES = Nature("sources", "count", 300, (0.2, 1.0))
SHARE = Nature("share", "fraction", 600, (0.1, 1.0))
DELAY = Nature("delay", "rtt", 300, (0.2, 2.0))
RATE = Nature("rate", "throughput", 900, (0.25, 1.0))
ROUTES = Nature("routes", "prefixes", 300, (0.03, 1.0))
NATURES = (SOURCES, SHARE, DELAY, RATE, ROUTES)
SEEN = {"sources": 0.7, "share": 0.9, "routes": 0.45, "rate": 0.6}
"""How often a disruption of an entity shows in each signal."""


def recording(nature: Nature, number: int, *, weeks: int = WEEKS) -> Recording:
    """Return series ``number`` of its kind, always the same one."""
    rng = np.random.default_rng([3, NATURES.index(nature), number])
    found = _disruptions(rng, nature, weeks)
    return _recording(rng, nature, weeks, found, f"rough-{nature.what}-{number}")


def entity(number: int, *, weeks: int = 20) -> Entity:
    """Return an entity of four signals, each with its own step, lag and depth."""
    rng = np.random.default_rng([4, number])
    common = Nature("entity", "", 300, (0.15, 1.0))
    truth = _disruptions(rng, common, weeks)
    seen_by = [[what for what in SEEN if rng.random() < SEEN[what]] for _ in truth]
    recordings = []
    for nature in (SOURCES, SHARE, ROUTES, RATE):
        own = [
            _at_step(d.seen(rng.uniform(0.6, 1.2), int(rng.integers(0, 3))), nature)
            for d, by in zip(truth, seen_by, strict=True)
            if nature.what in (by or ["share"])
        ]
        name = f"rough-entity-{number}"
        recordings.append(_recording(rng, nature, weeks, own, name, silent=True))
    labels = tuple(d.label(MONDAY, common.step) for d in truth)
    visible = [label for r in recordings for label in r.labels if label.scoreable]
    return Entity(
        f"rough-{number}",
        tuple(recordings),
        tuple(_unless_hidden(label, visible) for label in labels),
    )


def _unless_hidden(label: Label, visible: list[Label]) -> Label:
    shown = any(v.onset < label.end and v.end > label.onset for v in visible)
    return Label(
        label.onset,
        label.end,
        label.depth,
        label.onset_by,
        label.end_from,
        label.felt,
        scoreable=shown,
    )


def _disruptions(
    rng: np.random.Generator, nature: Nature, weeks: int
) -> list[Disruption]:
    """Return disruptions in clusters, log-normal in time, apart from each other."""
    at = WARM_UP_WEEKS * WEEK_SECONDS + APART_SECONDS
    last = weeks * WEEK_SECONDS
    result = []
    while True:
        soon = rng.random() < 0.3
        at += rng.uniform(6, 36) * 3_600 if soon else rng.exponential(14 * 86_400)
        seconds = np.clip(
            rng.lognormal(np.log(7_200), 1.3), LEAST_SECONDS, MOST_SECONDS
        )
        size = max(2, round(seconds / nature.step))
        if at + size * nature.step + APART_SECONDS > last:
            return result
        felt, ramp, tail = shape(rng, size)
        low, high = nature.depths
        depth = low + (high - low) * rng.beta(0.9, 1.2)
        first = int(at // nature.step)
        result.append(Disruption(first, float(depth), felt, ramp, tail))
        at += size * nature.step + APART_SECONDS


def _at_step(disruption: Disruption, nature: Nature) -> Disruption:
    """Return it in longer bins, each the mean of the short ones it covers."""
    ratio = nature.step // 300
    if ratio == 1:
        return disruption
    lead = disruption.first % ratio
    padded = np.concatenate((np.zeros(lead), disruption.shape))
    padded = np.concatenate((padded, np.zeros(-len(padded) % ratio)))
    felt = padded.reshape(-1, ratio).mean(axis=1)
    return Disruption(
        disruption.first // ratio,
        disruption.depth,
        felt,
        -(-disruption.ramp // ratio),
        -(-disruption.tail // ratio),
    )


def _recording(
    rng: np.random.Generator,
    nature: Nature,
    weeks: int,
    disruptions: list[Disruption],
    name: str,
    *,
    silent: bool = False,
) -> Recording:
    size = weeks * WEEK_SECONDS // nature.step
    times = MONDAY + nature.step * np.arange(size)
    hours = local_hours(times, TIMEZONE)
    lost = np.zeros(size)
    for d in disruptions:
        felt = d.shape[: max(0, size - d.first)]
        lost[d.first : d.first + len(felt)] = d.depth * felt
    values, weights = _VALUES[nature.what](rng, hours, lost)
    gaps(rng, values, int(rng.poisson(weeks / 3)))
    if silent:
        for _ in range(int(rng.poisson(weeks / 13))):
            hole = round(log_uniform(rng, 2, 48) * 3_600 / nature.step)
            first = int(rng.integers(0, size - hole))
            values[first : first + hole] = np.nan
    labels = [d.label(MONDAY, nature.step) for d in disruptions]
    return Recording(
        name,
        nature.what,
        nature.kind,
        nature.step,
        values,
        marked(labels, values, nature.step, MONDAY),
        weights,
        TIMEZONE,
    )


def _sources(rng, hours, lost):
    """Negative binomial: few sources, bursts of scanners, two regimes of spread."""
    size = len(hours)
    mean = log_uniform(rng, 40, 600) * profile(rng, hours, 0.5) * _drift(rng, size, 0.2)
    _shift(rng, mean, (0.1, 0.3))
    spread = np.where(_regime(rng, size, 576, 96), 12.0, 80.0)
    values = rng.poisson(mean * (1 - lost) * rng.gamma(spread, 1 / spread)).astype(
        float
    )
    for first in rng.integers(0, size, rng.poisson(size / 600)):
        burst = 1 + min(20.0, rng.pareto(1.5))
        values[first : first + int(rng.integers(1, 8))] *= burst
    return np.round(values), None


def _share(rng, hours, lost):
    """Beta-binomial: how many of a varying number of probes answered."""
    size = len(hours)
    asked = rng.poisson(log_uniform(rng, 60, 400) * profile(rng, hours, 0.15)) + 1
    usual = rng.uniform(0.85, 0.985) - 0.02 * (profile(rng, hours, 0.5) - 1)
    usual = np.clip(usual * _drift(rng, size, 0.01), 0.5, 0.995)
    tight = np.where(_regime(rng, size, 288, 48), 60.0, 400.0)
    share = rng.beta(tight * usual, tight * (1 - usual))
    answered = rng.binomial(asked, np.clip(share * (1 - lost), 0, 1))
    return answered / asked, asked.astype(float)


def _delay(rng, hours, lost):
    """Propagation, an evening queue, Laplace jitter, spikes, re-routes that stay."""
    size = len(hours)
    path = np.full(size, rng.uniform(15, 140))
    _shift(rng, path, (0.03, 0.1))
    queue = 6 * profile(rng, hours, 0.6) ** 2 * _drift(rng, size, 0.2)
    shape_of_queue = np.where(_regime(rng, size, 400, 60), 1.0, 4.0)
    jitter = rng.laplace(0, 0.015, size)
    base = (path + queue * rng.gamma(shape_of_queue, 1 / shape_of_queue)) * (1 + jitter)
    spikes = rng.random(size) < 0.004
    base[spikes] *= 1 + np.minimum(5, rng.pareto(1.5, np.count_nonzero(spikes)))
    return np.maximum(base, 1) * (1 + lost), None


def _rate(rng, hours, lost):
    """Log-normal rates, slower in the evening, of two regimes of scatter."""
    size = len(hours)
    mean = log_uniform(rng, 5, 200) * (1.6 - 0.6 * profile(rng, hours, 0.4))
    mean *= _drift(rng, size, 0.15)
    _shift(rng, mean, (0.1, 0.4))
    scatter = np.where(_regime(rng, size, 300, 50), 0.16, 0.06)
    noise = np.exp(scatter * rng.standard_normal(size))
    return np.maximum(mean * noise * (1 - lost), 0.01), None


def _routes(rng, hours, lost):
    """A walk of announcements and withdrawals; sessions reset for a bin or two."""
    size = len(hours)
    steps = np.where(rng.random(size) < 1 / 700, rng.normal(0, 0.002, size), 0)
    level = log_uniform(rng, 80, 8_000) * np.exp(np.cumsum(steps))
    _shift(rng, level, (0.01, 0.05))
    values = level * (1 - lost) - rng.poisson(level * 0.0006, size)
    for first in rng.integers(0, size, rng.poisson(size / 4_000)):
        dip = 1 - min(0.5, 0.01 * (1 + rng.pareto(1.2)))
        values[first : first + int(rng.integers(1, 3))] *= dip
    return np.maximum(np.round(values), 0), None


_VALUES = {
    "sources": _sources,
    "share": _share,
    "delay": _delay,
    "rate": _rate,
    "routes": _routes,
}


def _shift(rng, level: NDArray[np.float64], amounts: tuple[float, float]) -> None:
    """Change the level for good, about once in every other recording."""
    for first in rng.integers(0, len(level), rng.poisson(0.6)):
        level[first:] *= 1 + rng.uniform(*amounts) * rng.choice([-1, 1])


def _drift(rng, size: int, amount: float) -> NDArray[np.float64]:
    """Return a smooth wander of about ``amount`` over the whole recording."""
    knots = np.cumsum(rng.normal(0, amount / 3, 14))
    return np.exp(np.interp(np.arange(size), np.linspace(0, size, 14), knots))


def _regime(rng, size: int, calm: int, rough: int) -> NDArray[np.bool_]:
    """Return a two-state Markov chain; mean stays in bins."""
    return switched(rng.random(size), 1 / calm, 1 / rough)


@fast
def switched(chances, begin, finish):
    """Return where a chain of two states is in its second one."""
    result = np.zeros(len(chances), dtype=np.bool_)
    state = False
    for i in range(len(chances)):
        state = chances[i] >= finish if state else chances[i] < begin
        result[i] = state
    return result
