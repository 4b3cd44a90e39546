"""What recurs in a calendar becomes windows, as its rule and its exceptions say."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr

from rabta.clock import DAY, HOUR
from rabta.sources import calendars
from rabta.sources.recurring import UnreadRuleError, occurrences, rule
from rabta.sources.times import micros

from .helpers import NOW, balanced, parse


def calendar(*events, head=""):
    made = "".join(
        "BEGIN:VEVENT\r\n" + one.strip().replace("\n", "\r\n") + "\r\nEND:VEVENT\r\n"
        for one in events
    )
    return f"BEGIN:VCALENDAR\r\nX-WR-CALNAME:Acme\r\n{head}{made}END:VCALENDAR\r\n"


@pytest.fixture
def windows(tmp_path):
    def read(*events, head=""):
        file = tmp_path / "a.ics"
        file.write_bytes(calendar(*events, head=head).encode())
        pieces, reports, tally = parse(file, calendars.read)
        assert not pieces
        assert balanced(tally)
        return reports, tally

    return read


WEEKLY = """
UID:w
DTSTART;TZID=Europe/London:20261004T010000
DTEND;TZID=Europe/London:20261004T033000
RRULE:FREQ=WEEKLY;BYDAY=SU
SUMMARY:Weekly
"""


def test_maintenance_of_every_week_is_a_window_of_every_week(windows):
    reports, tally = windows(WEEKLY)
    assert tally.kept == 1
    starts = [one.start for one in reports]
    assert starts[:2] == [micros("2026-10-04T00:00Z"), micros("2026-10-11T00:00Z")]
    assert micros("2026-11-01T01:00Z") in starts  # the clocks went back
    assert {one.end - one.start for one in reports} == {5 * HOUR // 2}
    assert NOW + 359 * DAY <= starts[-1] <= NOW + 366 * DAY
    assert len({one.id for one in reports}) == len(reports)
    assert {(one.kind, one.entity) for one in reports} == {
        ("maintenance", "service/acme")
    }


def test_exceptions_additions_and_moved_ones_are_heeded(windows):
    series = WEEKLY.replace("BYDAY=SU", "COUNT=4")
    series += "EXDATE;TZID=Europe/London:20261011T010000\n"
    series += "RDATE;TZID=Europe/London:20261020T010000"
    moved = """
UID:w
RECURRENCE-ID;TZID=Europe/London:20261018T010000
DTSTART;TZID=Europe/London:20261019T050000
DURATION:PT1H
"""
    gone = """
UID:w
RECURRENCE-ID:20261025T000000Z
DTSTART:20261025T000000Z
STATUS:CANCELLED
"""
    reports, tally = windows(series, moved, gone)
    assert sorted(one.start for one in reports) == [
        micros("2026-10-04T00:00Z"),
        micros("2026-10-19T04:00Z"),
        micros("2026-10-20T00:00Z"),
    ]
    assert (tally.kept, tally.passed) == (2, 1)


def test_a_rule_that_is_not_read_costs_all_but_the_first_time(windows):
    reports, tally = windows(WEEKLY + "X:1", WEEKLY.replace("BYDAY=SU", "BYSETPOS=1"))
    assert tally.reasons == {
        "it recurs by BYSETPOS, which is not read: its first time is taken": 1
    }
    assert sum(one.start == micros("2026-10-04T00:00Z") for one in reports) == 2


def test_a_cancelled_event_is_none(windows):
    reports, tally = windows(WEEKLY + "STATUS:CANCELLED")
    assert (reports, tally.passed) == ([], 1)


def test_a_zone_of_the_calendars_own_is_understood(windows):
    head = (
        "BEGIN:VTIMEZONE\r\nTZID:Pakistan Standard Time\r\nBEGIN:STANDARD\r\n"
        "TZOFFSETTO:+0500\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    start = 'DTSTART;TZID="Pakistan Standard Time":20261004T010000'
    ((report,), _) = windows(start, head=head)
    assert report.start == micros("2026-10-03T20:00Z")
    _, tally = windows(start)
    assert tally.reasons == {"a time zone that is not known": 1}


def test_a_day_without_an_end_lasts_a_day(windows):
    ((report,), _) = windows("DTSTART;VALUE=DATE:20261004")
    assert report.end - report.start == DAY


def test_an_event_cut_off_is_told(tmp_path):
    file = tmp_path / "a.ics"
    file.write_text(calendar(WEEKLY, WEEKLY)[:-80])
    _, reports, tally = parse(file, calendars.read)
    assert tally.reasons == {"cut off": 1}
    assert tally.partial == "cut off in an event"
    assert reports


def wall(year, month, day, hour=0, minute=0):
    """Return a wall clock of no zone."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC).replace(tzinfo=None)


FIRST = wall(2026, 1, 31, 2, 30)
LAST = FIRST + timedelta(days=900)
PARTS = {
    "DAILY": ["", "BYDAY=MO,WE", "BYMONTH=2,3", "BYMONTHDAY=1,-1"],
    "WEEKLY": ["", "BYDAY=SA", "BYDAY=TU,SA;WKST=SU", "BYMONTH=4", "WKST=SU"],
    "MONTHLY": ["", "BYDAY=1SU", "BYDAY=-1FR", "BYMONTHDAY=13,31", "BYDAY=2TU,4TU"],
    "YEARLY": ["", "BYMONTH=1,6", "BYMONTH=3;BYDAY=-1SU", "BYMONTHDAY=31"],
}


@pytest.mark.parametrize("freq", PARTS)
def test_rules_mean_what_another_reader_of_them_says(freq):
    rng = random.Random(freq)
    for part in PARTS[freq]:
        for _ in range(8):
            text = f"FREQ={freq};INTERVAL={rng.randint(1, 4)}" + (part and f";{part}")
            theirs = list(rrulestr(text, dtstart=FIRST).between(FIRST, LAST, inc=True))
            ours = occurrences(rule(text), FIRST, LAST)
            assert ours[1:] == [one for one in theirs if one != FIRST], text
            if FIRST in theirs:
                some = f"{text};COUNT={rng.randint(1, 9)}"
                theirs = list(
                    rrulestr(some, dtstart=FIRST).between(FIRST, LAST, inc=True)
                )
                assert occurrences(rule(some), FIRST, LAST) == theirs, some


def test_an_end_is_the_last_that_counts(windows):
    for until, count in (("20261018T000000Z", 3), ("20261017", 2), ("20261018", 3)):
        reports, _ = windows(WEEKLY.replace("BYDAY=SU", f"UNTIL={until}"))
        assert len(reports) == count, until


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=HOURLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=WEEKLY;BYDAY=1SU",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=DAILY;COUNT=x",
        "nothing",
    ],
)
def test_what_is_no_rule_or_not_read_is_named(text):
    with pytest.raises(UnreadRuleError):
        rule(text)


def test_a_rule_of_very_many_times_is_bounded():
    found = occurrences(rule("FREQ=DAILY"), wall(2000, 1, 1), wall(2027, 1, 1))
    assert len(found) == 5000
    assert found[-1] == wall(2027, 1, 1)
    assert occurrences(rule("FREQ=DAILY"), wall(9999, 12, 30), wall(9999, 12, 31))
    with pytest.raises(UnreadRuleError, match="20000"):
        occurrences(rule("FREQ=DAILY"), wall(1, 1, 1), wall(2027, 1, 1))
