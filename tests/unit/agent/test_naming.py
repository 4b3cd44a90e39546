"""A line with several resolvers, some of them dead, asks as a stub resolver does."""

from itertools import permutations

import pytest

from rabta import failure
from rabta.agent import naming
from rabta.agent.naming import Resolvers
from rabta.clock import ManualClock
from rabta.model import Line, Observation, Probe, Rung, Target
from rabta.probes.aim import Aim
from rabta.probes.binding import Binding


KEY = ("wan1", 4)
A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"
SHOP = Target("shop", Rung.SERVICE, "shop.example", (Probe.DNS,), query="shop.example")


def line(*resolvers):
    return Line(4, "192.0.2.9", "192.0.2.254", resolvers=resolvers)


class Network:
    """Resolvers that fail as *outcomes* says, and answer otherwise."""

    def __init__(self, monkeypatch, outcomes):
        self.outcomes = outcomes
        self.asked = []
        self.patience = []
        monkeypatch.setitem(naming.PROBES, Probe.DNS, self._probe)

    async def _probe(self, aim):
        self.asked.append(aim.address)
        self.patience.append(aim.first_answer)
        failed = self.outcomes.get(aim.address)
        value = None if failed else 0.01
        return aim.observe(Probe.DNS, 7, value=value, failure=failed, spent_bytes=60)

    async def ask(self, resolvers, on) -> Observation:
        self.asked.clear()
        self.patience.clear()
        first = resolvers.order(KEY, on)[0]
        binding = Binding("wan1", "", 4, "192.0.2.9")
        aim = Aim(SHOP, first, "wan1", binding, ManualClock(1))
        return await resolvers.ask(KEY, on, aim, Probe.DNS)


@pytest.mark.parametrize("dead", [{A}, {B}, {C}, {A, B}, {A, C}, {B, C}])
@pytest.mark.parametrize("order", list(permutations((A, B, C))))
async def test_one_living_resolver_is_enough(monkeypatch, dead, order):
    net = Network(monkeypatch, dict.fromkeys(dead, failure.GENERIC_TIMEOUT))
    seen = await net.ask(Resolvers(), line(*order))

    assert seen.ok
    assert seen.address == next(r for r in order if r not in dead)
    assert seen.spent_bytes == 60 * len(net.asked)


async def test_the_dead_one_costs_its_patience_once(monkeypatch):
    net, mine = Network(monkeypatch, {A: failure.GENERIC_TIMEOUT}), Resolvers()
    await net.ask(mine, line(A, B, C))
    assert net.asked == [A, B]

    assert (await net.ask(mine, line(A, B, C))).address == B
    assert net.asked == [B]

    net.outcomes = {B: failure.GENERIC_TIMEOUT}
    assert (await net.ask(mine, line(A, B, C))).address == A
    assert net.asked == [B, A]


async def test_all_are_hurried_but_the_last(monkeypatch):
    silent = dict.fromkeys((A, B, C), failure.GENERIC_TIMEOUT)
    net = Network(monkeypatch, silent)
    seen = await net.ask(Resolvers(), line(A, B, C))

    assert (seen.failure, seen.address) == (failure.GENERIC_TIMEOUT, A)
    assert net.patience == [naming.ATTEMPT, naming.ATTEMPT, None]


async def test_a_single_resolver_is_given_all_the_time(monkeypatch):
    net = Network(monkeypatch, {A: failure.GENERIC_TIMEOUT})
    await net.ask(Resolvers(), line(A))

    assert net.patience == [None]


@pytest.mark.parametrize(
    "lie", [failure.DNS_NXDOMAIN, failure.DNS_BOGON, failure.DNS_NO_ANSWER]
)
async def test_an_answer_is_an_answer_however_false(monkeypatch, lie):
    """Every program of this machine would believe it."""
    net = Network(monkeypatch, {A: lie})
    seen = await net.ask(Resolvers(), line(A, B))

    assert (seen.failure, net.asked) == (lie, [A])


@pytest.mark.parametrize(
    "trouble",
    [failure.DNS_SERVFAIL, failure.DNS_REFUSED, failure.CONNECTION_REFUSED],
)
async def test_who_cannot_or_will_not_answer_is_passed_over(monkeypatch, trouble):
    net = Network(monkeypatch, {A: trouble})
    assert (await net.ask(Resolvers(), line(A, B))).address == B


def test_each_line_remembers_for_itself_and_only_what_it_still_has():
    mine = Resolvers()
    seen = Observation(1, "wan1", 4, "shop", Probe.DNS, 0.01, None, B)
    assert mine.heard(KEY, seen)

    assert mine.order(KEY, line(A, B)) == (B, A)
    assert mine.order(("wan2", 4), line(A, B)) == (A, B)
    assert mine.order(KEY, line(A, C)) == (A, C)


def test_resolvers_of_the_other_family_are_not_asked():
    assert Resolvers().order(KEY, line("2001:db8::53", A)) == (A,)
