"""Losses that came back, also where the level crept while it was away."""

from datetime import UTC

import numpy as np
import pytest

from rabta.clock import DAY, MINUTE
from rabta.detect.batch import detect
from rabta.detect.episodes import episodes, levels
from rabta.detect.found import Shift
from rabta.detect.signal import Signal, SignalKind
from rabta.detect.transform import Trait

from .worlds import START, at, times


STEP = 5 * MINUTE
A_DAY = DAY // STEP
ROUTES = Trait(SignalKind.PREFIXES, higher_is_worse=False)
DELAY = Trait(SignalKind.RTT, higher_is_worse=True)


def shift(day, magnitude, *, returned=False):
    onset = START + day * DAY
    return Shift("bgp", onset, onset + DAY, magnitude, returned)


def creeping(days, first, end, depth, *, seed, level=700.0):
    """Routes that walk in single steps, also while most of them are gone."""
    rng = np.random.default_rng(seed)
    steps = rng.choice([-1, 0, 1], days * A_DAY, p=[0.01, 0.98, 0.01])
    values = level + np.cumsum(steps)
    values[first * A_DAY : end * A_DAY] *= 1.0 - depth
    when = times(len(values), STEP)
    return Signal("bgp", SignalKind.PREFIXES, when, np.round(values))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("days", "first", "end"), [(90, 40, 60), (40, 2, 27)])
def test_weeks_without_most_routes_are_one_disruption_though_they_crept(
    days, first, end, seed
):
    signal = creeping(days, first, end, 0.85, seed=seed)

    told = detect([signal], entity="x", timezone=UTC)

    (one,) = told.disruptions
    assert (one.onset, one.end) == (at(first * A_DAY), at(end * A_DAY))
    assert one.depth == pytest.approx(0.85, abs=0.02)


def test_small_steps_on_the_way_belong_to_the_loss_they_lie_in():
    first, small, last = shift(40, -0.85), shift(48, -0.01), shift(60, 5.7)

    assert [*episodes([first, small, last], ROUTES)] == [(first, small, last)]


def test_a_level_half_way_back_is_another_one():
    assert [*episodes([shift(40, -0.8), shift(50, 1.5)], ROUTES)] == []


def test_what_comes_back_after_more_than_four_weeks_is_no_return():
    assert [*episodes([shift(40, -0.8), shift(80, 4.0)], ROUTES)] == []


def test_a_better_level_that_did_not_last_is_one_with_its_return():
    up, back = shift(40, 0.3), shift(50, -0.23, returned=True)

    assert [*episodes([up, back], ROUTES)] == [(up, back)]


def test_levels_multiply_and_those_of_delays_add_up():
    changes = [shift(1, -0.5), shift(2, 1.0)]

    assert levels(changes, ROUTES) == [0.5, 1.0]
    assert levels(changes, DELAY) == [-0.5, 0.5]
