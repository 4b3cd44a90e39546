"""Which uplink carries what, second by second."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.model import State
from rabta.steer.lanes import Lane
from rabta.steer.policy import Policy, Steering
from rabta.steer.quality import r_factor


UP = Lane("ptcl", state=State.UP, rtt_seconds=0.05, loss_ratio=0.0)
OTHER = replace(UP, uplink="storm")
DOWN = replace(UP, state=State.DOWN, loss_ratio=1.0)


def moves(steering, story):
    """Return [(second, traffic, uplink)] of every change; *story*: lanes a second."""
    found, last = [], {}
    for second, lanes in enumerate(story):
        for traffic, choice in steering.decide(lanes, float(second)).items():
            if last.get(traffic) not in {None, choice.uplink}:
                found.append((second, traffic, choice.uplink))
            last[traffic] = choice.uplink
    return found


def bulk(found):
    return [(second, uplink) for second, traffic, uplink in found if traffic == "bulk"]


def test_a_dead_line_is_left_at_once_and_trusted_again_when_it_has_proven_itself():
    story = [(UP, OTHER)] * 10 + [(DOWN, OTHER)] * 100 + [(UP, OTHER)] * 100
    assert bulk(moves(Steering(Policy()), story)) == [(10, "storm"), (170, "ptcl")]


def test_patience_records_a_short_cut_and_moves_nothing():
    story = [(UP, OTHER)] * 10 + [(DOWN, OTHER)] * 6 + [(UP, OTHER)] * 100
    assert bulk(moves(Steering(Policy(patience=10.0)), story)) == []


def test_ten_cuts_of_six_seconds_move_traffic_twice_at_most():
    cuts = ([(DOWN, OTHER)] * 6 + [(UP, OTHER)] * 24) * 10
    found = bulk(moves(Steering(Policy()), [(UP, OTHER), *cuts, *[(UP, OTHER)] * 3600]))
    assert [uplink for _, uplink in found] == ["storm", "ptcl"]
    assert found[1][0] > 300 + 600  # a line that failed ten times is not trusted soon


def test_a_brownout_moves_calls_and_leaves_the_rest():
    bad = replace(UP, state=State.DEGRADED, loss_ratio=0.15)
    story = [(UP, OTHER)] * 10 + [(bad, OTHER)] * 60
    assert moves(Steering(Policy()), story) == [(15, "calls", "storm")]


def test_a_line_that_loses_a_third_carries_nothing_for_long():
    bad = replace(UP, state=State.DEGRADED, loss_ratio=0.35)
    story = [(UP, OTHER)] * 10 + [(bad, OTHER)] * 60
    assert bulk(moves(Steering(Policy()), story)) == [(15, "storm")]


def test_nothing_moves_while_nothing_works_and_the_first_to_come_back_is_used():
    dead = replace(OTHER, state=State.DOWN)
    story = [(UP, OTHER)] * 5 + [(DOWN, dead)] * 600 + [(DOWN, OTHER)] * 5
    assert bulk(moves(Steering(Policy()), story)) == [(605, "storm")]


def test_a_line_without_carrier_is_no_way_whatever_was_believed():
    story = [(UP, OTHER), (replace(UP, usable=False), OTHER)]
    assert bulk(moves(Steering(Policy()), story)) == [(1, "storm")]


def test_a_metered_line_and_one_over_its_cap_come_last():
    metered = replace(UP, metered=True)
    steering, dead = Steering(Policy()), replace(DOWN, metered=True)
    assert steering.decide((metered, OTHER), 0.0)["bulk"].uplink == "storm"
    spent = replace(OTHER, spent=True)
    assert steering.decide((metered, spent), 1.0)["bulk"].uplink == "ptcl"
    assert steering.decide((dead, spent), 2.0)["bulk"].uplink == "storm"


def test_tiers_are_the_users_order():
    first = replace(OTHER, tier=0)
    assert Steering(Policy()).decide((UP, first), 0.0)["bulk"].uplink == "storm"


def test_what_was_tried_and_carried_nothing_is_left_alone_for_a_while():
    steering = Steering(Policy())
    steering.decide((UP, OTHER), 0.0)
    assert steering.decide((DOWN, OTHER), 1.0)["bulk"].uplink == "storm"
    steering.bar("storm", until=60.0, instead="ptcl")
    third = replace(UP, uplink="lte", metered=True)
    assert steering.decide((DOWN, OTHER, third), 2.0)["bulk"].uplink == "lte"


def test_what_was_tried_while_every_line_was_down_may_be_used_when_it_is_back():
    steering = Steering(Policy())
    steering.decide((UP, OTHER), 0.0)
    assert steering.decide((DOWN, OTHER), 1.0)["bulk"].uplink == "storm"
    steering.bar("storm", until=64.0, instead="ptcl")
    steering.decide((DOWN, replace(DOWN, uplink="storm")), 4.0)
    assert steering.decide((UP, OTHER), 9.0)["bulk"].uplink == "ptcl"
    assert steering.decide((DOWN, OTHER), 20.0)["bulk"].uplink == "storm"


@pytest.mark.parametrize(
    ("rtt", "loss", "least", "most"),
    [
        (0.02, 0.0, 90, 93.2),
        (0.15, 0.01, 80, 90),
        (0.05, 0.15, 50, 60),
        (0.8, 0, 30, 70),
    ],
)
def test_calls_are_rated_as_the_e_model_does(rtt, loss, least, most):
    assert least <= r_factor(rtt, loss) <= most


_lane = st.builds(
    Lane,
    st.sampled_from("abc"),
    st.booleans(),
    st.sampled_from(State),
    st.integers(0, 2),
    st.booleans(),
    st.none() | st.floats(0, 3),
    st.none() | st.floats(0, 1),
    st.booleans(),
)
_moment = st.lists(_lane, max_size=3, unique_by=lambda lane: lane.uplink)


@given(st.lists(_moment, max_size=40))
def test_a_dead_line_is_never_kept_while_another_lives(story):
    steering = Steering(Policy())
    for second, lanes in enumerate(story):
        choices = steering.decide(lanes, float(second))
        alive = {lane.uplink for lane in lanes if lane.alive}
        for choice in choices.values():
            assert choice.uplink in alive or not alive
