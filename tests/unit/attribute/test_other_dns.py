"""Where UDP/53 is dead, names asked over TCP tell a filter from a closed port."""

import pytest

from rabta.clock import SECOND
from rabta.locale import LANGUAGES, render
from rabta.model import Probe, Rung, Target
from tests.unit.attribute.world import GONE, START, SimLine, World, plan, uplink


OVER_TCP = Target("tcp", Rung.CONTROL, "8.8.8.8", (Probe.DNS_TCP,), 300, port=53)


def verdict(*dead: Probe, targets=(OVER_TCP,)):
    def fate(line, target, probe, sent):
        return GONE if probe in dead and sent > START + 30 * SECOND else None

    made = World([SimLine(uplink(), [*plan(), *targets])], seed=3, fate=fate)
    made.run(70)
    return made.latest()


def test_the_same_question_over_tcp_is_asked_at_once_and_counts():
    filtered = verdict(Probe.DNS)
    closed = verdict(Probe.DNS, Probe.DNS_TCP)
    unknown = verdict(Probe.DNS, targets=())

    codes = [one.code for one in (filtered, closed, unknown)]
    assert codes == ["dns-intercepted"] * 3
    assert filtered.confidence > unknown.confidence > closed.confidence
    facts = {one.id: one.nats for one in filtered.evidence}
    assert facts["tcp-dns-up"] > 0
    assert "tcp-dns-down" in {one.id for one in closed.evidence}
    assert not any(one.id.startswith("tcp-dns") for one in unknown.evidence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_every_language(language):
    for seen in (verdict(Probe.DNS), verdict(Probe.DNS, Probe.DNS_TCP)):
        (fact,) = [one for one in seen.evidence if one.id.startswith("tcp-dns")]
        assert render(fact.says, language)
