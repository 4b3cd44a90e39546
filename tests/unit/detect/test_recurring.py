"""Patterns in local time."""

import random
from collections import Counter
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rabta.clock import HOUR, MINUTE, SECOND
from rabta.detect.alike import Alike
from rabta.detect.recurring import recurring


def window(text, hours, zone=UTC):
    onset = int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND
    return onset, onset + int(hours * HOUR)


def test_three_nights_make_a_curfew_with_times_days_and_dates():
    windows = [window(f"2024-03-0{day} 23:00", 6) for day in (4, 5, 6)]

    (one,) = recurring(windows, UTC)

    assert (time(23), time(5)) == (one.start, one.end)
    assert one.days == (0, 1, 2)
    assert (date(2024, 3, 4), date(2024, 3, 6)) == (one.first, one.last)
    assert one.regularity == 1.0


def test_two_make_none():
    assert recurring([window(f"2024-03-0{d} 23:00", 6) for d in (4, 5)], UTC) == ()


def test_weekdays_off_do_not_break_a_pattern():
    days = (4, 5, 6, 7, 9, 10, 11, 12, 13, 14)
    windows = [window(f"2024-03-{day:02} 04:00", 4) for day in days]

    (one,) = recurring(windows, UTC)

    assert 4 not in one.days
    assert len(days) == len(one.occurrences)


def test_local_time_holds_across_a_change_of_the_clock():
    zone = ZoneInfo("Europe/Kyiv")
    days = ("2024-03-29", "2024-03-30", "2024-03-31", "2024-04-01", "2024-04-02")
    windows = [window(f"{day} 18:00", 2, zone) for day in days]

    (one,) = recurring(windows, zone)

    assert (time(18), time(20)) == (one.start, one.end)


def test_faults_at_any_hour_are_no_pattern():
    texts = ["2024-03-04 01:10", "2024-03-05 13:40", "2024-03-07 20:05"]

    assert recurring([window(text, 2) for text in texts], UTC) == ()


def test_unlike_lengths_are_apart_and_what_lasts_is_left_out():
    windows = [window(f"2024-03-0{d} 08:00", h) for d, h in ((4, 1), (5, 9), (6, 1))]
    still = (window("2024-03-07 08:00", 1)[0], None)

    assert recurring([*windows, still], UTC) == ()


def test_load_shedding_twice_a_day_is_two_patterns():
    windows = sorted(
        window(f"2024-03-0{d} {h}:00", 1.5) for d in range(4, 9) for h in ("07", "19")
    )

    told = recurring(windows, UTC)

    assert [time(7), time(19)] == [one.start for one in told]


def test_a_year_apart_is_no_pattern():
    windows = [window(f"20{y}-03-04 08:00", 1) for y in (21, 22, 23)]

    assert recurring(windows, UTC) == ()


def test_starts_within_minutes_of_midnight_are_alike():
    windows = [window("2024-03-04 23:55", 3), window("2024-03-06 00:05", 3)]
    windows.append(window("2024-03-07 00:00", 3))

    (one,) = recurring(windows, UTC, blur=5 * MINUTE)

    assert time(0) == one.start


def test_the_night_of_23_hours_is_no_day_off():
    """The clock goes forward between two evenings: these are 22 h 50 min apart."""
    zone = ZoneInfo("Europe/Kyiv")
    moments = ("2024-03-29 18:00", "2024-03-30 18:10", "2024-03-31 18:00")

    (one,) = recurring([window(moment, 2, zone) for moment in moments], zone)

    assert len(one.occurrences) == 3


def test_one_that_stopped_for_weeks_and_came_again_is_two():
    """The later nights neither hide the earlier ones nor are lost among them."""
    days = [f"2024-03-{n:02}" for n in range(1, 22)] + ["2024-05-03", "2024-05-04"]
    windows = [window(f"{day} 23:00", 6) for day in (*days, "2024-05-05")]

    told = recurring(windows, UTC)

    assert [len(one.occurrences) for one in told] == [21, 3]


def test_disruptions_at_all_hours_make_no_pattern_of_an_hour():
    """Some fifty a day: on most days one falls within half an hour of any time."""
    begin = window("2024-03-01 00:00", 0)[0]
    onsets = [begin + n * 29 * MINUTE for n in range(1000)]

    assert recurring([(at, at + 20 * MINUTE) for at in onsets], UTC) == ()


def test_one_hour_on_and_one_off_are_twelve_patterns():
    begin = window("2024-03-01 00:00", 0)[0]
    onsets = [begin + n * 2 * HOUR for n in range(12 * 14)]

    told = recurring([(at, at + HOUR) for at in onsets], UTC)

    assert [len(one.occurrences) for one in told] == [14] * 12


def test_depth_keeps_apart_what_begins_and_lasts_alike():
    windows = [window(f"2024-03-{day:02} 04:00", 4) for day in range(1, 9)]
    depths = [0.6, 0.62, 0.58, 1.0, 0.6, 0.61, 0.6, 0.59]

    (one,) = recurring(windows, UTC, depths=depths)

    assert 3 not in one.occurrences
    assert len(one.occurrences) == 7


def test_many_windows_are_grouped_in_a_moment():
    """No more comparisons than there are neighbours: a daemon does this in passing."""
    dice = random.Random(5)
    begin = window("2024-03-01 00:00", 0)[0]
    onsets = sorted(begin + dice.randrange(84 * 24 * 60) * MINUTE for _ in range(1000))
    windows = [(at, at + dice.randrange(10, 600) * MINUTE) for at in onsets]
    counted = Counter()
    group = Alike.group

    def count(self, like):
        counted["groups"] += 1
        return group(self, like)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Alike, "group", count)
        recurring(windows, UTC)

    assert counted["groups"] < 40 * len(windows)
