"""Patterns in local time."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rabta.clock import HOUR, MINUTE, SECOND
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
