"""Whether it is worse in the busy hours."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.attribute.cause.busy import peak_ratio
from rabta.clock import DAY, HOUR


ZONE = ZoneInfo("Asia/Karachi")
ONSET = 20_000 * DAY
TIMES = np.arange(ONSET - 14 * DAY, ONSET + 3 * DAY, HOUR, dtype=np.int64)
LOCAL = ((TIMES // HOUR) + 5) % 24
BUSY = LOCAL >= 18
INSIDE = TIMES >= ONSET
USUAL = 100.0 + 30.0 * BUSY


def ratio(values, *, until=ONSET + 3 * DAY, rising=False):
    return peak_ratio(TIMES, values, ONSET, until, ZONE, rising_hurts=rising)


def test_what_congests_in_the_evening_is_told_from_what_is_cut():
    congested = np.where(INSIDE, USUAL * np.where(BUSY, 0.5, 0.9), USUAL)
    assert ratio(congested) == pytest.approx(5.0)
    assert ratio(np.where(INSIDE, 0.3 * USUAL, USUAL)) == pytest.approx(1.0)


def test_delay_that_rises_counts_as_loss():
    slower = np.where(INSIDE, USUAL * np.where(BUSY, 1.6, 1.1), USUAL)
    assert ratio(slower, rising=True) == pytest.approx(6.0)


def test_hours_are_those_of_the_place():
    by_utc = (TIMES // HOUR) % 24 >= 18
    values = np.where(INSIDE & by_utc, 50.0, 100.0)
    assert ratio(values) < 1.0


@pytest.mark.parametrize(
    "values",
    [USUAL, np.where(INSIDE, np.nan, USUAL), np.where(INSIDE, USUAL, np.nan)],
    ids=["nothing lost", "nothing measured since", "nothing measured before"],
)
def test_where_nothing_can_be_told_nothing_is(values):
    assert ratio(values) is None


def test_less_than_a_day_shows_no_hours():
    halved = np.where(INSIDE, 0.5 * USUAL, USUAL)
    assert ratio(halved, until=ONSET + 23 * HOUR) is None
