"""From a disruption and what is known around it to ranked causes, with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rabta.attribute.cause.event import NOTHING, Event, Seen, Surroundings
from rabta.attribute.cause.extract import extract
from rabta.attribute.cause.gain import missing
from rabta.attribute.cause.gates import (
    DISPUTED,
    HALF,
    Held,
    disputed,
    gates,
    hold,
)
from rabta.attribute.cause.score import (
    calibrated,
    contributions,
    named,
    nats,
    posterior,
)
from rabta.attribute.cause.table import Floats, Table, table
from rabta.model import Cause, Evidence, Message


MODEL = "cause-1"
UNDETERMINED = "undetermined"
_INFORMATIVE = 0.1  # nats
_FEWEST = 3
_TWO = 0.25
_BOTH = 0.6
_WORTH = 0.10


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a disruption came about, as far as can be told."""

    code: str
    """A cause, or ``undetermined``, ``disputed``, ``several``."""
    sentence: Message
    causes: tuple[tuple[Cause, float], ...]
    """Ranked, calibrated; ``unknown`` among them; they sum to 1."""
    evidence: tuple[Evidence, ...]
    """Weights in nats for the leading cause; negative ones speak against it."""
    alternatives: tuple[Message, ...]
    tests: tuple[Message, ...]
    """The missing tests that would decide most, the best first."""
    model: str
    watermark: int

    @property
    def leading(self) -> Cause:
        """Return the most likely cause other than ``unknown``."""
        return next(cause for cause, _ in self.causes if cause is not Cause.UNKNOWN)

    @property
    def confidence(self) -> float:
        """Return the probability of what the sentence says."""
        chance = dict(self.causes)
        if self.code == UNDETERMINED:
            return chance[Cause.UNKNOWN]
        if self.code == "several":
            return min(1.0, sum(sorted(_named(self.causes))[-2:]))
        return chance[self.leading]


def explain(
    event: Event, around: Surroundings = NOTHING, likelihoods: Table | None = None
) -> Explanation:
    """Rank the causes of *event*; the same input gives the same answer for ever."""
    known = likelihoods or table()
    seen = extract(event, around)
    prior = known.prior(event.level)
    added = contributions(seen, known)
    p = calibrated(posterior(prior, added), known)
    support = _groups_for(Cause.SHUTDOWN, seen, prior, added, known)
    p, held = hold(p, gates(event, around, seen, support), known)
    rivals = disputed(seen)
    if rivals:
        p = _below(p, DISPUTED, known)
    at = max(named(known), key=lambda n: p[n])
    leading = known.causes[at]
    weights = nats(at, prior, added)
    order = np.argsort(-np.abs(weights), kind="stable")
    ranked = _ranked(p, known, rivals)
    unproven = frozenset(one.cause for one in held)
    two = _disjoint(ranked, seen, prior, added, known, unproven)
    informative = int((np.abs(weights) >= _INFORMATIVE).sum())
    sure = p[at] >= HALF and informative >= _FEWEST
    code = _code(leading, unproven, rivals, two, sure=sure)
    evidence = [_prior(at, prior, event, known)]
    evidence += [_evidence(seen[n], float(weights[n])) for n in order]
    evidence += [_held(one) for one in held]
    return Explanation(
        code,
        _sentence(code, event, leading, rivals, two),
        ranked,
        tuple(evidence),
        tuple(_alternatives(ranked, leading, code)),
        tuple(
            Message.of(f"cause.test.{one}")
            for one in missing(p, known, {s.id for s in seen}, event.level)
        ),
        f"{MODEL}/{known.version}",
        event.now,
    )


def _code(
    leading: Cause,
    unproven: frozenset[Cause],
    rivals: frozenset[Cause],
    two: tuple[Cause, ...],
    *,
    sure: bool,
) -> str:
    if rivals:
        return "disputed"
    if two:
        return "several"
    if leading in unproven or not sure:
        return UNDETERMINED
    return leading.value


def _below(p: Floats, most: float, table: Table) -> Floats:
    """Let no cause be above *most*; the others gain in proportion."""
    out = p.copy()
    at = int(np.argmax(out))
    if out[at] > most:
        rest = 1 - out[at]
        unknown = table.place[Cause.UNKNOWN]
        if rest <= 0:
            out[unknown] += out[at] - most
        else:
            out *= (1 - most) / rest
        out[at] = most
    return out


def _ranked(
    p: Floats, table: Table, rivals: frozenset[Cause]
) -> tuple[tuple[Cause, float], ...]:
    """Round to thousandths that sum to 1, highest first; *rivals* are always told."""
    shares = {cause: round(float(p[n]), 3) for n, cause in enumerate(table.causes)}
    shares[Cause.UNKNOWN] += round(1 - sum(shares.values()), 3)
    shares[Cause.UNKNOWN] = round(max(0.0, shares[Cause.UNKNOWN]), 3)
    told = {Cause.UNKNOWN, *rivals}
    kept = [(c, x) for c, x in shares.items() if x >= 0.005 or c in told]
    if len(kept) < 2:
        best = max(named(table), key=lambda n: p[n])
        kept.append((table.causes[best], shares[table.causes[best]]))
    return tuple(sorted(kept, key=lambda one: (-one[1], one[0].value)))


def _groups_for(
    cause: Cause, seen: Sequence[Seen], prior: Floats, added: Floats, table: Table
) -> frozenset[str]:
    weights = nats(table.place[cause], prior, added)
    return frozenset(
        table.facts[one.id].group
        for one, weight in zip(seen, weights, strict=True)
        if weight >= _INFORMATIVE
    )


def _disjoint(
    ranked: tuple[tuple[Cause, float], ...],
    seen: Sequence[Seen],
    prior: Floats,
    added: Floats,
    table: Table,
    unproven: frozenset[Cause],
) -> tuple[Cause, ...]:
    """Return the two leading causes where each rests on facts of its own."""
    nameless = {Cause.UNKNOWN, *unproven}
    top = [(c, p) for c, p in ranked if c not in nameless][:2]
    if len(top) < 2 or top[1][1] < _TWO or top[0][1] + top[1][1] < _BOTH:
        return ()
    facts = []
    for cause, _ in top:
        weights = nats(table.place[cause], prior, added)
        facts.append({one.id for one, w in zip(seen, weights, strict=True) if w > 0.5})
    if all(facts) and not facts[0] & facts[1]:
        return tuple(cause for cause, _ in top)
    return ()


def _prior(at: int, prior: Floats, event: Event, table: Table) -> Evidence:
    share = float(prior[at])
    odds = float(np.log(max(share, 1e-6) / (1 - share)))
    says = Message.of(
        "cause.says.prior",
        named=f"cause-{table.causes[at]}",
        share=share,
        level=f"level-{event.level}",
    )
    return Evidence("prior", says, round(odds, 2))


def _evidence(seen: Seen, weight: float) -> Evidence:
    says = Message.of(f"cause.says.{seen.key}", **dict(seen.args))
    return Evidence(seen.id, says, round(weight, 2))


def _held(one: Held) -> Evidence:
    says = Message.of(f"cause.held.{one.why}", most=one.most)
    return Evidence(f"held-{one.cause}", says, 0.0)


def _sentence(
    code: str,
    event: Event,
    leading: Cause,
    rivals: frozenset[Cause],
    two: tuple[Cause, ...],
) -> Message:
    entity = name_of(event.entity)
    if code == "disputed":
        names = tuple(f"cause-{c}" for c in sorted(rivals))
        return Message.of("cause.verdict.disputed", entity=entity, named=names)
    if code == "several":
        names = tuple(f"cause-{c}" for c in two)
        return Message.of("cause.verdict.several", entity=entity, named=names)
    if code == UNDETERMINED:
        named = f"cause-{leading}"
        return Message.of("cause.verdict.undetermined", entity=entity, named=named)
    return Message.of(f"cause.verdict.{code}", entity=entity)


def _alternatives(
    ranked: tuple[tuple[Cause, float], ...], leading: Cause, code: str
) -> list[Message]:
    return [
        Message.of("cause.also", named=f"cause-{cause}", share=share)
        for cause, share in ranked
        if share >= _WORTH and (cause is not leading or code == UNDETERMINED)
    ]


def _named(ranked: tuple[tuple[Cause, float], ...]) -> list[float]:
    return [p for cause, p in ranked if cause is not Cause.UNKNOWN]


def name_of(entity: str) -> str:
    """Return an entity's own name: ``PK``, ``AS17557``."""
    kind, _, code = entity.partition("/")
    return f"AS{code}" if kind == "asn" else code or entity
