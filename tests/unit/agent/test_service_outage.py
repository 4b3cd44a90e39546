"""A service that fails is asked over every line before anybody is blamed."""

from dataclasses import replace

import pytest

from rabta import failure
from rabta.agent.demo.office import CELLULAR, FIBRE
from rabta.agent.demo.world import Effect, Incident
from rabta.clock import MINUTE, SECOND
from rabta.model import Kind, Probe, State

from .conftest import START, WARM


NAME = "payments"
DEAD = Effect(
    failure.GENERIC_TIMEOUT, spare=frozenset({Probe.DNS, Probe.DOH, Probe.DOT})
)


def outage(length, **where):
    names = frozenset({NAME, f"{NAME}/innocuous-sni"})
    begin = START + WARM
    return Incident("out", begin, begin + length, DEAD, targets=names, **where)


def vantage(built, state):
    context = built.pipeline.context
    built.pipeline.context = replace(context, vantage=((NAME, state),))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("told", [0, 90 * SECOND])
def test_an_outage_of_the_service_is_never_filed_as_a_fault_of_a_provider(
    office, seed, told
):
    """Whoever comes back first, and whenever the vantage hears of it."""
    built = office(outage(5 * MINUTE), seed=seed)
    vantage(built, State.UP)
    built.run(WARM)
    vantage(built, State.DOWN)
    built.run(WARM + 5 * MINUTE + told)
    vantage(built, State.UP)
    built.run(WARM + 9 * MINUTE)

    (one,) = built.disruptions(f"service/{NAME}")
    assert (one.kind, one.verdict.code) == (Kind.OUTAGE, "service-outage")
    assert {v.code for v in one.verdicts} == {"service-outage"}
    assert abs(one.end - (START + WARM + 5 * MINUTE)) <= 65 * SECOND


def test_the_other_line_is_known_as_it_is_when_one_fails(office):
    """Not as it was up to a minute ago, when all was well."""
    built = office(outage(5 * MINUTE, uplinks=frozenset({FIBRE.name})))
    vantage(built, State.DOWN)
    built.run(WARM + 70 * SECOND)

    failed = [o for o in built.seen if o.target == NAME and not o.ok]
    began = failed[2].time  # three tries decide
    asked = [
        abs(o.time - began)
        for o in built.seen
        if (o.target, o.uplink, o.probe) == (NAME, CELLULAR.name, Probe.HTTP)
    ]
    assert min(asked) <= 3 * SECOND
    told = built.store.verdicts(f"service/{NAME}", START, 2**62)
    assert "service-outage" not in {v.code for v in told}


def test_while_all_is_well_no_line_is_asked_more_often(office):
    built = office()
    built.run(WARM + 10 * MINUTE)

    whole = [o for o in built.seen if (o.target, o.probe) == (NAME, Probe.HTTP)]
    assert len(whole) <= 2 * 14
