"""Holidays: a fall in traffic that is but another kind of day."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import DAY, MINUTE
from rabta.detect.batch import detect
from rabta.detect.signal import Signal, SignalKind

from .worlds import routes, times


STEP = 20 * MINUTE
PER_DAY = DAY // STEP
DAYS = 63
TUESDAY = 57 * PER_DAY  # of the ninth week; the world begins on a Monday


def office(*, quiet_days=(), drops=(), seed=5):
    """Requests of offices: busy from nine to five, half as busy on days off."""
    rng = np.random.default_rng(seed)
    hours = np.arange(DAYS * PER_DAY) % PER_DAY * 24 / PER_DAY
    day = np.arange(DAYS * PER_DAY) // PER_DAY
    busy = np.exp(-0.5 * ((hours - 13) / 3.0) ** 2)
    evening = 0.5 * np.exp(-0.5 * ((hours - 21) / 2.0) ** 2)
    off = (day % 7 >= 5) | np.isin(day, quiet_days)
    values = 500 + 1000 * np.where(off, 0.45 * busy, busy) + 1000 * evening
    values *= 1 + rng.normal(0, 0.03, len(values))
    for first, end, share in drops:
        values[first:end] *= 1 - share
    return Signal("requests", SignalKind.COUNT, times(len(values), STEP), values)


def found(*signals, zone="UTC"):
    return detect(signals, entity="country/XX", timezone=ZoneInfo(zone)).disruptions


def test_a_holiday_that_looks_like_a_day_off_is_no_disruption():
    assert found(office(quiet_days=(57, 58))) == ()


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_an_outage_on_a_working_day_is_told(share):
    drop = (TUESDAY + 27, TUESDAY + 45, share)

    (one,) = found(office(drops=[drop]))

    assert one.depth == pytest.approx(share, abs=0.05)


def test_an_outage_on_a_holiday_is_told():
    drop = (TUESDAY + 35, TUESDAY + 45, 0.5)

    assert len(found(office(quiet_days=(57,), drops=[drop]))) == 1


def test_a_holiday_excuses_no_other_kind_of_signal():
    drop = [(TUESDAY + 27, TUESDAY + 47, 0.4)]

    assert len(found(office(quiet_days=(57,)), routes(DAYS, drop, step=STEP))) == 1


def test_hours_moved_by_summer_time_are_the_same_hours():
    # Kyiv moved its clocks on 31 March 2024, between the days compared
    kept = office(quiet_days=(57,))
    moved = np.where(np.arange(len(kept.times)) >= 27 * PER_DAY + 3, 3, 0)
    signal = replace(kept, times=kept.times - moved * STEP)

    assert found(signal, zone="Europe/Kyiv") == ()
