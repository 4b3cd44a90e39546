"""Tempered naive Bayes: what the facts make of the causes.

    log P(c | e) = log P(c) + sum over groups g of w_g * sum over g of log P(e_i | c)

Facts of one group repeat each other, and a group's weight says how much they may count
together. What was not measured adds nothing. ``unknown`` is a cause of its own: its
likelihoods are those of events that nobody explained.
"""

from collections.abc import Sequence

import numpy as np

from rabta.attribute.cause.event import Seen
from rabta.attribute.cause.table import Floats, Table
from rabta.model import Cause


def contributions(seen: Sequence[Seen], table: Table) -> Floats:
    """Return what each fact adds to the log of each cause, (facts, causes)."""
    rows = [
        table.facts[one.id].log(one.outcomes, one.trust) * table.weight(one.id)
        for one in seen
    ]
    return np.array(rows).reshape(len(rows), len(table.causes))


def posterior(prior: Floats, added: Floats) -> Floats:
    """Return the probabilities of all causes, (causes,); they sum to 1."""
    with np.errstate(divide="ignore"):  # a cause that cannot be stays so
        return normalised(np.log(prior) + added.sum(axis=0))


def normalised(logs: Floats) -> Floats:
    """Turn logs into probabilities along the last axis."""
    shifted = np.exp(logs - logs.max(axis=-1, keepdims=True))
    total: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return total


def calibrated(p: Floats, table: Table) -> Floats:
    """Bring the probabilities in line with how often such events were so.

    Each cause that had enough labels has its own line in log odds. What the causes with
    a line do not take is shared by the others as before.
    """
    lines = [(table.place[cause], line) for cause, line in table.calibration.items()]
    out = p.copy()
    fixed = np.zeros(len(p), dtype=bool)
    for at, line in lines:
        if 0 < p[at] < 1:
            odds = np.log(p[at] / (1 - p[at]))
            out[at] = 1 / (1 + np.exp(-(line.slope * odds + line.intercept)))
            fixed[at] = True
    held = out[fixed].sum()
    if held > 1:
        out[fixed] /= held
        held = 1.0
    rest = p[~fixed].sum()
    out[~fixed] = p[~fixed] * ((1 - held) / rest) if rest > 0 else 0.0
    return out


def nats(at: int, prior: Floats, added: Floats) -> Floats:
    """Return the weight of each fact for one cause against all others, (facts,).

    Positive speaks for it: Good's weight of evidence, the others weighed by what was
    expected of them.
    """
    others = prior.copy()
    others[at] = 0.0
    total = others.sum()
    if not len(added) or total <= 0:
        return np.zeros(len(added))
    others /= total
    peak = added.max(axis=1, keepdims=True)
    against = np.log((np.exp(added - peak) * others).sum(axis=1)) + peak[:, 0]
    weights: Floats = added[:, at] - against
    return weights


def named(table: Table) -> list[int]:
    """Return where the causes other than ``unknown`` stand."""
    return [n for n, cause in enumerate(table.causes) if cause is not Cause.UNKNOWN]
