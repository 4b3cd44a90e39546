"""Hours are counted within the calendar and nowhere else."""

from datetime import UTC, date, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.clock import DAY, HOUR, MINUTE
from rabta.cost.firm.calendar import Calendar, Worked, merge
from rabta.cost.firm.ramadan import ramadans
from tests.unit.cost.times import at


KARACHI = ZoneInfo("Asia/Karachi")
OFFICE = ((time(9), time(13)), (time(14), time(18)))
WEEK = frozenset(range(5))
YEAR = (at("2026-01-01"), at("2027-01-01"))


def hours(calendar, start, end, span=YEAR):
    worked = Worked.of(calendar, *span)
    return worked.between(np.array([at(start)]), np.array([at(end)]))[0]


def test_a_day_has_its_hours_in_local_time():
    office = Calendar(KARACHI, OFFICE, WEEK)

    # a Monday; 09:00 in Karachi is 04:00 UTC
    assert hours(office, "2026-11-23T04:00", "2026-11-23T13:00") == 8
    assert hours(office, "2026-11-23T08:00", "2026-11-23T09:00") == 0
    assert hours(office, "2026-11-23T03:30", "2026-11-23T04:30") == 0.5


def test_nobody_works_on_days_off():
    calendar = Calendar(KARACHI, OFFICE, WEEK, frozenset({date(2026, 8, 14)}))

    assert hours(calendar, "2026-11-21T00:00", "2026-11-22T18:59") == 0  # weekend
    assert hours(calendar, "2026-08-13T19:00", "2026-08-14T19:00") == 0


def test_a_night_shift_belongs_to_the_day_it_begins():
    night = Calendar(KARACHI, ((time(18), time(3)),), frozenset({4}))

    # Friday 18:00 to Saturday 03:00 in Karachi
    assert hours(night, "2026-11-27T13:00", "2026-11-27T22:00") == 9
    assert hours(night, "2026-11-26T13:00", "2026-11-26T22:00") == 0


def test_ramadan_has_its_own_hours():
    calendar = Calendar(KARACHI, OFFICE, WEEK, frozenset(), ((time(9), time(15)),))

    assert hours(calendar, "2026-02-24T00:00", "2026-02-25T00:00") == 6
    assert hours(calendar, "2026-04-07T00:00", "2026-04-08T00:00") == 8


@pytest.mark.parametrize(
    ("year", "first"),
    [
        # Saudi Arabia's announced first days; the tabular calendar may be two days off
        (2021, date(2021, 4, 13)),
        (2022, date(2022, 4, 2)),
        (2023, date(2023, 3, 23)),
        (2024, date(2024, 3, 11)),
        (2025, date(2025, 3, 1)),
        (2026, date(2026, 2, 18)),
    ],
)
def test_ramadan_begins_within_two_days_of_what_was_announced(year, first):
    ((start, end),) = ramadans(date(year, 1, 15), date(year, 11, 30))

    assert abs((start - first).days) <= 2
    assert (end - start).days == 29


def test_clocks_that_change_change_no_working_day():
    berlin = Calendar(ZoneInfo("Europe/Berlin"), ((time(9), time(17)),))

    for day in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"):
        start = at(day) + 3 * HOUR
        worked = Worked.of(berlin, *YEAR)
        assert worked.between(np.array([start]), np.array([start + 18 * HOUR]))[0] == 8


moments = st.integers(YEAR[0], YEAR[1] - 10 * DAY)
lengths = st.integers(0, 5 * DAY)
WORKED = Worked.of(Calendar(KARACHI, OFFICE, WEEK), *YEAR)


@given(moments, lengths, lengths)
def test_hours_add_up_and_never_fall(start, one, other):
    first = WORKED.between(np.array([start]), np.array([start + one]))[0]
    second = WORKED.between(np.array([start + one]), np.array([start + one + other]))[0]
    both = WORKED.between(np.array([start]), np.array([start + one + other]))[0]

    assert both == pytest.approx(first + second, abs=1e-6)
    assert 0 <= first <= both + 1e-9


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=20))
def test_time_that_is_covered_twice_counts_once(spans):
    spans = [(min(span) * MINUTE, max(span) * MINUTE) for span in spans]
    covered = {m for a, b in spans for m in range(a, b, MINUTE)}

    assert sum(b - a for a, b in merge(spans)) == len(covered) * MINUTE
    if merge(spans):
        worked = Worked.over(spans)
        total = worked.between(np.array([0]), np.array([DAY]))[0]
        assert total == pytest.approx(len(covered) / 60)


def test_an_empty_calendar_has_no_hours():
    never = Calendar(UTC, (), WEEK)

    assert hours(never, "2026-02-01T00:00", "2026-12-01T00:00") == 0
