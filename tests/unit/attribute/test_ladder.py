"""The ladder as the daemon uses it."""

from dataclasses import replace

import pytest

from rabta import failure
from rabta.attribute import Context, Ladder, judge
from rabta.clock import HOUR, SECOND
from rabta.model import Observation, Probe, Rung, State, Target
from tests.unit.attribute.world import (
    BEYOND,
    START,
    SimLine,
    World,
    cut,
    plan,
    uplink,
)


def seen(target: str, probe: Probe, time: int, name: str | None = None) -> Observation:
    value = None if name else 0.02
    return Observation(time, "wan1", 4, target, probe, value, name)


def warm(targets: list[Target] | None = None, seconds: float = 30) -> World:
    world = World([SimLine(uplink(), targets or plan())], seed=3)
    world.run(seconds)
    return world


def test_unknown_targets_and_probes_are_passed_over():
    ladder = Ladder(uplink(), 4, plan())
    ladder.observe(seen("nobody", Probe.ICMP, START))
    ladder.observe(seen("any0", Probe.QUIC, START))
    ladder.overdue("nobody", Probe.ICMP, START, START)
    assert ladder.deadline("nobody", Probe.ICMP) == 2.0
    assert not ladder.wants(START)


@pytest.mark.parametrize("name", sorted(failure.NOT_MEASURED))
def test_what_was_not_measured_is_no_loss(name):
    ladder = warm().lines[0].ladder
    for number in range(40):
        ladder.observe(seen("gateway", Probe.ICMP, START + 31 * SECOND + number, name))
    assert not ladder.members["gateway"].streak


def test_targets_of_another_family_are_left_out():
    six = Target("six", Rung.ANYCAST, "2620:fe::fe", (Probe.TCP,), families=(6,))
    assert "six" not in Ladder(uplink(), 4, [six]).members
    assert "six" in Ladder(uplink(), 6, [six]).members


def test_retargeting_keeps_what_is_known_of_those_that_stay():
    world = warm()
    ladder = world.lines[0].ladder
    kept = ladder.members["any0"]
    moved = [
        replace(t, host="100.64.9.9") if t.name == "first-hop" else t for t in plan()
    ]

    ladder.retarget([t for t in moved if t.name != "any3"])

    assert ladder.members["any0"] is kept
    assert "any3" not in ladder.members
    assert ladder.members["first-hop"].settled is State.UNKNOWN
    state = ladder.state(world.now)
    assert state.anycast.total == 3
    assert state.first_hop.state is State.UP


def test_a_first_hop_learned_later_joins_the_ladder():
    world = warm([t for t in plan() if t.rung is not Rung.FIRST_HOP])
    ladder = world.lines[0].ladder
    assert (
        ladder.state(world.now).first_hop.state is State.UP
    )  # something beyond answers
    ladder.retarget(plan())
    ladder.observe(seen("first-hop", Probe.ICMP, world.now))
    assert ladder.state(world.now).first_hop.total == 1


def test_a_silent_line_asks_its_lower_rungs_first():
    world = warm()
    ladder = world.lines[0].ladder
    ladder.overdue("any0", Probe.TCP, world.now, world.now + SECOND // 5)

    wants = {want.target: want.why for want in ladder.wants(world.now + SECOND // 5)}

    assert wants["gateway"] == "lower-rung"
    assert wants["first-hop"] == "lower-rung"
    assert wants["any0"] == "doubt"
    assert len(wants) <= 5


def test_one_answer_clears_a_doubt():
    world = warm()
    ladder = world.lines[0].ladder
    ladder.overdue("any0", Probe.TCP, world.now, world.now + SECOND // 5)
    ladder.observe(seen("any0", Probe.ICMP, world.now + SECOND // 5))
    assert not ladder.wants(world.now + SECOND // 4)


def test_doubts_end_by_themselves_when_nothing_more_is_measured():
    world = warm()
    ladder = world.lines[0].ladder
    ladder.overdue("any0", Probe.TCP, world.now, world.now + SECOND // 5)
    assert ladder.wants(world.now + SECOND // 5)
    assert not ladder.wants(world.now + 60 * SECOND)


def test_a_line_that_fell_silent_is_unknown_and_not_down():
    """Missing is not zero: no probes were made, for want of budget say."""
    world = warm()
    state = world.lines[0].ladder.state(world.now + 10 * 60 * SECOND)
    assert state.overall is State.UNKNOWN
    made = judge(world.now, [state], Context())
    assert made.uplinks[0].state is State.UNKNOWN


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_clock_that_steps_breaks_nothing(step):
    world = warm()
    ladder = world.lines[0].ladder
    now = world.now + step
    for number in range(3):
        for target in plan():
            for probe in target.probes:
                ladder.observe(seen(target.name, probe, now + number * SECOND))
    assert ladder.state(now + 3 * SECOND).overall is State.UP
    for number in range(12):
        for target in plan():
            if target.rung is not Rung.GATEWAY:
                time = now + (4 + number) * SECOND
                ladder.observe(
                    seen(target.name, target.probes[0], time, failure.GENERIC_TIMEOUT)
                )
            else:
                ladder.observe(seen("gateway", Probe.ICMP, now + (4 + number) * SECOND))
    verdict = judge(now + 17 * SECOND, [ladder.state(now + 17 * SECOND)], Context())
    assert verdict.uplinks[0].code == "isp-access"


def test_beyond_a_dark_rung_nothing_is_shown_as_down():
    world = World([SimLine(uplink(), plan())], seed=3, fate=cut(BEYOND, 30))
    world.lines[0].ladder.state(world.now)
    world.run(40)
    lights = {
        (r.rung, r.group): r.state for r in world.lines[0].ladder.state(world.now).rungs
    }
    assert lights[Rung.FIRST_HOP, ""] is State.UP
    assert lights[Rung.ANYCAST, ""] is State.DOWN

    world = World(
        [SimLine(uplink(), plan())],
        seed=3,
        fate=cut((Rung.GATEWAY, Rung.FIRST_HOP, *BEYOND), 30),
    )
    world.run(40)
    lights = {
        (r.rung, r.group): r.state for r in world.lines[0].ladder.state(world.now).rungs
    }
    assert lights[Rung.GATEWAY, ""] is State.DOWN
    rest = [
        state
        for (rung, _), state in lights.items()
        if rung in (Rung.FIRST_HOP, *BEYOND)
    ]
    assert set(rest) == {State.UNKNOWN}


def test_lights_name_every_corridor_once():
    state = warm().lines[0].ladder.state(START + 31 * SECOND)
    groups = [r.group for r in state.rungs if r.rung is Rung.INTERNATIONAL]
    assert sorted(groups) == ["east", "gulf", "us", "west"]


def test_a_router_that_answers_names_from_memory_does_not_hide_a_dead_line():
    targets = [
        replace(t, host="192.168.1.1") if t.rung is Rung.RESOLVER else t for t in plan()
    ]
    dead = (Rung.FIRST_HOP, Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)
    world = World([SimLine(uplink(), targets)], seed=3, fate=cut(dead, 30))
    world.run(40)
    assert world.latest().code == "isp-access"


def test_since_is_the_first_failed_probe_not_the_verdict():
    world = World([SimLine(uplink(), plan())], seed=5, fate=cut(BEYOND, 30))
    world.run(40)
    begun = (world.latest().since - START) / SECOND
    told = next(at for at, code in world.told() if code == "isp-core")
    assert 30 <= begun < told - 0.3
    assert begun < 31.5


def test_state_is_the_same_object_until_something_happens():
    world = warm()
    ladder = world.lines[0].ladder
    assert ladder.state(world.now) is ladder.state(world.now)
