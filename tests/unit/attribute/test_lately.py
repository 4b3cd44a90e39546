"""Checks that fail now and then: chance, or more than that."""

import random

import pytest

from rabta import failure
from rabta.attribute import Ladder
from rabta.attribute.lately import MARGIN, Lately, Unsteady
from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.model import Observation, Probe, Rung

from .world import START, plan, service, uplink


NOW = 10 * HOUR
RIPE = NOW + MARGIN
SHAKY = "x..x.x..x...x.x..x...x..x..x.x"


def story(checks: str) -> Lately:
    """One check a minute, the last of them now: ``x`` failed."""
    lately = Lately()
    for number, one in enumerate(reversed(range(len(checks)))):
        lately.take(NOW - one * MINUTE, good=checks[number] != "x")
    return lately


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        ("." * 60, None),
        ("...x......x........." * 6, None),
        (SHAKY, Unsteady(11, 30, NOW - 29 * MINUTE)),
        ("." * 60 + SHAKY, Unsteady(11, 30, NOW - 29 * MINUTE)),
        (SHAKY + "." * 15, Unsteady(11, 45, NOW - 44 * MINUTE)),
        ("x.x.x.x.x.x", None),
        ("x", None),
        ("", None),
    ],
)
def test_it_takes_more_than_chance(checks, told):
    assert story(checks).judge(RIPE) == told


def test_half_an_hour_without_a_failure_ends_it():
    assert story(SHAKY).judge(RIPE + 30 * MINUTE)
    assert story(SHAKY).judge(RIPE + 31 * MINUTE) is None


def test_a_check_counts_once_its_margin_is_over():
    """Until then the line may turn out to have been out."""
    checks = "x.x.x.x.x.x.x.x"
    assert story(checks).judge(RIPE)
    assert story(checks).judge(RIPE - 1) is None


def test_what_something_else_explains_does_not_count():
    lately = story(SHAKY)

    assert lately.pass_over(NOW - 12 * MINUTE, NOW + MINUTE)
    lately.take(NOW + MINUTE, good=False)

    assert lately.judge(RIPE) is None
    assert not lately.pass_over(NOW, NOW)


def test_questions_asked_again_at_once_count_once():
    lately = story("." * 30)
    for second in range(30):
        lately.take(NOW + (50 + second) * SECOND, good=False)
    assert lately.judge(RIPE + 2 * MINUTE) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_peaceful_service_is_not_called_unsteady_in_a_year(seed):
    """At the most that is called peaceful: 10,000 failures, wherever they fall."""
    chance = random.Random(seed)
    lately = Lately()
    failures = 0
    for time in range(MINUTE, 365 * DAY, MINUTE):
        good = chance.random() >= 0.02
        lately.take(time, good=good)
        if not good:  # only then can it begin
            failures += 1
            assert lately.judge(time + MARGIN) is None
    assert failures > 10_000


def test_a_service_that_fails_thirty_percent_of_the_time_is_told_and_stays_so():
    waits = []
    for seed in range(40):
        chance = random.Random(seed)
        lately = Lately()
        told = []
        for time in range(MINUTE, 12 * HOUR, MINUTE):
            lately.take(time, good=chance.random() >= 0.3)
            if found := lately.judge(time + MARGIN):
                told.append(time)
                assert 0.15 < found.share < 0.8
        waits.append(told[0])
        assert len(told) == 1 + (12 * HOUR - MINUTE - told[0]) // MINUTE
    waits.sort()
    assert waits[20] < 40 * MINUTE
    assert waits[-1] < 2 * HOUR


def well(second: int, chance: random.Random) -> bool:
    """Everything is answered."""
    return True


def lossy(second: int, chance: random.Random) -> bool:
    """A fifth of all is lost from the tenth minute on."""
    return second < 600 or chance.random() > 0.2


def cut(second: int, chance: random.Random) -> bool:
    """Nothing comes through for half a minute in every three."""
    return second < 600 or second % 180 >= 30


@pytest.mark.parametrize(
    ("answers", "told"), [(well, True), (lossy, False), (cut, False)]
)
def test_only_over_a_line_that_is_in_order_is_a_service_unsteady(answers, told):
    """Every third of its checks fails: where a cut begins, before it can be known."""
    chance = random.Random(1)
    pinged = [one for one in plan() if Probe.ICMP in one.probes]
    shop = service()[0]
    ladder = Ladder(uplink(), 4, [*pinged, shop])

    def see(target, probe, sent, ok):
        seen = None if ok else failure.GENERIC_TIMEOUT
        value = 0.02 if ok else None
        ladder.observe(Observation(sent, "wan1", 4, target.name, probe, value, seen))

    found = []
    for second in range(0, 5400, 10):
        sent = START + second * SECOND
        if second % 60 == 0:
            see(shop, Probe.HTTP, sent, ok=second < 600 or second % 180 > 0)
        for target in pinged:
            below = target.rung in (Rung.GATEWAY, Rung.FIRST_HOP)
            ok = (below and answers is cut) or answers(second, chance)
            see(target, Probe.ICMP, sent + SECOND, ok=ok)
        (state,) = ladder.state(sent + 2 * SECOND).services
        found.append(state.unsteady)

    assert any(found) is told
    assert not told or found[-1].share == pytest.approx(1 / 3, abs=0.05)
