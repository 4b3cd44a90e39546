"""What is combined over lines, uplinks and services."""

import pytest

from rabta.attribute import Context, judge
from rabta.clock import SECOND
from rabta.locale import LANGUAGES, render
from rabta.model import Cause, Rung, State
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


def world(count: int = 2, fate=None, context=None, seconds: float = 36) -> World:
    lines = [SimLine(uplink(f"wan{n}", 64500 + n), plan()) for n in range(1, count + 1)]
    made = World(lines, seed=11, fate=fate, context=context)
    made.run(seconds)
    return made


def test_without_uplinks_the_host_has_its_verdict():
    made = judge(START, [], Context())
    assert made.host.code == "no-uplink"
    assert made.host.state is State.DOWN
    assert made.uplinks == made.services == ()


def test_before_the_first_answer_nothing_is_called_fine():
    made = world(seconds=0).judged()
    assert made.host.state is State.UNKNOWN
    assert all(v.state is State.UNKNOWN for v in made.uplinks)
    assert made.host.confidence == 0


def test_all_fine_names_the_uplinks_that_work():
    host = world().judged().host
    assert render(host.sentence) == "Everything works: wan1 and wan2."
    assert host.causes == ()
    assert host.next_test is None


def test_everything_works_since_the_last_of_it_came_back():
    """Uplinks that never failed do not date what a service cut short."""
    lines = [SimLine(uplink(), [*plan(), *service()])]
    dead = cut([Rung.SERVICE], 70, 300)
    made = World(lines, seed=2, fate=dead)
    made.run(400)
    host = made.judged().host
    assert host.code == "fine"
    assert render(host.sentence) == "Everything works: wan1."
    assert host.since >= START + 300 * SECOND


def test_everything_is_not_said_while_an_uplink_is_not_known_to_work():
    made = world(seconds=36)
    silent = SimLine(uplink("wan3", 64503), plan())
    made.lines = [*made.lines, silent]
    host = made.judged().host
    assert (host.code, host.state) == ("fine", State.UP)
    said = render(host.sentence)
    assert "Everything" not in said
    assert "wan3" in said


def test_a_dead_uplink_beside_a_living_one_leaves_the_host_degraded():
    host = world(fate=cut(FROM_FIRST_HOP, 30, lines=["wan1"])).judged().host
    assert (host.code, host.state) == ("isp-access", State.DEGRADED)
    said = render(host.sentence)
    assert said.startswith("Work can go on over wan2.")
    assert "provider's access line" in said


def test_confidence_is_rule_times_beliefs():
    sure = world(fate=cut(FROM_FIRST_HOP, 30, lines=["wan1"])).latest()
    assert 0.75 < sure.confidence < 0.9
    alone = world(1, fate=cut(BEYOND, 30)).latest()
    compared = world(2, fate=cut(BEYOND, 30, lines=["wan1"])).latest()
    assert alone.confidence < compared.confidence


def test_on_battery_a_dead_router_points_to_power():
    everything = (Rung.GATEWAY, *FROM_FIRST_HOP)
    verdict = world(
        1, fate=cut(everything, 30), context=Context(mains_lost=START, ups=True)
    ).latest()
    assert verdict.code == "lan-gateway"
    assert verdict.causes[0][0] is Cause.POWER


def test_a_fault_carries_evidence_alternatives_and_a_next_test():
    verdict = world(fate=cut(FROM_FIRST_HOP, 30, lines=["wan1"])).latest()
    ids = {e.id for e in verdict.evidence}
    assert {"first-hop-down", "gateway-up", "other-wan2-up"} <= ids
    assert all(e.nats > 0 for e in verdict.evidence if e.id == "first-hop-down")
    assert verdict.alternatives
    assert verdict.next_test is not None
    assert verdict.model.startswith("ladder-")


def test_nothing_beyond_a_dead_gateway_is_given_as_evidence():
    everything = (Rung.GATEWAY, *FROM_FIRST_HOP)
    verdict = world(1, fate=cut(everything, 30)).latest()
    assert not any(e.id.startswith(("anycast", "domestic")) for e in verdict.evidence)


def test_two_uplinks_with_one_fault_are_said_in_one_sentence():
    lines = [SimLine(uplink(f"wan{n}", 64500, isp="PTCL"), plan()) for n in (1, 2)]
    lines[1] = SimLine(uplink("wan2", 64500, isp="PTCL mobile"), plan())
    made = World(lines, seed=11, fate=cut(BEYOND, 30))
    made.run(36)

    host = made.judged().host

    assert host.code == "isp-core"
    assert render(host.sentence).startswith("PTCL and PTCL mobile have the same fault")


def test_a_failing_service_is_named_by_the_host():
    lines = [SimLine(uplink(), [*plan(), *service()])]
    context = Context(vantage=(("shop", State.DOWN),))
    dead = cut([Rung.SERVICE], 70)
    made = World(lines, seed=2, fate=dead, context=context)
    made.run(150)
    host = made.judged().host
    assert host.code == "service-outage"
    assert host.state is State.DEGRADED
    verdict = made.latest("service/shop")
    assert verdict.causes[0] == (Cause.SERVICE, verdict.confidence)  # one claim
    assert "shop" in render(host.sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_blocked_alone_is_never_said_of_one_network(language):
    """Every accusing sentence is hedged, in both languages."""
    hedge = {"en": "consistent with", "ur": "مطابقت"}[language]
    from rabta.locale import texts

    accusing = ("blocking", "tampering", "throttling", "intercepted", "regional")
    for key, text in texts(language).items():
        if key.startswith("verdict.") and any(word in key for word in accusing):
            assert hedge in str(text).lower(), key
