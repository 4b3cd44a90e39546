"""Quiet week-ends in recordings too short to know the week."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import DAY, HOUR, MINUTE
from rabta.detect.batch import detect
from rabta.detect.signal import Signal, SignalKind

from .series import MONDAY


STEP = 10 * MINUTE
PER_DAY = DAY // STEP
KARACHI = ZoneInfo("Asia/Karachi")  # five hours before UTC
KYIV = ZoneInfo("Europe/Kyiv")  # two hours in winter
AHEAD = {KARACHI: 5 * HOUR, KYIV: 2 * HOUR}
SATURDAY, SUNDAY = 5 * PER_DAY, 6 * PER_DAY
NOON = PER_DAY // 2


def people(days, drops, *, zone=KARACHI, step=STEP, mean=1000.0, seed=3, kind=None):
    """Counts since a local Monday's midnight; *drops* are (first, end, share)."""
    rng = np.random.default_rng(seed)
    at = np.arange(days * DAY // step)
    expected = mean * (1 + 0.4 * np.sin(2 * np.pi * (at * step / DAY - 0.4)))
    for first, end, share in drops:
        expected[first * STEP // step : end * STEP // step] *= 1 - share
    return Signal(
        "requests",
        kind or SignalKind.COUNT,
        MONDAY - AHEAD[zone] + step * at,
        rng.poisson(expected).astype(float),
    )


def routes(days, drops=(), zone=KARACHI):
    values = 500 + np.random.default_rng(9).integers(-1, 2, days * PER_DAY).astype(
        float
    )
    for first, end, share in drops:
        values[first:end] *= 1 - share
    times = MONDAY - AHEAD[zone] + STEP * np.arange(days * PER_DAY)
    return Signal("routes", SignalKind.PREFIXES, times, values)


def found(*signals, zone=KARACHI):
    return detect(signals, entity="country/XX", timezone=zone)


WEEK_END = (SATURDAY, SATURDAY + 2 * PER_DAY, 0.3)


@pytest.mark.parametrize(
    ("zone", "minutes", "first", "days", "share"),
    [
        (KARACHI, 5, 4, 1, 0.18),
        (KARACHI, 10, 4, 2, 0.45),
        (KARACHI, 60, 5, 2, 0.3),
        (KYIV, 5, 5, 2, 0.45),
        (KYIV, 10, 4, 3, 0.3),
        (KYIV, 60, 6, 1, 0.18),
    ],
)
def test_a_quiet_week_end_is_told_as_one_and_as_no_disruption(
    zone, minutes, first, days, share
):
    drop = (first * PER_DAY, (first + days) * PER_DAY, share)
    told = found(people(8, [drop], zone=zone, step=minutes * MINUTE), zone=zone)

    (quiet,) = told.quiet
    assert told.disruptions == ()
    assert quiet.days == tuple(date(2024, 1, 1 + first + n) for n in range(days))
    assert quiet.depth == pytest.approx(share, abs=0.03)


def test_two_quiet_week_ends_are_each_told():
    again = (SATURDAY + 7 * PER_DAY, SATURDAY + 9 * PER_DAY, 0.3)
    told = found(people(13, [WEEK_END, again]))

    assert told.disruptions == ()
    assert [one.days[0].day for one in told.quiet] == [6, 13]


def test_a_recording_may_begin_and_end_within_a_week_end():
    # from Sunday to Saturday at noon
    week = people(13, [WEEK_END, (SATURDAY + 7 * PER_DAY, SATURDAY + 9 * PER_DAY, 0.3)])
    part = slice(SUNDAY, SATURDAY + 7 * PER_DAY + NOON)
    told = found(Signal("requests", week.kind, week.times[part], week.values[part]))

    assert told.disruptions == ()
    assert [one.days for one in told.quiet] == [
        (date(2024, 1, 7),),
        (date(2024, 1, 13),),
    ]


@pytest.mark.parametrize(
    "drop",
    [
        (SATURDAY, SATURDAY + 2 * PER_DAY, 0.6),  # deeper than a day off
        (SATURDAY + PER_DAY // 4, SUNDAY + PER_DAY, 0.3),  # from six in the morning
        (SATURDAY - PER_DAY // 6, SUNDAY + PER_DAY, 0.3),  # from eight in the evening
        (SATURDAY, SUNDAY + 3 * PER_DAY // 4, 0.3),  # until six in the evening
        (SATURDAY, SUNDAY + PER_DAY + PER_DAY // 3, 0.3),  # until Monday at eight
        (2 * PER_DAY, 4 * PER_DAY, 0.3),  # Wednesday and Thursday
    ],
)
def test_what_keeps_to_no_week_end_is_found_as_before(drop):
    told = found(people(9, [drop]))

    (one,) = told.disruptions
    assert told.quiet == ()
    assert one.onset == MONDAY - 5 * HOUR + drop[0] * STEP
    assert one.end == MONDAY - 5 * HOUR + drop[1] * STEP
    assert one.depth == pytest.approx(drop[2], abs=0.03)


def test_an_outage_in_a_quiet_week_end_is_found_with_its_own_hours():
    hours = (SATURDAY + NOON, SATURDAY + NOON + 24, 0.8)
    told = found(people(8, [WEEK_END, hours]))

    (one,) = told.disruptions
    assert one.onset == MONDAY - 5 * HOUR + hours[0] * STEP
    assert one.end == MONDAY - 5 * HOUR + hours[1] * STEP
    assert one.depth == pytest.approx(0.8, abs=0.03)
    assert len(told.quiet) == 1


def test_another_saturday_shows_what_is_usual():
    told = found(people(13, [WEEK_END]))

    assert len(told.disruptions) == 1
    assert told.quiet == ()


def test_the_better_week_end_shows_what_is_usual():
    again = (SATURDAY + 7 * PER_DAY, SATURDAY + 9 * PER_DAY, 0.5)
    told = found(people(13, [(*WEEK_END[:2], 0.2), again]))

    (one,) = told.disruptions
    assert one.onset == MONDAY - 5 * HOUR + again[0] * STEP
    assert one.depth == pytest.approx(1 - 0.5 / 0.8, abs=0.04)


@pytest.mark.parametrize("lost", [0.03, 0.3])
def test_routes_that_fell_as_well_show_an_outage(lost):
    told = found(people(8, [WEEK_END]), routes(8, [(*WEEK_END[:2], lost)]))

    assert len(told.disruptions) == 1
    assert told.quiet == ()


def test_routes_that_stayed_do_not():
    told = found(people(8, [WEEK_END]), routes(8))

    assert told.disruptions == ()
    assert len(told.quiet) == 1


def test_a_rate_has_no_week_end():
    told = found(people(8, [WEEK_END], kind=SignalKind.THROUGHPUT))

    assert len(told.disruptions) == 1
    assert told.quiet == ()


def test_two_weeks_are_judged_by_the_week_itself():
    again = (SATURDAY + 7 * PER_DAY, SATURDAY + 9 * PER_DAY, 0.3)
    told = found(people(14, [WEEK_END, again]))

    assert told.disruptions == ()
    assert told.quiet == ()


def test_a_week_end_by_another_clock_is_none():
    assert len(
        found(people(8, [WEEK_END]), zone=ZoneInfo("America/Bogota")).disruptions
    )


def test_days_are_local_also_when_the_clocks_move():
    # Kyiv moved its clocks on Sunday, 31 March 2024, at three
    rng = np.random.default_rng(4)
    monday = 1_711_317_600_000_000  # 2024-03-25 00:00 in Kyiv
    saturday, monday_after = 5 * 24, 7 * 24 - 1
    expected = np.full(9 * 24, 5000.0)
    expected[saturday:monday_after] *= 0.7
    times = monday + HOUR * np.arange(len(expected))
    told = found(
        Signal(
            "requests", SignalKind.COUNT, times, rng.poisson(expected).astype(float)
        ),
        zone=KYIV,
    )

    assert told.disruptions == ()
    (quiet,) = told.quiet
    assert quiet.days == (date(2024, 3, 30), date(2024, 3, 31))
