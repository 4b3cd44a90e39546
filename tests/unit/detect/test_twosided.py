"""The baseline of short recordings."""

from datetime import UTC

import numpy as np
import pytest

from rabta.clock import DAY, HOUR, MINUTE
from rabta.detect.batch import detect
from rabta.detect.dayshape import Clock, by_slot, local_times
from rabta.detect.signal import Regular, Signal, SignalKind, regular
from rabta.detect.twosided import twosided

from .worlds import START, STEP, at, few, routes, times, traffic


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
    quiet = normal(few(4, mean=100.0)).scales[0]
    hit = normal(few(4, [(300, 700, 0.7)], mean=100.0)).scales[0]

    assert 1.4826 * quiet == pytest.approx(0.1, rel=0.25)
    assert hit == pytest.approx(quiet, rel=0.25)


def test_a_signal_in_coarse_steps_is_not_thought_to_be_exact():
    values = np.full(400, 100.0)
    values[::9] = 90.0
    series = Regular("x", SignalKind.COUNT, False, UTC, START, STEP, values)

    assert 1.4826 * twosided(series).scales[0] >= 0.05


def told_of(values, step=STEP):
    signal = Signal("x", SignalKind.COUNT, times(len(values), step), values)
    return detect([signal], entity="x", timezone=UTC).disruptions


def office(days, step=STEP, *, noise=1.0, weekend=200.0):
    """Half of what is there by day is there at night, with sharp edges."""
    size = days * DAY // step
    of_day = np.arange(size) * step % DAY
    day = np.arange(size) * step // DAY % 7
    values = np.where((of_day >= 9 * HOUR) & (of_day < 17 * HOUR), 200.0, 100.0)
    values[(day >= 5) & (values == 200.0)] = weekend
    return values + np.random.default_rng(6).normal(0, noise, size)


@pytest.mark.parametrize("step", [STEP, HOUR])
@pytest.mark.parametrize("noise", [0.0, 1.0, 4.0])
def test_the_sharp_edges_of_every_day_are_no_disruptions(step, noise):
    assert told_of(office(10, step, noise=noise), step) == ()


def test_an_outage_among_days_with_sharp_edges_is_found():
    values = office(10)
    values[1400:1430] *= 0.3

    (one,) = told_of(values)

    assert (one.onset, one.end) == (at(1400), at(1430))


@pytest.mark.parametrize("step", [STEP, HOUR])
def test_a_quiet_week_end_in_each_of_two_weeks_is_no_disruption(step):
    assert told_of(office(14, step, weekend=100.0), step) == ()


def test_a_week_end_lost_in_one_of_two_weeks_is_one():
    values = office(14)
    values[5 * 288 : 7 * 288] *= 0.4

    found = told_of(values)

    assert (found[0].onset, found[-1].end) == (at(5 * 288), at(7 * 288))


def test_a_signal_that_falls_all_the_time_is_not_measured_by_its_crest():
    values = 50.0 + np.arange(1000) % 24

    assert told_of(values, MINUTE) == ()


def test_outages_on_and_off_for_an_hour_are_told_all_the_same():
    values = 1000.0 + np.random.default_rng(5).normal(0, 1, 3 * 288)
    for first in range(400, 436, 12):
        values[first : first + 6] = 100.0

    assert len(told_of(values)) == 3


def test_three_readings_are_too_few():
    values = np.array([1.0, np.nan, 1.0, 1.0])
    series = Regular("x", SignalKind.COUNT, False, UTC, START, STEP, values)

    assert twosided(series) is None


def busy(days, drops=(), *, weekend=1.0, seed=0, step=STEP):
    """Requests with an evening peak twice the morning's, and noise that lasts."""
    size = int(days * DAY // step)
    rng = np.random.default_rng(seed)
    hour = np.arange(size) * step % DAY / HOUR
    peak = np.exp(2.2 * np.cos((hour - 20.5) * np.pi / 12) - 2.2)
    noise = np.zeros(size)
    for at_, spark in enumerate(rng.normal(0.0, 0.013, size)):
        noise[at_] = 0.9 * noise[at_ - 1] + spark
    values = 1e6 * (0.4 + 0.96 * peak) * np.exp(noise)
    off = np.arange(size) * step // DAY % 7 >= 5
    values[off] *= weekend
    for first, end, share in drops:
        values[first:end] *= 1.0 - share
    return values


def found_in(values):
    return [(one.onset, one.end) for one in told_of(values)]


@pytest.mark.parametrize("seed", range(3))
def test_two_losses_in_ten_days_with_a_high_evening_are_both_found(seed):
    drops = [(1300, 1324, 0.4), (2040, 2052, 0.95)]

    found = found_in(busy(10, drops, seed=seed))

    assert found == [(at(first), at(end)) for first, end, _ in drops]


@pytest.mark.parametrize("seed", range(3))
def test_three_weeks_of_loss_after_two_days_are_whole_where_evenings_are_high(seed):
    first, end = 2 * 288 + 120, 24 * 288

    found = found_in(busy(28, [(first, end, 0.7)], seed=seed))

    assert found == [(at(first), at(end))]


@pytest.mark.parametrize("seed", range(3))
def test_a_week_end_a_little_quieter_is_told_apart_where_weeks_are_alike(seed):
    drop = (5 * 288 + 96, 5 * 288 + 192, 0.35)  # on a Saturday

    assert found_in(busy(21, [drop], weekend=0.88, seed=seed)) == [
        (at(drop[0]), at(drop[1]))
    ]


@pytest.mark.parametrize("seed", [2, 3, 5])
def test_crowds_at_noon_of_three_days_are_no_loss_of_the_others(seed):
    values = traffic(28, seed=seed, noise=0.03).values
    values[10 * 288 + 108 : 10 * 288 + 180] *= 3.0
    values[22 * 288 + 108 : 23 * 288 + 180] *= 1.8

    assert found_in(values) == []


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_two_spikes_of_a_delay_in_a_row_are_chance_where_spikes_are_usual(seed):
    rng = np.random.default_rng(seed)
    delay = 25.0 * (1 + 0.08 * np.abs(rng.standard_normal(4320)))
    delay += (rng.random(4320) < 0.02) * rng.exponential(200.0, 4320)
    delay[1000:1002] = 200.0
    signal = Signal("rtt", SignalKind.RTT, times(4320, MINUTE), delay)

    assert detect([signal], entity="x", timezone=UTC).disruptions == ()


def test_clean_readings_at_both_ends_of_three_days_are_enough_for_a_level():
    values = np.full(76, np.nan)
    values[[0, 1, 74, 75]] = 5.0
    series = Regular("x", SignalKind.COUNT, False, UTC, START, HOUR, values)

    assert twosided(series).baseline == pytest.approx(5.0)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.88])
def test_a_quantile_of_each_bin_of_the_day_is_that_of_numpy(share):
    values = np.random.default_rng(7).normal(100, 5, 9 * 24)
    values[::7] = np.nan
    series = Regular("x", SignalKind.COUNT, False, UTC, START, HOUR, values)

    clock = Clock.bins(local_times(series), series.step)
    (found,) = by_slot(values, clock, share)

    days = values.reshape(9, 24)
    assert found.tolist() == np.nanquantile(days, share, axis=0).tolist()


@pytest.mark.parametrize("off", [(), (2, 3)])
def test_a_quantile_of_an_hour_is_that_of_its_neighbours_too(off):
    values = np.random.default_rng(8).normal(100, 5, 9 * 96)
    values[::7] = np.nan
    step = HOUR // 4
    series = Regular("x", SignalKind.COUNT, False, UTC, START, step, values)
    local = local_times(series)

    clock = Clock.hours(local, step).apart(local, off)
    best, middle = by_slot(values, clock, 0.88, 0.5)

    apart = np.isin(local // DAY, off)
    for slot in range(48 if off else 24):
        sides = [(slot + d) % 24 for d in (-1, 0, 1)]
        near = np.isin(local % DAY // HOUR, sides) & (apart == (slot >= 24))
        assert best[slot] == np.nanquantile(values[near], 0.88)
        assert middle[slot] == np.nanquantile(values[near], 0.5)
