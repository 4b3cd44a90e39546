"""Signals of few that move in whole steps."""

from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest

from rabta.clock import DAY, MINUTE
from rabta.detect.batch import detect
from rabta.detect.grain import effect_of
from rabta.detect.lane import Feed
from rabta.detect.signal import Signal, SignalKind
from rabta.detect.stream import Stream

from .series import series
from .worlds import at, times


STEP = 10 * MINUTE


def blocks(days, level, *, seed=0, drops=()):
    """Blocks that answer: now and then one more, or one less, for an hour or so."""
    rng = np.random.default_rng(seed)
    size = days * DAY // STEP
    noise = np.zeros(size)
    for at_, spark in enumerate(rng.normal(0.0, 0.0087, size)):
        noise[at_] = 0.5 * noise[at_ - 1] + spark
    values = level * (1.0 + noise)
    for first, end, lost in drops:
        values[first:end] -= lost
    return Signal("up", SignalKind.PREFIXES, times(size, STEP), np.round(values))


def found(signal):
    return detect([signal], entity="x", timezone=UTC).disruptions


def live(signal, chunk, *, saved_at=None):
    """Push *signal* in chunks; return what is told, but for when it became known."""
    feeds = [Feed("up", signal.kind, STEP)]
    stream = Stream("x", UTC, feeds)
    told = []
    for begin in range(0, len(signal.times), chunk):
        part = slice(begin, begin + chunk)
        told += stream.push("up", signal.times[part], signal.values[part])
        if saved_at is not None and begin <= saved_at < begin + chunk:
            stream = Stream.load(stream.dump(), "x", UTC, feeds)
    return told, stream


@pytest.mark.parametrize("seed", range(3))
def test_one_block_of_forty_comes_and_goes_without_a_disruption(seed):
    assert found(blocks(60, 40.0, seed=seed)) == ()


def test_four_blocks_of_forty_for_three_hours_are_one():
    (one,) = found(blocks(60, 40.0, drops=[(6000, 6018, 4.0)]))

    assert (one.onset, one.end) == (at(6000, STEP), at(6018, STEP))


def test_the_smallest_effect_is_one_step_and_a_half_in_any_unit():
    values = np.array([40.0, 40.0, 41.0, 40.0, 39.0, 40.0])
    both = [effect_of(series(values * u, SignalKind.PREFIXES)) for u in (1.0, 0.01)]

    assert [one.least for one in both] == pytest.approx([0.0375, 0.0375])


def test_it_is_never_more_than_the_largest_of_the_kind():
    few = effect_of(series([8.0, 8.0, 7.0, 8.0], SignalKind.PREFIXES))

    assert few.least == few.most


def test_of_thousands_and_of_delays_it_is_that_of_the_kind():
    many = series([2900.0, 2901.0, 2900.0], SignalKind.PREFIXES)
    delay = series([10.0, 11.0, 10.0], SignalKind.RTT)

    assert effect_of(many) == SignalKind.PREFIXES.effect
    assert effect_of(delay) == SignalKind.RTT.effect


@pytest.mark.parametrize("level", [24.0, 40.0])
def test_one_block_that_comes_and_goes_is_none_live_either(level):
    told, _ = live(blocks(30, level, seed=1), 144)

    assert told == []


def test_four_blocks_for_three_hours_are_one_live_too():
    told, _ = live(blocks(20, 40.0, drops=[(2000, 2018, 4.0)]), 1)

    assert told[0].found.noticed <= at(2004, STEP)
    assert {one.found.onset for one in told[-2:]} == {at(2000, STEP)}
    assert told[-1].found.end == at(2018, STEP)


def test_the_step_is_learnt_alike_however_readings_come_and_after_a_restart():
    signal = blocks(12, 40.0, seed=0, drops=[(1500, 1518, 8.0)])
    _, whole = live(signal, 12 * 144)
    _, one = live(signal, 37, saved_at=1000)
    _, two = live(signal, 37)

    assert one.dump() == two.dump()
    (first,), (second,) = whole.disruptions, two.disruptions
    assert replace(first, revision=1) == replace(second, revision=1)


def test_the_steps_of_one_outage_are_not_those_of_the_signal():
    values = np.full(12 * 144, 2900.0)
    values[600:620] = 2000.0
    values[1400:1440] -= 90.0  # 3 %, less than the 5 % that grains may come to
    told, _ = live(
        Signal("up", SignalKind.PREFIXES, times(len(values), STEP), values), 9
    )

    assert at(1400, STEP) in {one.found.onset for one in told}
