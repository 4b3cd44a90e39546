"""What is kept of a fault: how deep it was, and what was known when."""

import pytest

from rabta.agent.demo.office import FIBRE
from rabta.agent.demo.world import Effect, Incident
from rabta.clock import MINUTE, SECOND
from rabta.model import Kind

from .conftest import START, WARM
from .test_pipeline import cut


def slow(seconds=0.0, loss=0.0, length=12 * MINUTE):
    effect = Effect(extra_seconds=seconds, extra_loss=loss)
    begin = START + WARM
    return Incident(
        "slow", begin, begin + length, effect, corridors=frozenset({"west"})
    )


def test_of_a_line_that_is_only_slow_the_delay_is_kept_and_no_loss(office):
    built = office(slow(seconds=0.12))
    built.run(WARM + 10 * MINUTE)

    (one,) = built.disruptions(FIBRE.entity)
    assert one.kind is Kind.DEGRADATION
    assert one.depth <= 0.005
    assert one.extra_seconds == pytest.approx(0.12, abs=0.03)


def test_of_a_line_that_loses_the_loss_is_kept(office):
    built = office(slow(loss=0.25))
    built.run(WARM + 12 * MINUTE)

    (one,) = built.disruptions(FIBRE.entity)
    assert 0.1 < one.depth < 0.5


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("length", [MINUTE, 5 * MINUTE])
def test_what_stays_as_evidence_of_a_cut_was_seen_after_it(office, length, seed):
    """The first version is made before all was asked; the one shown is not."""
    built = office(cut(length=length), seed=seed)
    built.run(WARM + length + 3 * MINUTE)

    (one,) = (d for d in built.disruptions(FIBRE.entity) if d.kind is Kind.OUTAGE)
    first = next(v for v in one.verdicts if v.code == "isp-access")
    assert first.time < START + WARM + 2 * SECOND
    assert one.verdict.code == "isp-access"
    assert {fact.id for fact in first.evidence} < {f.id for f in one.verdict.evidence}
    assert not any(fact.id.endswith("unasked") for fact in one.verdict.evidence)
