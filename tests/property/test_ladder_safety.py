"""What must hold whatever happens on the line."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rabta import failure
from rabta.attribute import Context, Ladder, judge
from rabta.clock import SECOND
from rabta.locale import LANGUAGES, render
from rabta.model import Observation, Rung, State, Uplink, Verdict
from tests.unit.attribute.world import START, plan, service, uplink


TARGETS = [*plan(), *service()]
PROBES = [(target, probe) for target in TARGETS for probe in target.probes]
BEYOND = {
    target.name
    for target in TARGETS
    if target.rung
    in (Rung.FIRST_HOP, Rung.RESOLVER, Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)
}
LOCAL = {"lan-link", "lan-gateway", "local-power"}
FAILURES = [
    None,
    None,
    failure.GENERIC_TIMEOUT,
    failure.GENERIC_TIMEOUT,
    failure.HOST_UNREACHABLE,
    failure.CONNECTION_RESET,
    failure.DNS_SERVFAIL,
    failure.BUDGET_SPENT,
]

step = st.tuples(
    st.sampled_from(PROBES),
    st.sampled_from(FAILURES),
    st.integers(1, 3 * SECOND),
    st.booleans(),
)
fact = st.sampled_from(["carrier", "no-carrier", "no-route", "conflict", "well"])
story = st.lists(st.one_of(step, fact), max_size=120)


def changed(old: Uplink, what: str) -> Uplink:
    lines = tuple(
        replace(line, has_route=what != "no-route", conflict=what == "conflict")
        for line in old.lines
    )
    return replace(old, carrier=what != "no-carrier", lines=lines)


class Teller:
    """Tells a story to a ladder and says what was told last."""

    def __init__(self, name: str = "wan1", asn: int = 1) -> None:
        self.uplink = uplink(name, asn)
        self.ladder = Ladder(self.uplink, 4, TARGETS)
        self.now = START

    def tell(self, event) -> bool:
        """Whether something beyond the gateway answered just now."""
        if isinstance(event, str):
            self.now += SECOND // 10
            self.uplink = changed(self.uplink, event)
            self.ladder.update(self.uplink, self.now)
            return False
        (target, probe), name, pause, late = event
        self.now += pause
        if late:
            self.ladder.overdue(target.name, probe, self.now, self.now + SECOND // 5)
        value = None if name else 0.02
        self.ladder.observe(
            Observation(
                self.now, self.uplink.name, 4, target.name, probe, value, name, "x"
            )
        )
        return name is None and target.name in BEYOND


def blames_lan(verdict: Verdict) -> bool:
    """Whether it says more of the LAN than that another host claims our address."""
    disputed = verdict.sentence.key == "verdict.lan-link-disputed"
    return verdict.code in LOCAL and not (disputed and verdict.state is State.DEGRADED)


@settings(max_examples=150, deadline=None)
@given(story, st.sampled_from([None, True, False]))
def test_the_lan_is_never_blamed_while_something_beyond_it_answers(events, on_mains):
    teller = Teller()
    context = Context(on_mains=on_mains, mains_lost=int(on_mains is False), ups=True)
    for event in events:
        if teller.tell(event):
            made = judge(teller.now, [teller.ladder.state(teller.now)], context)
            assert not blames_lan(made.uplinks[0])
            later = teller.now + SECOND
            made = judge(later, [teller.ladder.state(later)], context)
            assert not blames_lan(made.uplinks[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(story, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_a_judgement_depends_on_nothing_but_its_arguments(stories, chance):
    """The same lines in any order give the same verdicts, and again so."""
    tellers = [Teller(f"wan{n}", n % 2 + 1) for n in range(len(stories))]
    for teller, events in zip(tellers, stories, strict=True):
        for event in events:
            teller.tell(event)
    now = max(teller.now for teller in tellers)
    states = [teller.ladder.state(now) for teller in tellers]
    context = Context(uplinks=tuple(teller.uplink for teller in tellers))
    made = judge(now, states, context)
    shuffled = states[:]
    chance.shuffle(shuffled)

    assert judge(now, shuffled, context) == made
    assert judge(now, states, context) == made


@settings(max_examples=60, deadline=None)
@given(story)
def test_every_verdict_is_complete_and_can_be_said(events):
    teller = Teller()
    for event in events:
        teller.tell(event)
        teller.ladder.wants(teller.now)
    made = judge(teller.now, [teller.ladder.state(teller.now)], Context())
    for verdict in (made.host, *made.uplinks, *made.services):
        assert 0 <= verdict.confidence < 1
        assert 0 < verdict.since <= teller.now + SECOND
        assert sum(p for _, p in verdict.causes) <= 1.02
        messages = [verdict.sentence, *verdict.alternatives]
        messages += [e.says for e in verdict.evidence]
        messages += [verdict.next_test] if verdict.next_test else []
        for message in messages:
            for language in LANGUAGES:
                assert render(message, language)


@settings(max_examples=40, deadline=None)
@given(story)
def test_wants_name_only_known_targets_and_end_by_themselves(events):
    teller = Teller()
    known = {(target.name, probe) for target, probe in PROBES}
    for event in events:
        teller.tell(event)
        wants = teller.ladder.wants(teller.now)
        assert {(want.target, want.probe) for want in wants} <= known
        assert len({want.target for want in wants}) <= len(TARGETS)
    # what a transfer is compared with is asked for as long as the two belong together
    assert not teller.ladder.wants(teller.now + 121 * SECOND)


@settings(max_examples=40, deadline=None)
@given(story)
def test_the_same_story_gives_the_same_state(events):
    """Live and replay are one path: no hidden clock, no chance."""
    one, two = Teller(), Teller()
    for event in events:
        one.tell(event)
        two.tell(event)
    assert one.ladder.state(one.now) == two.ladder.state(two.now)
