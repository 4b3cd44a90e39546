"""What is listed for a verdict, on which side it stands, and what is not known."""

from dataclasses import replace

import pytest

from rabta.attribute import Context
from rabta.attribute.weights import of_other, of_peer, of_rung, of_service
from rabta.clock import SECOND
from rabta.locale import LANGUAGES, render
from rabta.model import Message, Rung, State
from tests.unit.attribute.world import (
    BEYOND,
    FROM_FIRST_HOP,
    START,
    SimLine,
    World,
    cut,
    plan,
    service,
    uplink,
)


AWAY = (Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)


def told(fate, seconds, count=1, **context):
    lines = [SimLine(uplink(f"wan{n}", 64500 + n), plan()) for n in range(1, count + 1)]
    made = World(lines, seed=11, fate=fate, context=Context(**context))
    made.run(seconds)
    return made.latest()


def first(fate, code, count=1):
    """The verdict of the first moment at which *code* is told."""
    lines = [SimLine(uplink(f"wan{n}", 64500 + n), plan()) for n in range(1, count + 1)]
    made = World(lines, seed=11, fate=fate)
    made.run(60)
    for _, judgement in made.history:
        verdict = judgement.uplinks[0]
        if verdict.code == code:
            return verdict
    raise AssertionError(made.told())


def sides(verdict):
    return {fact.id: fact.nats for fact in verdict.evidence}


def test_who_was_not_asked_since_the_onset_has_not_answered():
    """In the first second the name servers are only known to have worked before."""
    verdict = first(cut(FROM_FIRST_HOP, 30), "isp-access")

    assert verdict.time - verdict.since < 2 * SECOND
    facts = sides(verdict)
    assert facts["resolver-unasked"] == 0
    assert "resolver-up" not in facts
    answered = [f for f in verdict.evidence if f.says.key == "evidence.rung-up"]
    assert {fact.id for fact in answered} == {"gateway-up"}


def test_once_they_were_asked_nothing_is_open_any_more():
    """What lies beyond a dead rung and is silent is not counted against anybody."""
    facts = sides(told(cut(FROM_FIRST_HOP, 30), 50))

    assert not any(name.startswith("resolver") for name in facts)
    assert not any(name.endswith("unasked") for name in facts)


def test_who_was_asked_and_kept_silent_is_not_said_to_be_unasked():
    """Long before each of its members has settled to be down."""
    made = told(cut(FROM_FIRST_HOP, 30), 42)

    facts = sides(made)
    assert "resolver-unasked" not in facts
    assert facts.get("resolver-silent", 1) > 0


def test_name_servers_that_answer_speak_against_a_dead_provider():
    verdict = told(cut(AWAY, 30), 60)

    assert verdict.code == "isp-core"
    facts = sides(verdict)
    assert facts["resolver-up"] < 0
    assert facts["first-hop-up"] > 0


def test_the_router_that_answers_names_itself_says_nothing_of_the_provider():
    line = uplink().lines[0]
    router = uplink(lines=(replace_resolvers(line, line.gateway),))
    provider = uplink(lines=(replace_resolvers(line, "203.99.163.240"),))

    def weight(one):
        sim = SimLine(one, plan())
        made = World([sim], seed=11)
        made.run(30)
        state = sim.ladder.state(made.now)
        return of_rung(state.resolver, 4, state)

    assert weight(router) > 0 > weight(provider)


def replace_resolvers(line, *hosts):
    return replace(line, resolvers=hosts)


def test_another_uplink_that_works_speaks_for_one_provider_and_against_all():
    facts = sides(told(cut(BEYOND, 30, lines=["wan1"]), 36, count=2))
    assert facts["other-wan2-up"] > 0
    assert of_other("regional-outage", "up") < 0 < of_other("regional-outage", "down")


def test_another_uplink_with_the_same_trouble_is_not_said_to_be_well():
    facts = sides(told(cut([Rung.INTERNATIONAL], 30), 40, count=2))

    assert facts["other-wan2-trouble"] > 0
    assert "other-wan2-up" not in facts


def test_a_neighbour_who_is_fine_speaks_against_a_fault_of_the_lan():
    assert of_peer("lan-gateway", "fine", same_lan=True) < 0
    assert of_peer("lan-gateway", "fine", same_lan=False) == 0
    assert of_peer("isp-core", "isp-core", same_lan=False) > 0


def of_shop(fate, seconds, count=1, **vantage):
    lines = [
        SimLine(uplink(f"wan{n}", 64500 + n), [*plan(), *service()])
        for n in range(1, count + 1)
    ]
    seen = tuple((name, State(state)) for name, state in vantage.items())
    made = World(lines, seed=2, fate=fate, context=Context(vantage=seen))
    made.run(seconds)
    return made.latest("service/shop")


def test_a_vantage_speaks_for_an_outage_and_against_a_filter():
    verdict = of_shop(cut([Rung.SERVICE], 70), 150, shop="down")
    assert verdict.code == "service-outage"
    assert sides(verdict)["afar-down"] > 0
    assert of_service("afar-up", 19) < 0 < of_service("afar-up", 15)
    assert of_service("afar-down", 15) < 0


def test_a_service_that_fails_of_itself_lists_what_speaks_against_that():
    """Its own address still accepts another name, and its sibling answers."""
    facts = sides(of_shop(cut([Rung.SERVICE], 70), 150, shop="down"))

    assert facts["innocuous-up-wan1-4"] < 0
    assert facts["sibling-up-wan1-4"] < 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "key",
    ["rung-unasked", "rung-silent", "rung-implied", "other-trouble", "service-back"],
)
def test_it_can_be_said(language, key):
    message = Message.of(f"evidence.{key}", rung="resolver", uplink="PTCL")
    assert render(message, language)


def test_evidence_of_a_verdict_never_weighs_for_it_what_came_before_it():
    """Nothing that was last heard before the fault is counted as heard since."""
    verdict = first(cut(BEYOND, 30), "isp-core")
    assert verdict.since >= START + 29 * SECOND
    fors = {f.id for f in verdict.evidence if f.nats > 0}
    assert not fors & {"resolver-up", "resolver-unasked"}
