"""Windows that are there on every day of a recording: told, never accused."""

from datetime import date, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import DAY, HOUR, MINUTE
from rabta.detect.batch import detect
from rabta.detect.signal import Signal, SignalKind

from .series import track
from .worlds import START, STEP, at, few, routes, times, traffic


BAGHDAD = ZoneInfo("Asia/Baghdad")
KARACHI = ZoneInfo("Asia/Karachi")


def found(*signals, zone=BAGHDAD):
    return detect(signals, entity="country/XX", timezone=zone)


def nights(days, share=1.0, step=STEP):
    """Return four hours of every night, from one o'clock UTC."""
    a_day = DAY // step
    first, end = HOUR // step, 5 * HOUR // step
    return [(d * a_day + first, d * a_day + end, share) for d in range(days)]


@pytest.mark.parametrize("share", [1.0, 0.7])
@pytest.mark.parametrize(("days", "step"), [(5, STEP), (14, 30 * MINUTE), (35, HOUR)])
def test_a_curfew_of_every_night_is_one_pattern_and_not_the_baseline(days, step, share):
    told = found(routes(days, nights(days, share, step), step=step))

    (pattern,) = told.recurring
    assert (pattern.start, pattern.end) == (time(4), time(8))
    assert (pattern.first, pattern.last) == (
        date(2024, 3, 4),
        date.fromordinal(date(2024, 3, 4).toordinal() + days - 1),
    )
    assert len(pattern.occurrences) == days == len(told.disruptions)
    assert told.standing == ()


def test_the_nights_of_a_curfew_are_found_whatever_traffic_takes_for_usual():
    off = nights(14)

    told = found(routes(14, off), traffic(14, off))

    (pattern,) = told.recurring
    assert len(pattern.occurrences) == 14
    assert len(told.disruptions) == 14


def test_a_night_without_the_curfew_is_no_disruption():
    off = [night for d, night in enumerate(nights(14)) if d != 4]

    told = found(routes(14, off))

    assert len(told.disruptions) == 13
    (pattern,) = told.recurring
    assert len(pattern.occurrences) == 13


def office(days, step=STEP, *, edges):
    """Return traffic of which next to nothing is left at night."""
    of_day = np.arange(days * DAY // step) * step % DAY / HOUR
    rng = np.random.default_rng(3)
    if edges == "sharp":
        day = ((of_day >= 8) & (of_day < 18)).astype(float)
    else:
        day = np.clip(np.minimum(of_day - 5, 22 - of_day) / 4, 0.0, 1.0)
    values = rng.poisson(300 * day + 2) * (1 + 0.05 * rng.standard_normal(len(day)))
    return Signal("traffic", SignalKind.COUNT, times(len(values), step), values)


@pytest.mark.parametrize("days", [5, 14, 35])
def test_an_office_that_closes_is_not_accused_but_that_it_cannot_be_told_is(days):
    told = found(office(days, 15 * MINUTE, edges="sharp"), zone=KARACHI)

    assert told.disruptions == ()
    (window,) = told.standing
    assert (window.start, window.end) == (time(23), time(13))
    assert (window.signal, window.first) == ("traffic", date(2024, 3, 4))


@pytest.mark.parametrize("days", [5, 14])
def test_a_night_that_comes_and_goes_as_people_do_is_not_mentioned(days):
    told = found(office(days, 15 * MINUTE, edges="slow"), zone=KARACHI)

    assert (told.disruptions, told.standing) == ((), ())


@pytest.mark.parametrize("signal", [routes(5), traffic(5), few(5)])
def test_calm_signals_have_no_such_window(signal):
    assert found(signal).standing == ()


def test_the_nights_of_probing_that_lose_a_third_are_usual():
    signal = routes(7, nights(7, 0.3))

    told = found(signal)

    assert (told.disruptions, told.standing) == ((), ())


def test_a_curfew_of_two_months_does_not_become_usual_for_traffic():
    weeks = 6 * 7
    values = traffic(weeks + 56, step=HOUR).values
    for first, end, _ in nights(weeks + 56, step=HOUR)[weeks:]:
        values[first:end] *= 0.02

    bad = track(values, start=START).bad.reshape(-1, 24)[weeks:, 1:5]

    assert bad.any(axis=1).mean() > 0.9


def test_address_blocks_halved_for_good_are_accepted_in_the_end():
    signal = routes(35, [(36, 35 * 24, 0.6)], step=HOUR)

    result = track(signal.values, SignalKind.PREFIXES, start=START)

    assert [shift.magnitude for shift in result.shifts] == pytest.approx([-0.6], 0.05)
    assert not result.bad[20 * 24 :].any()
    assert at(36, HOUR) > START
