"""Losses that last for days, and levels that stay."""

from datetime import UTC

import numpy as np
import pytest

from rabta.clock import DAY, MINUTE
from rabta.detect.batch import detect
from rabta.detect.lane import Feed
from rabta.detect.signal import Signal, SignalKind
from rabta.detect.stream import News, Stream

from .worlds import at, times, traffic


STEP = 10 * MINUTE
A_DAY = DAY // STEP
FROM = 45 * A_DAY


def recording(depth, days, length=70):
    drop = (FROM, FROM + int(days * A_DAY), depth)
    return traffic(length, [drop], step=STEP)


def found(signal):
    return detect([signal], entity="x", timezone=UTC)


@pytest.mark.parametrize("days", [1, 2, 5, 8, 10])
@pytest.mark.parametrize("depth", [0.3, 0.4, 0.6, 0.8])
def test_a_long_partial_loss_that_came_back_is_a_disruption_with_its_end(depth, days):
    told = found(recording(depth, days))

    (one,) = told.disruptions
    end = FROM + days * A_DAY
    assert (one.onset, one.end) == (at(FROM, STEP), at(end, STEP))
    assert one.depth == pytest.approx(depth, abs=0.02)
    assert told.level_shifts == ()


@pytest.mark.parametrize("depth", [0.3, 0.8])
def test_a_level_that_stayed_is_told_as_such_and_as_no_disruption(depth):
    told = found(recording(depth, 25))

    (shift,) = told.level_shifts
    assert told.disruptions == ()
    assert abs(shift.onset - at(FROM, STEP)) <= STEP
    assert shift.magnitude == pytest.approx(-depth, abs=0.02)


def test_what_began_while_both_sides_judge_is_whole_too():
    drop = (9 * A_DAY, 17 * A_DAY, 0.4)
    told = found(traffic(70, [drop], step=STEP))

    (one,) = told.disruptions
    assert (one.onset, one.end) == (at(drop[0], STEP), at(drop[1], STEP))


def live(signal, chunk=24):
    stream = Stream("x", UTC, [Feed(signal.name, signal.kind, STEP)])
    told = []
    for a in range(0, len(signal.times), chunk):
        here = slice(a, a + chunk)
        told += stream.push(signal.name, signal.times[here], signal.values[here])
    return stream, told


def test_live_it_is_not_taken_back_while_it_lasts():
    _, told = live(recording(0.4, 5))

    assert {one.number for one in told} == {1}
    assert News.WITHDRAWN not in {one.news for one in told}
    assert told[0].news is News.OPENED
    settled = [one for one in told if one.found.settled is not None]
    assert [one.news for one in settled] == [News.REVISED]
    assert told[-1].news is News.CLOSED
    end = at(FROM + 5 * A_DAY, STEP)
    assert (told[-1].found.end, told[-1].found.settled) == (end, None)


def test_live_a_level_that_stays_is_let_go_of_after_weeks():
    stream, told = live(recording(0.4, 40, 80))

    assert told[-1].news is News.CLOSED
    assert told[-1].found.settled is not None
    assert told[-1].found.end < at(FROM + 3 * A_DAY, STEP)
    assert News.WITHDRAWN not in {one.news for one in told}
    assert stream.disruptions == ()


def test_growth_and_drift_are_no_disruption():
    signal = traffic(70, step=STEP)
    for rate in (0.7, -0.4):
        drift = 1.0 + rate * np.arange(len(signal.values)) / len(signal.values)
        moved = traffic(70, step=STEP)
        moved.values[:] *= drift
        assert found(moved).disruptions == ()
    assert signal.kind is SignalKind.COUNT


def test_a_delay_that_became_better_for_good_was_no_degradation_before():
    rng = np.random.default_rng(4)
    delay = 200.0 * (1.0 + 0.03 * np.abs(rng.standard_normal(50 * A_DAY)))
    delay[25 * A_DAY :] *= 0.7
    told = found(Signal("rtt", SignalKind.RTT, times(len(delay), STEP), delay))

    assert told.disruptions == ()
    assert [one.onset for one in told.level_shifts] == [at(25 * A_DAY, STEP)]


def test_the_hours_in_which_a_level_came_back_teach_no_slot_of_the_week():
    rng = np.random.default_rng(5)
    steps = rng.choice([-1, 0, 1], 60 * A_DAY, p=[0.025, 0.95, 0.025])
    blocks = 700.0 + np.cumsum(steps)
    blocks[6 * A_DAY : 16 * A_DAY] *= 0.4
    told = found(
        Signal("bgp", SignalKind.PREFIXES, times(len(blocks), STEP), np.round(blocks))
    )

    assert [(one.onset, one.end) for one in told.disruptions] == [
        (at(6 * A_DAY, STEP), at(16 * A_DAY, STEP))
    ]
