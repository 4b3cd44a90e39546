"""Recordings of one entity, from end to end."""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import DAY, HOUR
from rabta.detect.batch import detect
from rabta.detect.conclude import held
from rabta.detect.found import Basis, Severity
from rabta.detect.signal import Signal, SignalKind
from rabta.model import Kind

from .worlds import START, STEP, at, few, routes, times, traffic


def found(*signals, zone=UTC):
    return detect(signals, entity="country/XX", timezone=zone)


def test_a_drop_in_all_signals_is_one_confirmed_outage_to_the_bin():
    drop = [(500, 548, 0.7)]

    (one,) = found(routes(4, drop), traffic(4, drop), few(4, drop)).disruptions

    assert (at(500), at(548)) == (one.onset, one.end)
    assert one.confirmed
    assert (one.kind, one.severity) == (Kind.OUTAGE, Severity.OUTAGE)
    assert one.depth == pytest.approx(0.7, abs=0.05)
    assert all(part.fired for part in one.signals)


def test_quiet_days_hold_nothing():
    assert found(routes(6), traffic(6), few(6)).disruptions == ()


def test_an_event_longer_than_all_clean_history_is_found_whole():
    drop = [(144, 1440, 0.8)]  # half a day is clean, then four and a half are not

    (one,) = found(routes(5.5, drop)).disruptions

    assert (at(144), at(1440)) == (one.onset, one.end)


def test_what_lasts_at_the_end_of_the_recording_has_no_end():
    (one,) = found(routes(3, [(700, 10_000, 1.0)])).disruptions

    assert one.end is None
    assert one.end_uncertainty_s is None
    assert one.severity is Severity.BLACKOUT


def test_a_gap_in_every_signal_is_no_outage():
    signals = [routes(4), traffic(4), few(4)]
    for signal in signals:
        signal.values[400:600] = np.nan

    assert found(*signals).disruptions == ()


def test_a_signal_that_stopped_has_no_say():
    drop = [(700, 760, 0.6)]
    silent = few(4)
    silent.values[650:] = np.nan

    (one,) = found(routes(4, drop), traffic(4, drop), silent).disruptions

    assert [part.available for part in one.signals] == [True, True, False]
    assert one.confirmed
    assert one.signals[2].min_residual is None


def test_one_signal_of_three_is_heard_but_does_not_confirm():
    (one,) = found(routes(4, [(500, 560, 0.4)]), traffic(4), few(4)).disruptions

    assert not one.confirmed
    assert [part.fired for part in one.signals] == [True, False, False]


def test_two_events_with_a_slow_signal_between_them_stay_two():
    drops = [(400, 450, 0.6), (560, 610, 0.6)]
    slow = routes(3, drops, level=600.0, noise=6.0, name="probing")
    slow.values[450:560] = 600 * np.linspace(0.7, 0.97, 110)

    told = found(routes(3, drops), slow)

    assert [(at(400), at(450)), (at(560), at(610))] == [
        (one.onset, one.end) for one in told.disruptions
    ]


def test_the_shape_of_the_day_is_no_disruption_in_a_recording_of_four_days():
    assert found(traffic(4)).disruptions == ()


def test_a_short_recording_says_that_it_was_judged_from_both_sides():
    assert [one.basis for one in found(routes(2)).signals] == [Basis.TWO_SIDED]


def test_a_long_recording_reaches_the_weekly_baseline_and_sees_its_first_days():
    drop = [(300, 324, 0.5), (12_000, 12_024, 0.5)]

    told = found(traffic(50, drop))

    assert [at(300), at(12_000)] == [one.onset for one in told.disruptions]
    assert Basis.WEEKLY is told.signals[0].basis


def test_coarse_and_fine_signals_share_a_grid():
    drop = [(480, 540, 0.7)]
    coarse = routes(4, [(80, 90, 0.7)], step=6 * STEP, name="slow")

    (one,) = found(routes(4, drop), coarse).disruptions

    assert (at(480), at(540)) == (one.onset, one.end)


def test_unsorted_and_repeated_readings_change_nothing():
    signal = routes(3, [(300, 340, 0.5)])
    order = np.random.default_rng(5).permutation(len(signal.values))
    mixed = Signal(
        signal.name,
        signal.kind,
        np.concatenate((signal.times[order], signal.times[:50])),
        np.concatenate((signal.values[order], signal.values[:50])),
    )

    assert found(signal).disruptions == found(mixed).disruptions


@pytest.mark.parametrize("size", [0, 1, 3])
def test_next_to_nothing_gives_nothing(size):
    signal = Signal("x", SignalKind.COUNT, times(size), np.ones(size))

    told = found(signal)

    assert told.disruptions == ()
    assert size == told.signals[0].readings


def test_a_signal_without_a_single_value_is_told_as_such():
    signal = Signal("x", SignalKind.COUNT, times(9), np.full(9, np.nan))

    (summary,) = found(signal).signals

    assert (summary.basis, summary.dropped) == (Basis.NONE, 9)


def test_a_nightly_curfew_is_one_pattern():
    nights = [(d * 288 + 12, d * 288 + 60, 0.6) for d in range(1, 9) if d != 4]

    told = found(routes(10, nights), few(10, nights), zone=ZoneInfo("Asia/Baghdad"))

    (pattern,) = told.recurring
    assert (pattern.start.hour, pattern.end.hour) == (4, 8)
    assert tuple(range(7)) == pattern.occurrences
    assert {0} == {one.pattern for one in told.disruptions}


def test_delay_that_rises_is_a_degradation_with_change_points():
    size = 1500
    values = 80 + np.random.default_rng(3).exponential(0.5, size)
    values[700:900] += 60
    signal = Signal("rtt", SignalKind.RTT, times(size), values)

    told = found(signal)

    (one,) = told.disruptions
    assert (at(700), at(900)) == (one.onset, one.end)
    assert one.kind is Kind.DEGRADATION
    assert one.depth == pytest.approx(60 / 140, abs=0.02)
    assert [at(700), at(900)] == [point.time for point in told.change_points["rtt"]]


def test_progress_counts_the_signals():
    calls = []

    detect(
        [routes(1), few(1)],
        entity="x",
        timezone=UTC,
        progress=lambda done, of: calls.append((done, of)),
    )

    assert calls == [(1, 2), (2, 2)]


def test_the_watermark_is_half_an_hour_behind_the_newest_bin():
    assert at(288) - HOUR // 2 == found(routes(1)).watermark


def test_a_reading_written_twice_counts_once():
    rng = np.random.default_rng(1)

    assert held(np.repeat(rng.normal(size=80), 2)) == 2
    assert held(rng.normal(size=160)) == 1
    assert DAY // STEP == 288


def test_a_blackout_of_more_days_than_a_busy_signal_is_well_is_found_whole():
    drop = [(5 * 24, 19 * 24, 1.0)]

    (one,) = found(traffic(24, drop, step=HOUR)).disruptions

    assert (one.onset, one.end) == (at(5 * 24, HOUR), at(19 * 24, HOUR))
    assert one.severity is Severity.BLACKOUT


def test_four_bad_days_between_half_days_of_a_signal_with_a_day_are_found_whole():
    size = 5 * 288
    values = traffic(5, [(144, 1296, 0.7)], noise=0.02).values
    phase = 2 * np.pi * np.arange(size) / 288
    values *= (1 + 0.12 * np.sin(phase)) / (1 + 0.45 * np.sin(phase))
    signal = Signal("probing", SignalKind.COUNT, times(size), values)

    longest = max(found(signal).disruptions, key=lambda one: (one.end or 0) - one.onset)

    assert (longest.onset, longest.end) == (at(144), at(1296))


@pytest.mark.parametrize("days", [1, 3, 6])
@pytest.mark.parametrize("share", [0.6, 0.95])
def test_an_outage_that_ends_just_before_the_recording_does_is_found_whole(days, share):
    size = days * 288
    drop = [(0, round(0.93 * size), share)]

    (one,) = found(routes(days, drop)).disruptions

    assert (one.onset, one.end) == (at(0), at(drop[0][1]))


def low_at_night(days, *, share=0.9, noise=0.03, seed=1):
    """A signal of which a tenth or less is left every night, with noise that stays."""
    size = days * 288
    rng = np.random.default_rng(seed)
    daily = 1000 * (1 + share * np.sin(2 * np.pi * np.arange(size) / 288))
    values = rng.poisson(daily) * (1 + noise * rng.standard_normal(size))
    return Signal("traffic", SignalKind.COUNT, times(size), values)


@pytest.mark.parametrize("share", [0.9, 0.98])
@pytest.mark.parametrize("days", [3, 10])
def test_the_trough_of_a_day_is_no_disruption(days, share):
    assert not found(low_at_night(days, share=share)).disruptions


def test_an_outage_in_the_trough_of_a_day_is_found():
    signal = low_at_night(10)
    night = 5 * 288 + 216
    signal.values[night - 18 : night + 18] = 0.0

    (one,) = found(signal).disruptions

    assert abs(one.onset - at(night - 18)) <= 2 * STEP
    assert abs((one.end or 0) - at(night + 18)) <= 2 * STEP


def test_a_signal_that_never_changes_takes_no_confirmation_away():
    drop = [(500, 540, 0.8)]
    signals = [routes(3, drop), traffic(3, drop), few(3, mean=60.0)]
    size = len(signals[0].values)
    flat = Signal("flat", SignalKind.COUNT, times(size), np.full(size, 7.0))

    (alone,) = detect(signals, entity="x", timezone=UTC).disruptions
    (beside,) = detect([*signals, flat], entity="x", timezone=UTC).disruptions

    assert alone.confirmed
    assert beside.confirmed
    assert (alone.onset, alone.end) == (beside.onset, beside.end)


def test_all_falls_of_a_lone_signal_that_comes_and_goes_are_told():
    six = [(2500 + 6 * n, 2503 + 6 * n, 0.9) for n in range(6)]

    told = detect([traffic(14, six, noise=0.02)], entity="x", timezone=UTC)

    lost = np.zeros(2540, dtype=bool)
    for one in told.disruptions:
        lost[(one.onset - START) // STEP : (one.end - START) // STEP] = True
    assert all(lost[first:end].all() for first, end, _ in six)
