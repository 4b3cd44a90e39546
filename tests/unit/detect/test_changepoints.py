"""Re-routes in series of delays."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rabta.detect.changepoints import (
    PRICE,
    SPREAD_RATIO,
    SPREADS,
    _levels,
    _noise,
    _path,
    changepoints,
)

from .worlds import at, times


def delays(*parts, seed=0, spikes=0.02):
    """(number, milliseconds) parts with one-sided noise and spikes."""
    rng = np.random.default_rng(seed)
    values = np.concatenate([np.full(n, float(ms)) for n, ms in parts])
    values += rng.exponential(0.3, len(values))
    hit = rng.random(len(values)) < spikes
    values[hit] += rng.uniform(20, 300, hit.sum())
    return values


def test_a_re_route_is_found_both_ways_with_its_magnitude():
    values = delays((300, 80), (200, 120), (300, 80))

    up, down = changepoints(times(800), values)

    assert (at(300), at(500)) == (up.time, down.time)
    assert up.magnitude == pytest.approx(40, abs=0.5)
    assert down.magnitude == pytest.approx(-40, abs=0.5)


def test_spikes_are_no_changes():
    assert changepoints(times(1000), delays((1000, 80), spikes=0.1)) == ()


def test_a_change_smaller_than_seven_in_a_thousand_is_not_told():
    assert changepoints(times(600), delays((300, 200), (300, 201), spikes=0.0)) == ()


def test_lost_readings_are_left_out():
    values = delays((300, 80), (300, 120))
    values[::7] = np.nan
    values[1::50] = -3.0

    (one,) = changepoints(times(600), values)

    assert abs(one.time - at(300)) <= at(2) - at(0)


def test_too_few_readings_say_nothing():
    assert changepoints(times(5), np.ones(5)) == ()
    assert changepoints(times(50), np.full(50, np.nan)) == ()


@settings(deadline=None, max_examples=15)
@given(st.floats(0.01, 1000), st.integers(0, 50))
def test_unit_does_not_matter(factor, seed):
    values = delays((150, 80), (150, 100), (150, 60), seed=seed)

    here = [point.time for point in changepoints(times(450), values)]
    there = [point.time for point in changepoints(times(450), values * factor)]

    assert here == there


def table_of_all_states(logs, noise):
    """The same path as the books have it: a table of every state at every reading."""
    levels = _levels(logs, noise)
    spreads = noise * SPREAD_RATIO ** np.arange(SPREADS)
    cost = np.zeros((len(levels), SPREADS))
    cheapest, entered = [], []
    for value in logs:
        cheapest.append(int(cost.argmin()))
        cost -= cost.min()
        entered.append((cost > PRICE).ravel())
        misfit = ((value - levels[:, None]) / spreads) ** 2
        cost = np.minimum(cost, PRICE) + np.log(spreads) + np.log1p(misfit)
    state = int(cost.argmin())
    found = []
    for t in range(len(logs) - 1, 0, -1):
        if entered[t][state]:
            found.append(t)
            state = cheapest[t]
    return found[::-1]


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.tuples(st.integers(3, 60), st.integers(20, 90)), min_size=1),
    st.integers(0, 50),
)
def test_the_short_way_back_is_the_way_through_the_whole_table(parts, seed):
    logs = np.log(delays(*parts[:8], seed=seed, spikes=0.1))
    noise = _noise(logs)

    assert _path(logs, noise) == table_of_all_states(logs, noise)


def test_memory_is_a_few_words_a_reading():
    logs = np.log(delays((2_500, 80), (2_500, 130)))
    noise = _noise(logs)
    tracemalloc.start()
    _path(logs, noise)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 300 * len(logs)
