from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import HOUR, SECOND
from rabta.detect.signal import SignalKind
from rabta.detect.track import Maturity
from tests.unit.detect.series import STEP, five_minutes, noisy, track


WEEK = 168


def test_an_outage_is_found_with_its_onset_and_end():
    values = five_minutes(9)
    values[2400:2424] *= 0.3
    (found,) = track(values, step=STEP).anomalies

    assert (found.onset, found.end) == (2400, 2424)
    assert found.fire <= 2401
    assert found.depth == pytest.approx(0.7, abs=0.05)
    assert found.area == pytest.approx(24 * 0.7, rel=0.1)
    assert found.min_residual < -0.7
    assert not found.accepted


def test_an_outage_that_lasts_is_told_as_open():
    values = noisy(5 * WEEK)
    values[-9:] = 0
    (found,) = track(values).anomalies

    assert len(values) - 9 == found.onset
    assert found.end is found.closed is None
    assert found.depth == 1


def test_one_wrong_reading_opens_nothing():
    values = noisy(6 * WEEK)
    values[500] = 0
    values[700] *= 3

    assert track(values).anomalies == ()


def coarse(days):
    """Return a steady count of few: every twentieth reading is one step lower."""
    rng = np.random.default_rng(4)
    return 40.0 - (rng.random(days * 288) < 0.05)


def test_a_signal_that_often_reads_far_too_low_soon_opens_nothing():
    values = coarse(56)
    low = values[28 * 288 :] < 40
    late = [one for one in track(values, step=STEP).anomalies if one.onset > 28 * 288]

    assert np.count_nonzero(low[1:] & low[:-1]) > 10
    assert len(late) <= 1  # three in a row by chance


def test_an_outage_of_a_signal_that_often_reads_far_too_low_is_found_all_the_same():
    values = coarse(56)
    values[12_000:12_024] -= 12
    told = track(values, step=STEP).anomalies

    assert any(11_998 <= one.onset <= 12_000 and one.fire < 12_006 for one in told)


def test_a_scale_learnt_too_small_is_learnt_anew_from_swings_to_both_sides():
    values = np.random.default_rng(17).poisson(5, 52 * WEEK)
    late = [one for one in track(values).anomalies if one.onset > 8 * WEEK]

    assert len(late) <= 6  # without it some forty


def test_two_far_too_low_in_a_row_are_enough_where_that_is_rare():
    values = 1000.0 + np.random.default_rng(4).normal(0, 1, 56 * 288)
    values[12_000:12_002] -= 100
    (found,) = track(values, step=STEP).anomalies

    assert (found.onset, found.end) == (12_000, 12_002)


def test_a_gap_opens_nothing_and_closes_nothing():
    values = noisy(6 * WEEK)
    values[400:600] = np.nan
    values[700:703] *= 0.2
    values[703:720] = np.nan
    values[720:724] *= 0.2
    result = track(values)
    (found,) = result.anomalies

    assert (found.onset, found.end) == (700, 724)
    assert np.isnan(result.z[400:600]).all()
    assert result.bad[703:720].all()


def test_a_shallow_decline_adds_up():
    """A fast detector alone would not see 15 % in noise of 6 %."""
    values = five_minutes(16, noise=0.06)
    values[4000:4150] *= 0.85
    (found,) = track(values, step=STEP).anomalies

    assert 3990 <= found.onset <= 4010
    assert 4145 <= found.end <= 4155


def test_correlated_noise_widens_the_thresholds():
    rng = np.random.default_rng(5)
    noise = np.zeros(20 * WEEK)
    for i in range(1, len(noise)):
        noise[i] = 0.9 * noise[i - 1] + 0.02 * rng.standard_normal()
    result = track(1000 * (1 + noise))

    assert np.median(result.inflation[500:]) > 2.5
    assert len(result.anomalies) <= 2


def test_a_steady_new_level_is_accepted_after_a_day_and_known_again_when_left():
    values = noisy(8 * WEEK)
    values[600:900] *= 0.7
    result = track(values)
    there, back = result.shifts
    (anomaly,) = result.anomalies

    assert anomaly.accepted
    assert anomaly.end is None
    assert there.onset == 600
    assert 622 <= there.accepted <= 626
    assert there.magnitude == pytest.approx(-0.3, abs=0.02)
    assert (back.onset, back.returned) == (900, True)
    assert back.accepted < 910
    assert not result.bad[640:].any()


def test_a_burst_that_was_accepted_is_no_outage_when_it_is_over():
    values = noisy(8 * WEEK)
    values[600:700] *= 3
    result = track(values)

    assert result.anomalies == ()
    assert [shift.returned for shift in result.shifts] == [False, True]


def test_nothing_left_is_never_the_new_level():
    values = noisy(8 * WEEK)
    values[500:1000] = 0
    result = track(values)
    (found,) = result.anomalies

    assert (found.onset, found.end) == (500, 1000)
    assert result.shifts == ()


def test_the_baseline_grows_up():
    maturity = track(noisy(4 * WEEK)).maturity

    assert (maturity[:24] == Maturity.COLD).all()
    assert (maturity[72 : 2 * WEEK] == Maturity.DAILY).all()
    assert (maturity[2 * WEEK + 1 :] == Maturity.WEEKLY).all()


def test_a_night_taken_for_an_outage_on_the_first_day_is_learnt_all_the_same():
    """A shape so deep that the median of a day is no guess for its night."""
    hours = np.arange(6 * WEEK) % 24
    values = np.where((hours > 2) & (hours < 8), 0.2, 1.0) * noisy(6 * WEEK, daily=0)

    assert not track(values).bad[3 * 24 :].any()


def test_a_day_shape_that_changes_for_good_is_learnt_in_the_end():
    values = noisy(30 * WEEK, daily=0)
    hours = np.arange(len(values))
    later = hours >= 8 * WEEK
    values[later & (hours % 24 < 5)] *= 0.3
    bad = track(values).bad

    assert bad[8 * WEEK : 10 * WEEK].any()
    assert not bad[20 * WEEK :].any()


def test_a_constant_that_loses_one_in_a_thousand_is_calm():
    values = np.full(3000, 2917.0)
    values[1000:] -= 3

    assert track(values).anomalies == ()


def test_a_fraction_of_few_may_lose_one_of_them():
    rng = np.random.default_rng(3)
    answered = rng.binomial(6, 0.98, 4000) / 6
    few = {"kind": SignalKind.FRACTION, "step": STEP, "weights": np.full(4000, 6.0)}
    assert track(answered, **few).anomalies == ()
    answered[3000:3012] = 0
    (found,) = track(answered, **few).anomalies

    assert (found.onset, found.end) == (3000, 3012)


def test_loss_hurts_when_it_rises():
    lost = np.abs(np.random.default_rng(4).normal(0, 0.005, 6 * WEEK))
    lost[800:820] = 0.4
    loss = {"kind": SignalKind.FRACTION, "higher_is_worse": True}
    result = track(lost, **loss)
    (found,) = result.anomalies

    assert (found.onset, found.end) == (800, 820)
    assert found.depth == pytest.approx(0.4, abs=0.02)
    assert np.median(result.baseline[500:]) == pytest.approx(0.004, abs=0.003)


def test_delay_hurts_when_it_rises_and_not_when_it_falls():
    values = noisy(8 * WEEK, level=0.08, daily=0.05)
    values[600:620] *= 0.5
    values[800:812] *= 1.6
    result = track(values, SignalKind.RTT)
    (found,) = result.anomalies

    assert (found.onset, found.end) == (800, 812)
    assert found.depth == pytest.approx(np.log(1.6), abs=0.05)
    assert result.baseline[790] == pytest.approx(values[790], rel=0.1)


def test_a_throughput_of_nothing_is_an_outage():
    values = noisy(6 * WEEK, level=2e7, noise=0.2)
    values[700:710] = 0
    (found,) = track(values, SignalKind.THROUGHPUT).anomalies

    assert (found.onset, found.end) == (700, 710)


def test_a_count_can_hurt_by_rising():
    values = noisy(6 * WEEK)
    values[700:720] *= 2
    (found,) = track(values, higher_is_worse=True).anomalies

    assert (found.onset, found.end) == (700, 720)


def test_where_nothing_is_usual_nothing_is_missed():
    values = np.zeros(6 * WEEK)
    values[::9] = 1
    result = track(values)

    assert result.anomalies == ()


def test_a_baseline_from_outside_is_taken_as_it_is():
    values = noisy(2 * WEEK)
    values[150:] *= 0.4
    shape = noisy(2 * WEEK, noise=0.0)
    result = track(values, baseline=shape)
    (found,) = result.anomalies

    np.testing.assert_allclose(result.baseline, shape, rtol=1e-6)
    assert found.onset == 150
    assert found.end is None
    assert result.shifts == ()
    assert (result.maturity == Maturity.WEEKLY).all()


def test_summer_time_does_not_move_the_morning():
    """A day shape by local time, where clocks change in the sixth week."""
    zone = ZoneInfo("Europe/Kyiv")
    start = int(datetime(2022, 2, 14, tzinfo=UTC).timestamp()) * SECOND
    seconds = start // SECOND + 300 * np.arange(9 * 2016)
    hours = np.array([datetime.fromtimestamp(int(s), zone).hour for s in seconds])
    day = np.where((hours >= 8) & (hours < 22), 1.0, 0.3)
    values = day * five_minutes(63, daily=0)
    changed = 6 * 2016

    assert not track(values, step=STEP, zone=zone, start=start).bad[2016:].any()
    assert track(values, step=STEP, start=start).bad[changed:].any()


def test_bins_narrower_than_a_slot_share_it():
    per_day = 24 * 60
    values = noisy(4 * per_day, per_day=per_day, noise=0.03)
    values[5000:5030] *= 0.4
    (found,) = track(values, step=HOUR // 60).anomalies

    assert (found.onset, found.end) == (5000, 5030)
