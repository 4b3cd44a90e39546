"""Counts of a few per bin: what chance cannot do is found, what it does is not."""

from datetime import UTC

import numpy as np
import pytest

from rabta.clock import DAY, HOUR, MINUTE
from rabta.detect.batch import detect
from rabta.detect.signal import Signal, SignalKind

from .series import track
from .worlds import at, times


SEEDS = range(6)


def counts(seed, mean, days, step, *, week=1.0, none=()):
    """Return Poisson counts by day and week, but for none in the bins of *none*."""
    when = np.arange(days * DAY // step) * step
    expected = mean * (
        1.0 + (week < 1.0) * 0.5 * np.sin(2 * np.pi * (when % DAY) / DAY)
    )
    expected[when // DAY % 7 >= 5] *= week
    values = np.random.default_rng(seed).poisson(expected).astype(float)
    if none:
        values[slice(*none)] = 0.0
    return values


def found(values, step):
    signal = Signal("few", SignalKind.COUNT, times(len(values), step), values)
    return detect([signal], entity="x", timezone=UTC).disruptions


@pytest.mark.parametrize(
    ("mean", "days", "step", "none"),
    [
        (5, 10, HOUR, (150, 159)),
        (10, 10, HOUR, (150, 155)),
        (5, 3, 5 * MINUTE, (600, 610)),
        (2, 3, 5 * MINUTE, (600, 626)),
    ],
)
def test_none_for_so_long_that_chance_cannot_be_is_found(mean, days, step, none):
    recordings = [counts(seed, mean, days, step, none=none) for seed in range(20)]

    told = [found(values, step) for values in recordings]
    live = [track(values, step=step).anomalies for values in recordings]

    whole = (none[1] - none[0]) * step
    shares = [
        sum(
            min(one.end or 0, at(none[1], step)) - max(one.onset, at(none[0], step))
            for one in events
        )
        / whole
        for events in told
    ]
    assert np.count_nonzero(np.array(shares) > 0.6) >= 0.85 * len(recordings)
    seen = [any(none[0] - 9 < one.onset < none[1] for one in all_) for all_ in live]
    assert sum(seen) >= 0.75 * len(recordings)


@pytest.mark.parametrize("mean", [1, 2, 5, 10, 30])
@pytest.mark.parametrize(
    ("days", "step"), [(10, HOUR), (4, 10 * MINUTE), (3, 5 * MINUTE)]
)
def test_peaceful_counts_hold_nothing(mean, days, step):
    recordings = [counts(1000 * mean + seed, mean, days, step) for seed in SEEDS]

    assert [found(values, step) for values in recordings] == [()] * len(SEEDS)
    live = [track(values, step=step).anomalies for values in recordings]
    assert sum(len(anomalies) for anomalies in live) <= 1


def test_counts_of_a_week_each_have_no_slots_beside_them():
    assert track(counts(1, 5, 7 * 60, 7 * DAY), step=7 * DAY).anomalies == ()


@pytest.mark.parametrize("mean", [5, 30, 3000])
def test_quiet_week_ends_of_five_weeks_hold_nothing(mean):
    values = counts(mean, mean, 35, HOUR, week=0.7)

    assert found(values, HOUR) == ()


@pytest.mark.parametrize("mean", [2, 5, 30])
def test_quiet_nights_and_week_ends_of_counts_of_a_few_hold_nothing(mean):
    """Chance hides the shape of the day from bin to bin, but not from the hour."""
    recordings = [counts(seed, mean, 35, 5 * MINUTE, week=0.7) for seed in range(4)]

    told = [found(values, 5 * MINUTE) for values in recordings]

    assert told == [()] * len(recordings)


@pytest.mark.parametrize("mean", [5, 30, 100, 1000])
def test_live_the_first_nights_and_week_ends_are_not_told(mean):
    recordings = [counts(seed, mean, 24, 5 * MINUTE, week=0.7) for seed in range(4)]

    live = [track(values, step=5 * MINUTE).anomalies for values in recordings]

    assert sum(len(anomalies) for anomalies in live) <= 1


@pytest.mark.parametrize("a_week", [-0.15, 0.3])
def test_live_the_slow_change_of_a_count_is_none_of_its_disruptions(a_week):
    trend = (1.0 + a_week) ** (np.arange(35 * 288) / (7 * 288))
    values = counts(1, 1000, 35, 5 * MINUTE, week=0.9) * trend

    assert track(values, step=5 * MINUTE).anomalies == ()


@pytest.mark.parametrize("when", [slice(150, 190), slice(300, 340)])
def test_live_a_burst_of_the_first_days_is_not_what_is_usual_later(when):
    values = counts(1, 200, 20, 5 * MINUTE)
    values[when] *= 4.0

    assert track(values, step=5 * MINUTE).anomalies == ()


def test_live_a_count_that_lost_less_is_told_once_no_week_end_lasts_so_long():
    values = counts(1, 3000, 20, HOUR)
    values[8 * 24 : 15 * 24] *= 0.65

    (told, *_) = track(values, step=HOUR).anomalies

    assert 8 * 24 - 2 <= told.onset <= 8 * 24 + 6


@pytest.mark.parametrize("factor", [1e-3, 0.37, 64.0, 1e6])
def test_a_count_told_in_another_unit_gives_the_same(factor):
    values = counts(3, 5, 10, HOUR, none=(150, 159))

    here = [(one.onset, one.end, one.noticed) for one in found(values, HOUR)]

    there = found(factor * values, HOUR)
    assert here == [(one.onset, one.end, one.noticed) for one in there]
    assert here
