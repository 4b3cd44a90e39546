"""A machine that fills its line itself is told so, by its own counters."""

import pytest

from rabta.attribute import Context
from rabta.attribute.traffic import Rates, Traffic
from rabta.clock import MINUTE, SECOND
from rabta.model import Rung
from tests.unit.attribute.world import START, Effect, SimLine, World, plan, uplink


BEGAN = START + 20 * MINUTE
NOW = BEGAN + 5 * MINUTE
FULL = (Rung.FIRST_HOP, Rung.RESOLVER, Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)


def carried(*parts: tuple[int, int, float, float]) -> Traffic:
    """Looks five seconds apart: from, to, sent and received."""
    return Traffic(
        "wan1",
        tuple(
            Rates(time, sent, received)
            for start, stop, sent, received in parts
            for time in range(start, stop, 5 * SECOND)
        ),
    )


def test_the_direction_that_grew_is_compared_with_what_was_before():
    traffic = carried((START, BEGAN, 4e4, 9e5), (BEGAN, NOW, 2e6, 1e6))

    load = traffic.since(BEGAN, NOW)

    assert load is not None
    assert (load.sends, load.now, load.before) == (True, 2e6, 4e4)
    assert load.busy


def test_a_page_now_and_then_is_no_load():
    """One look of a timed fetch among quiet ones; the median passes over it."""
    quiet = carried((START, NOW, 3e4, 3e4)).rates
    spiky = [r._replace(received=8e6) if n % 6 == 0 else r for n, r in enumerate(quiet)]

    load = Traffic("wan1", spiky).since(BEGAN, NOW)

    assert load is not None
    assert load.idle
    assert not load.busy


@pytest.mark.parametrize(
    "traffic",
    [
        carried(),
        carried((BEGAN, NOW, 2e6, 2e6)),
        carried((START, BEGAN, 2e6, 2e6)),
        carried((START, NOW - 45 * SECOND, 2e6, 2e6)),
    ],
)
def test_nothing_is_said_where_too_little_was_counted(traffic):
    """Before, lately, or the counters have not been read for a while."""
    assert traffic.since(BEGAN, NOW) is None


def full_line(rates: tuple[float, float]):
    """What is said of a full line when this machine moves so much: before, then."""
    before, then = rates
    begun = START + 200 * SECOND
    traffic = carried((START, begun, before, 0), (begun, begun + MINUTE * 9, then, 0))
    made = uplink()
    lines = [SimLine(made, plan())]
    world = World(
        lines,
        seed=7,
        context=Context(uplinks=(made,), traffic=(traffic,)),
        fate=lambda _, target, __, sent: (
            Effect(delay=0.12) if target.rung in FULL and sent >= begun else None
        ),
    )
    world.run(480)
    return world.history[-1][1].uplinks[0]


def test_own_load_makes_the_verdict_surer_and_is_its_evidence():
    own = full_line((4e4, 3e6))
    others = full_line((4e4, 4e4))

    assert own.code == others.code == "bufferbloat"
    assert own.sentence.key == "verdict.bufferbloat-own"
    assert others.sentence.key == "verdict.bufferbloat"
    assert own.confidence > others.confidence
    assert own.causes[0][0] == "lan"
    assert own.causes[0][1] > others.causes[0][1]
    (seen,) = [e for e in own.evidence if e.id == "traffic-sent"]
    assert seen.nats > 0
    (idle,) = [e for e in others.evidence if e.id == "traffic-idle"]
    assert idle.nats < 0
