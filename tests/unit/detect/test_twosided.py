"""The baseline of short recordings."""

from datetime import UTC

import numpy as np
import pytest

from rabta.detect.signal import Regular, SignalKind, regular
from rabta.detect.twosided import twosided

from .worlds import START, STEP, few, routes, traffic


def normal(signal):
    return twosided(regular(signal, UTC))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.85])
def test_the_level_is_that_of_the_clean_part_however_much_is_lost(share):
    size = 3 * 288
    drop = [(60, 60 + int(share * size), 0.6)]

    told = normal(routes(3, drop))

    assert told.baseline == pytest.approx(3000, rel=0.003)


def test_the_shape_of_the_day_survives_an_outage_at_the_same_hour_each_day():
    nights = [(d * 288 + 20, d * 288 + 60, 0.8) for d in range(1, 6)]

    told = normal(traffic(7, nights))

    assert told.shaped
    assert told.baseline == pytest.approx(normal(traffic(7)).baseline, rel=0.12)


def test_a_flat_signal_has_no_shape():
    assert not normal(routes(5)).shaped


def test_less_than_two_days_have_no_shape():
    assert not normal(traffic(1.9)).shaped


def test_the_scale_is_that_of_the_noise_not_of_the_outage():
    quiet = normal(few(4, mean=100.0)).scale
    hit = normal(few(4, [(300, 700, 0.7)], mean=100.0)).scale

    assert 1.4826 * quiet == pytest.approx(0.1, rel=0.25)
    assert hit == pytest.approx(quiet, rel=0.25)


def test_a_signal_in_coarse_steps_is_not_thought_to_be_exact():
    values = np.full(400, 100.0)
    values[::9] = 90.0
    series = Regular("x", SignalKind.COUNT, False, UTC, START, STEP, values)

    assert 1.4826 * twosided(series).scale >= 0.05


def test_three_readings_are_too_few():
    values = np.array([1.0, np.nan, 1.0, 1.0])
    series = Regular("x", SignalKind.COUNT, False, UTC, START, STEP, values)

    assert twosided(series) is None
