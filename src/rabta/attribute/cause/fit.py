"""Labelled events change the estimates, the weights and the calibration.

Rows: the mean of a Dirichlet whose prior is the estimate and counts for ``strength``
events, so that twenty labels move a row and two do not. Weights of groups: the most
likely ones under a Gaussian about those of the estimates, never below nothing.
Calibration: Platt's line on the log odds of countries that were held out.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rabta.attribute.cause.event import Seen
from rabta.attribute.cause.score import contributions, posterior
from rabta.attribute.cause.table import Calibration, Fact, Floats, Table
from rabta.model import Cause


_SPREAD = 0.5
"""Standard deviation of a weight about its estimate; wide enough for labels to win."""
_PRIOR_EVENTS = 40.0
_ENOUGH = 50
"""Labelled events of a cause that a calibration line of its own needs. With fewer, the
events nobody explained would set the line: some of them were this cause too."""
_ROUNDS = 60
_ALIKE = 10.0
"""Events of one cause and country count for no more than this many: the same ministry
orders the same hours again."""
_LEAST, _MOST = 0.05, 1.5
"""Bounds of a weight."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One event whose cause somebody found out; ``unknown`` where nobody did."""

    cause: Cause
    level: str
    group: str
    """What is held out together: its country."""
    seen: tuple[Seen, ...]
    later: tuple[Seen, ...] = ()
    """Facts known only later: they count for the rows, not for the weights."""


def fit(
    estimates: Table, labelled: Sequence[Labelled], version: str, labels: str
) -> Table:
    """Return *estimates* after they met *labelled*; not calibrated yet."""
    rows = replace(
        estimates,
        version=version,
        labels=labels,
        facts=_facts(estimates, labelled),
        priors=_priors(estimates, labelled),
        calibration={},
    )
    return replace(rows, weights=_weights(rows, labelled))


def folds(labelled: Sequence[Labelled], count: int, seed: int) -> list[frozenset[str]]:
    """Deal the groups out so that the parts are about equally large."""
    sizes = Counter(one.group for one in labelled)
    names = sorted(sizes)
    np.random.default_rng(seed).shuffle(names)
    parts: list[set[str]] = [set() for _ in range(count)]
    held = [0] * count
    for name in sorted(names, key=lambda name: -sizes[name]):
        least = held.index(min(held))
        parts[least].add(name)
        held[least] += sizes[name]
    return [frozenset(part) for part in parts]


def raw(one: Labelled, known: Table) -> Floats:
    """Return the probabilities before calibration, (causes,)."""
    return posterior(known.prior(one.level), contributions(one.seen, known))


def lines(
    probabilities: Floats,
    labelled: Sequence[Labelled],
    causes: Sequence[Cause],
    stages: int = 1,
) -> dict[Cause, Calibration]:
    """Fit one line in log odds for every cause that has enough labels.

    *labelled* holds every event once for each of *stages*.
    """
    out: dict[Cause, Calibration] = {}
    for n, cause in enumerate(causes):
        is_it = np.array([one.cause is cause for one in labelled], dtype=float)
        if cause is Cause.UNKNOWN or is_it.sum() < _ENOUGH * stages:
            continue
        p = np.clip(probabilities[:, n], 1e-6, 1 - 1e-6)
        slope, intercept = _platt(np.log(p / (1 - p)), is_it)
        out[cause] = Calibration(slope, intercept, int(is_it.sum()) // stages)
    return out


def _facts(estimates: Table, labelled: Sequence[Labelled]) -> dict[str, Fact]:
    counts: dict[tuple[str, Cause], Counter[str]] = defaultdict(Counter)
    shares: dict[tuple[str, Cause], dict[str, float]] = defaultdict(
        lambda: defaultdict(float)
    )
    sizes = Counter((one.group, one.cause) for one in labelled)
    for one in labelled:
        share = min(1.0, _ALIKE / sizes[one.group, one.cause])
        for seen in (*one.seen, *one.later):
            if len(seen.outcomes) == 1 and seen.about is None:
                counts[seen.id, one.cause][seen.outcomes[0]] += 1
                shares[seen.id, one.cause][seen.outcomes[0]] += share
    facts = {}
    for name, fact in estimates.facts.items():
        p = fact.p.copy()
        measured = {}
        for n, cause in enumerate(estimates.causes):
            found = counts.get((name, cause))
            if not found:
                continue
            met = np.array([shares[name, cause][o] for o in fact.outcomes])
            p[n] = (met + estimates.strength * p[n]) / (met.sum() + estimates.strength)
            measured[cause] = found.total()
        facts[name] = replace(fact, p=p, measured=measured)
    return facts


def _priors(estimates: Table, labelled: Sequence[Labelled]) -> dict[str, Floats]:
    """Move the shares of the named causes; that of ``unknown`` stays.

    How many events nobody explained says how hard people looked, not what is common.
    """
    out = {}
    unknown = estimates.place[Cause.UNKNOWN]
    for level, prior in estimates.priors.items():
        named = prior.copy()
        named[unknown] = 0.0
        met = np.zeros(len(prior))
        for one in labelled:
            if one.level == level and one.cause is not Cause.UNKNOWN:
                met[estimates.place[one.cause]] += 1
        shares = named / named.sum() * _PRIOR_EVENTS + np.where(named > 0, met, 0.0)
        out[level] = shares / shares.sum() * (1 - prior[unknown])
        out[level][unknown] = prior[unknown]
    return out


def _weights(rows: Table, labelled: Sequence[Labelled]) -> dict[str, float]:
    """Maximise the likelihood of the labels over the groups' weights, by Newton."""
    names = [name for name in rows.weights if _seen_in(name, rows, labelled)]
    if not names:
        return dict(rows.weights)
    parts, base, truth = _by_group(rows, labelled, names)
    start = np.array([rows.weights[name] for name in names])
    weights = start.copy()
    penalty = 1 / _SPREAD**2
    for _ in range(_ROUNDS):
        logs = base + np.tensordot(weights, parts, axes=(0, 1))
        shifted = np.exp(logs - logs.max(axis=1, keepdims=True))
        p = shifted / shifted.sum(axis=1, keepdims=True)
        mean = np.einsum("ngc,nc->ng", parts, p)
        true = parts[np.arange(len(truth)), :, truth]
        gradient = (true - mean).sum(axis=0) - penalty * (weights - start)
        spread = np.einsum("ngc,nhc,nc->gh", parts, parts, p) - mean.T @ mean
        step = np.linalg.solve(spread + penalty * np.eye(len(names)), gradient)
        weights = np.clip(weights + step, _LEAST, _MOST)
        if abs(step).max() < 1e-6:
            break
    return {**rows.weights, **dict(zip(names, weights.tolist(), strict=True))}


def _by_group(
    rows: Table, labelled: Sequence[Labelled], names: Sequence[str]
) -> tuple[Floats, Floats, np.ndarray]:
    """Return log likelihoods by group (n, groups, causes), log priors and truths."""
    parts = np.zeros((len(labelled), len(names), len(rows.causes)))
    base = np.zeros((len(labelled), len(rows.causes)))
    truth = np.zeros(len(labelled), dtype=np.int64)
    place = {name: n for n, name in enumerate(names)}
    for n, one in enumerate(labelled):
        truth[n] = rows.place[one.cause]
        base[n] = np.log(np.maximum(rows.prior(one.level), 1e-9))
        for seen in one.seen:
            fact = rows.facts[seen.id]
            if fact.group in place:
                parts[n, place[fact.group]] += fact.log(seen.outcomes, seen.trust)
    return parts, base, truth


def _seen_in(group: str, rows: Table, labelled: Sequence[Labelled]) -> bool:
    return any(rows.facts[s.id].group == group for one in labelled for s in one.seen)


def _platt(odds: Floats, is_it: Floats) -> tuple[float, float]:
    """Fit slope and intercept, pulled a little towards 1 and 0."""
    design = np.stack([odds, np.ones(len(odds))], axis=1)
    line = np.array([1.0, 0.0])
    about, pull = line.copy(), np.diag([2.0, 0.05])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-design @ line))
        gradient = design.T @ (is_it - p) - pull @ (line - about)
        curve = (design * (p * (1 - p))[:, None]).T @ design + pull
        step = np.linalg.solve(curve, gradient)
        line = line + step
        if abs(step).max() < 1e-9:
            break
    return float(max(line[0], 0.05)), float(line[1])
