import numpy as np
import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.detect.signal import Signal, SignalKind, regular, spacing
from tests.unit.detect.series import MONDAY, UTC


def signal(times, values, kind=SignalKind.COUNT, **more):
    return Signal(
        "x",
        kind,
        MONDAY + np.asarray(times, dtype=np.int64),
        np.asarray(values),
        **more,
    )


@pytest.mark.parametrize(
    ("every", "step"),
    [
        (1 * SECOND, 30 * SECOND),
        (10 * SECOND, MINUTE),
        (30 * SECOND, 30 * SECOND),
        (45 * SECOND, MINUTE),
        (240 * SECOND, 4 * MINUTE),
        (302 * SECOND, 5 * MINUTE),
        (7 * MINUTE, 10 * MINUTE),
        (30 * MINUTE, 30 * MINUTE),
        (HOUR, HOUR),
        (DAY, DAY),
        (30 * DAY, 7 * DAY),
    ],
)
def test_the_step_is_the_usual_distance(every, step):
    assert step == spacing(every * np.arange(50))


def test_order_and_repeats_do_not_matter():
    times = np.array([0, 5, 10, 15, 20, 30]) * MINUTE
    values = np.array([1.0, 2, 3, 4, 5, 7])
    shuffled = np.random.default_rng(1).permutation(np.tile(np.arange(6), 2))

    a = regular(signal(times, values), UTC)
    b = regular(signal(times[shuffled], values[shuffled]), UTC, step=a.step)

    assert a.start == b.start == MONDAY
    np.testing.assert_array_equal([1, 2, 3, 4, 5, np.nan, 7], a.values)
    np.testing.assert_array_equal(a.values, b.values)


def test_a_gap_is_missing_and_not_zero():
    got = regular(signal(np.array([0, 1, 2, 9]) * HOUR, [5.0, 5, 5, 5]), UTC)

    assert len(got.values) == 10
    assert np.isnan(got.values[3:9]).all()


def test_one_repeated_reading_gives_no_weights():
    times = np.array([0, 1, 1, 2, 3, 4]) * HOUR
    got = regular(signal(times, np.ones(6), SignalKind.FRACTION), UTC)

    assert got.weights is None


def test_raw_pings_become_shares_of_so_many():
    times = 10 * SECOND * np.arange(60)
    values = np.ones(60)
    values[:3] = 0

    got = regular(signal(times, values, SignalKind.FRACTION), UTC)

    assert got.step == MINUTE
    np.testing.assert_array_equal([0.5, *[1.0] * 9], got.values)
    np.testing.assert_array_equal([6.0] * 10, got.weights)


def test_delays_that_share_a_bin_become_their_lowest_decile():
    times = SECOND * np.arange(60)
    values = np.concatenate((np.arange(1.0, 31), np.full(30, 7.0)))

    got = regular(signal(times, values, SignalKind.RTT), UTC)

    np.testing.assert_array_equal([3, 7], got.values)


def test_means_are_weighted_by_the_observations_behind_them():
    got = regular(
        signal([0, 1, HOUR], [0.0, 1, 1], weights=np.array([1.0, 3, 2])), UTC, step=HOUR
    )

    np.testing.assert_array_equal([0.75, 1], got.values)
    np.testing.assert_array_equal([4, 2], got.weights)


def test_a_leap_of_the_clock_does_not_stretch_the_grid():
    times = HOUR * np.arange(100)
    times[50] -= 40 * 365 * DAY

    got = regular(signal(times, np.ones(100)), UTC)

    assert len(got.values) == 100
    assert got.dropped == 1


def test_what_is_no_number_or_no_delay_is_left_out():
    times = HOUR * np.arange(5)
    got = regular(signal(times, [np.nan, np.inf, -1, 0, 4], SignalKind.RTT), UTC)

    assert got.values.tolist() == [4.0]
    assert got.dropped == 4


@pytest.mark.parametrize("size", [0, 3])
def test_nothing_but_missing_values_is_an_empty_series(size):
    got = regular(signal(HOUR * np.arange(size), np.full(size, np.nan)), UTC)

    assert len(got.values) == 0
    assert size == got.dropped


def test_a_single_reading_is_a_series():
    assert regular(signal([0], [3.0]), UTC).values.tolist() == [3.0]


def test_a_part_knows_where_it_starts():
    whole = regular(signal(HOUR * np.arange(9), np.arange(9.0)), UTC)
    part = whole.part(2, 5)

    np.testing.assert_array_equal(whole.times()[2:5], part.times())
    np.testing.assert_array_equal([2, 3, 4], part.values)
