"""What comes again is learnt from what is on record, and every window stays its own."""

import sqlite3
from contextlib import closing
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from rabta.agent.patterns import REACH, Patterns, regroup
from rabta.clock import DAY, HOUR, MINUTE, ManualClock
from rabta.errors import StoreError
from rabta.model import Kind
from rabta.store import Store

from .windows import KARACHI, LINE, at, evenings, verdict, window


NOW = at("2026-10-05", "12:00")


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path, clock=ManualClock(NOW)) as opened:
        yield opened


def grouped(store, entity=LINE, zone=KARACHI):
    return regroup(store, entity, zone, store.now() - REACH)


def patterned(store, **asked):
    """The numbers of disruptions, by the pattern they are told to be of."""
    found = {}
    for one in store.disruptions(limit=1000, **asked)[::-1]:
        found.setdefault(one.pattern and one.pattern.id, []).append(one.id)
    return found


def test_evenings_are_one_pattern_and_every_window_carries_it(store):
    numbers = evenings(store, "2026-09-01", 14)

    (one,) = grouped(store)

    pattern = one.pattern
    assert (pattern.start, pattern.end) in {("19:05", "21:05"), ("19:04", "21:04")}
    assert (pattern.first, pattern.last) == ("2026-09-01", "2026-09-14")
    assert pattern.days == (0, 1, 2, 3, 4, 5, 6)
    assert (pattern.occurrences, pattern.regularity) == (14, 1.0)
    assert patterned(store) == {f"{LINE}#1": numbers}
    told = [store.disruption(number) for number in numbers]
    assert [one.pattern.occurrence for one in told] == list(range(1, 15))
    assert {one.end - one.onset for one in told} == {2 * HOUR}


def test_one_that_differs_stays_its_own(store):
    """Longer, deeper, at another hour: each overlaps with an evening or is near one."""
    numbers = evenings(store, "2026-09-01", 10, depth=0.4, kind=Kind.DEGRADATION)
    odd = [
        window(store, at("2026-09-11", "19:03"), 7, depth=0.4),
        window(store, at("2026-09-12", "19:03"), 2, depth=1.0),
        window(store, at("2026-09-13", "18:10"), 2, depth=0.4),
        window(store, at("2026-09-14", "19:04"), 0.2, depth=0.4),
        window(store, at("2026-09-15", "19:04"), 2, kind=Kind.BLOCKING, depth=0.4),
    ]

    grouped(store)

    assert patterned(store) == {f"{LINE}#1": numbers, None: odd}


def test_two_a_day_are_two_patterns_and_another_line_has_its_own(store):
    evening = evenings(store, "2026-09-01", 8)
    morning = evenings(store, "2026-09-01", 8, clock="07:00", hours=1)
    other = evenings(store, "2026-09-01", 8, entity="uplink/storm")

    grouped(store)
    grouped(store, "uplink/storm")

    found = patterned(store)
    assert sorted(found.values()) == [evening, morning, other]
    assert {key.partition("#")[0] for key in found} == {LINE, "uplink/storm"}


def test_local_hours_hold_across_a_change_of_the_clock(store):
    """In UTC the second half begins an hour earlier."""
    kyiv = ZoneInfo("Europe/Kyiv")
    numbers = evenings(store, "2026-03-22", 14, zone=kyiv)

    (one,) = regroup(store, LINE, kyiv, at("2026-03-01", "00:00"))

    assert one.pattern.start in {"19:04", "19:05"}
    assert patterned(store) == {f"{LINE}#1": numbers}


def test_a_pattern_that_stopped_is_kept_and_another_begins(store):
    """Three weeks of evenings, six of peace, then the hours of autumn."""
    summer = evenings(store, "2026-07-20", 21)
    grouped(store)
    autumn = evenings(store, "2026-09-25", 3)

    grouped(store)

    assert patterned(store) == {f"{LINE}#1": summer, f"{LINE}#2": autumn}
    first, second = (one.pattern for one in store.patterns(LINE))
    assert (first.last, second.first) == ("2026-08-09", "2026-09-25")


def test_what_is_older_than_twelve_weeks_stays_with_its_pattern(store):
    """Only the last twelve weeks are looked at, as more would cost ever more."""
    numbers = []
    for first in ("2026-03-01", "2026-04-12", "2026-05-24", "2026-07-05", "2026-08-16"):
        numbers += evenings(store, first, 42)
        last = store.disruption(numbers[-1])
        regroup(store, LINE, KARACHI, last.onset - REACH)

    (one,) = store.patterns(LINE)
    assert one.pattern.occurrences == len(numbers) == 210
    assert one.pattern.first == "2026-03-01"
    assert patterned(store) == {f"{LINE}#1": numbers}


def test_faults_at_any_hour_are_none(store):
    """Fifty a day: each hour of most days has one, which says nothing of a schedule."""
    for n in range(900):
        window(store, at("2026-09-01", "00:00") + n * 29 * MINUTE, 0.2)

    assert grouped(store) == []


def test_what_is_over_in_minutes_or_was_not_observed_is_left_out(store):
    evenings(store, "2026-09-01", 9, hours=0.1)
    evenings(store, "2026-09-11", 9, hours=10)
    for n in range(9):  # the lid was closed at eight
        asleep = at("2026-09-11", "20:00") + n * DAY
        store.note_gap(asleep, asleep + 8 * HOUR)

    assert grouped(store) == []


def test_versions_are_added_and_none_is_overwritten(store):
    evenings(store, "2026-09-01", 3)
    grouped(store)
    grouped(store)  # nothing new
    evenings(store, "2026-09-04", 1)
    grouped(store)

    with closing(sqlite3.connect(store.path / "rabta.sqlite")) as raw:
        versions = raw.execute(
            "SELECT version, body -> '$.pattern' ->> 'occurrences' FROM pattern_version"
        ).fetchall()
        assert versions == [(1, 3), (2, 4)]
        since = raw.execute("SELECT since FROM pattern_window").fetchall()
        assert sorted(since) == [(1,), (1,), (1,), (2,)]
        with pytest.raises(sqlite3.IntegrityError, match="never overwritten"):
            raw.execute("UPDATE pattern_version SET body = ''")


def test_a_window_that_turns_out_longer_leaves_with_a_version_that_says_so(store):
    numbers = evenings(store, "2026-09-01", 6)
    grouped(store)
    last = store.disruption(numbers[-1])
    store.close_disruption(last.id, None)
    assert (
        store.disruption(last.id).pattern is None
    )  # it goes on: not known to be alike

    store.close_disruption(last.id, last.onset + 9 * HOUR)
    (one,) = grouped(store)

    assert one.pattern.occurrences == 5
    assert patterned(store) == {f"{LINE}#1": numbers[:-1], None: numbers[-1:]}


def test_a_pattern_of_three_that_loses_one_is_none(store):
    numbers = evenings(store, "2026-09-01", 3)
    grouped(store)
    withdrawn = store.disruption(numbers[1])
    store.close_disruption(withdrawn.id, withdrawn.onset)

    assert grouped(store) == []
    assert patterned(store) == {None: numbers}


def test_it_is_learnt_when_one_closes_and_known_after_a_restart(store):
    patterns = Patterns(store, KARACHI)
    for number in evenings(store, "2026-09-20", 5):
        patterns.closed(number)
    (known,) = patterns.known(LINE)
    assert known.pattern.occurrences == 5

    again = Patterns(store, KARACHI)
    assert again.known(LINE) == ()
    again.learn()

    assert again.known(LINE) == [known]
    assert patterns.known("uplink/other") == ()


def test_a_store_from_before_patterns_is_grouped_at_the_start(store):
    numbers = evenings(store, "2026-09-20", 5)

    Patterns(store, KARACHI).learn()

    assert patterned(store) == {f"{LINE}#1": numbers}


def test_what_closes_in_seconds_costs_no_look_at_the_past(store, monkeypatch):
    patterns = Patterns(store, KARACHI)
    monkeypatch.setattr(Store, "windows", None)

    patterns.closed(window(store, NOW - HOUR, 0.01))
    patterns.closed(window(store, NOW - HOUR, 1, entity="country/PK"))
    patterns.closed(4711)


def test_a_disk_that_refuses_stops_nobody(store, monkeypatch, caplog):
    def refused(*_args, **_named):
        raise StoreError("the disk is full")

    patterns = Patterns(store, KARACHI)
    numbers = evenings(store, "2026-09-20", 5)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "put_patterns", refused)
        patterns.closed(numbers[-1])
        patterns.learn()
    assert "the disk is full" in caplog.text
    assert patterns.known(LINE) == ()

    patterns.closed(numbers[-1])
    assert len(patterns.known(LINE)) == 1


def test_a_list_folds_a_pattern_into_its_newest_window(store):
    numbers = evenings(store, "2026-09-01", 10)
    alone = window(store, at("2026-09-05", "10:00"), 5)
    grouped(store)
    still = store.open_disruption(LINE, Kind.OUTAGE, NOW, 1.0, 1.0, verdict(NOW))

    def listed(**asked):
        return [one.id for one in store.disruptions(**asked)]

    assert listed(folded=True) == [still, numbers[-1], alone]
    until = at("2026-09-04", "00:00")
    assert listed(folded=True, stop=until) == [numbers[2]]
    assert listed(pattern=1) == numbers[::-1]
    assert listed(pattern=1, folded=True) == [numbers[-1]]
    assert listed(pattern=99) == []


def test_hours_are_told_by_the_clocks_of_the_zone(store):
    evenings(store, "2026-09-01", 7)

    (one,) = grouped(store, zone=UTC)

    assert one.pattern.start == "14:06"
    assert one.zone == "UTC"
