"""Sealing moves rows and changes no answer, whatever happens on the way."""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import StoreError
from rabta.model import DnsDetail, Probe
from rabta.store import Retention, Store, files, seal, sealed
from rabta.store.lock import SEALER, Lock

from .helpers import T0, all_of, day_of_pings, ordered, ping, series_number


def charts(store, days=3):
    return [
        store.points(info.id, start=T0, stop=T0 + days * DAY, step_seconds=step)
        for info in store.series()
        for step in (30, 300, 3600)
    ]


def figures(points):
    return (points.sent, points.lost, points.minimum, points.median, points.p95)


def test_sealing_changes_no_answer(store, clock):
    """Observations and charts are the same from files as from rows."""
    detail = DnsDetail("x.example", "NOERROR", ("192.0.2.1",), 1)
    told = [*day_of_pings(T0), *day_of_pings(T0 + DAY)]
    told.append(replace(ping(T0 + 11), probe=Probe.DNS, detail=detail, address=""))
    store.record(told)
    before = charts(store)
    clock.advance(2 * DAY + HOUR)

    done = store.seal()

    assert done.rows == len([o for o in told if o.time < T0 + DAY])
    assert ordered(told) == ordered(all_of(store))
    for old, new in zip(before, charts(store), strict=True):
        assert figures(old) == figures(new)


def test_a_day_stays_hot(store, clock):
    """So that a day's chart never needs a sealed file."""
    store.record(day_of_pings(T0))
    clock.advance(DAY)

    assert store.seal().rows == 0
    clock.advance(6 * HOUR - 1)
    assert store.seal().rows == 0
    clock.advance(1)
    assert store.seal().rows == 2 * 6 * 60
    assert store.seal().rows == 0


def test_a_chart_over_sealed_and_hot_rows_has_no_seam(store, clock):
    """The bucket in which one ends and the other begins counts both."""
    told = day_of_pings(T0)
    store.record(told)
    (before, *_) = charts(store, days=1)
    clock.advance(DAY + 6 * HOUR)
    store.seal()

    (after, *_) = charts(store, days=1)

    assert figures(before) == figures(after)
    wide = store.points(1, start=T0, stop=T0 + DAY, step_seconds=7000)
    assert sum(wide.sent) == 1440


def test_rows_that_come_late_join_their_sealed_day(store, clock):
    """A clock that was stepped back, a batch that was held: nothing doubles."""
    first = day_of_pings(T0)
    store.record(first)
    clock.advance(3 * DAY)
    store.seal()
    late = [ping(T0 + HOUR + 13, 9.0, target="t0"), ping(T0 + HOUR, target="new")]

    store.record(late)
    expected = ordered([*first, *late])
    assert expected == ordered(all_of(store))
    store.record(first[:100])  # and told again
    assert expected == ordered(all_of(store))
    store.seal()

    assert expected == ordered(all_of(store))
    hours = store.points(series_number(store, "t0"), start=T0, stop=T0 + DAY)
    assert max(value for value in hours.maximum if value) == 9.0
    assert sum(hours.sent) == 1441


def test_rows_late_by_more_than_retention_replace_no_figures(store, clock):
    """What was made of all rows outlives what can be made of a few."""
    store.record(day_of_pings(T0))
    for day in range(1, 10):
        store.record(day_of_pings(T0 + day * DAY, interval=HOUR))
    clock.advance(10 * DAY)
    store.seal()
    assert store.expire().files > 0
    number = series_number(store, "t0")
    span = {"start": T0, "stop": T0 + DAY}
    before = [store.points(number, **span, step_seconds=s) for s in (60, 3600)]

    store.record([ping(T0 + HOUR + 13, 9.0, target="t0")])
    store.seal()

    after = [store.points(number, **span, step_seconds=s) for s in (60, 3600)]
    assert [figures(p) for p in before] == [figures(p) for p in after]


def test_rows_from_the_future_are_put_aside(store, clock, folder):
    """A clock a year ahead for an hour spoils no chart, now or in a year."""
    store.record([ping(T0)])
    clock.step(365 * DAY)
    store.record([ping(clock.now() + minute * MINUTE) for minute in range(60)])
    clock.step(-365 * DAY)

    done = store.seal()

    assert done.doubtful == 60
    assert [ping(T0)] == all_of(store)
    raw = sqlite3.connect(folder / "rabta.sqlite")
    kept = raw.execute("SELECT count(*), min(noticed_at) FROM doubtful").fetchone()
    raw.close()
    assert kept == (60, T0)


def test_a_clock_a_year_ahead_expires_nothing(store, clock):
    """Sealing goes on, and what was kept is there when the clock is right again."""
    told = [*day_of_pings(T0), *day_of_pings(T0 + DAY)]
    store.record(told)
    clock.step(365 * DAY)
    store.record([ping(clock.now())])

    assert store.seal().rows == len(told)
    assert store.expire().files == 0
    clock.step(-365 * DAY)

    assert ordered(told) == ordered(
        store.observations(start=T0, stop=T0 + 2 * DAY, limit=10**6)
    )


def test_retention_keeps_raw_minutes_and_hours_apart(folder, clock):
    """Raw rows go first, then minutes; the hours stay."""
    kept = Retention(raw_days=2, minute_days=4)
    with Store.open(folder, clock=clock, retention=kept) as store:
        for day in range(8):
            store.record(day_of_pings(T0 + day * DAY, interval=20 * SECOND, targets=1))
        clock.advance(8 * DAY)
        store.seal()
        gone = store.expire()
        assert gone.files == 6 + 4
        assert gone.size_bytes > 0

        def steps(day, step):
            start = T0 + day * DAY
            chart = store.points(1, start=start, stop=start + DAY, step_seconds=step)
            assert sum(chart.sent) == 4320
            return chart.step_seconds, chart.exact

        assert steps(0, 20) == (3600, True)
        assert steps(0, 7200) == (7200, False)
        assert steps(5, 20) == (60, True)
        assert steps(5, 300) == (300, False)
        assert steps(6, 20) == (20, True)
        assert steps(6, 300) == (300, True)
        assert len(list((folder / "series" / "raw").rglob("*.parquet"))) == 1
        assert store.expire().files == 0


class StopError(Exception):
    """Stands for the instant at which the process dies."""


_CUTS = range(1, 27)
_ALL = _CUTS[-1] + 1  # more than there are: nothing is cut off


@pytest.mark.slow
@pytest.mark.parametrize("step", [*_CUTS, _ALL])
def test_sealing_can_be_cut_off_before_any_of_its_steps(
    folder, clock, monkeypatch, step
):
    """Every write, sync, rename and commit in turn is the last that did not happen."""
    first = day_of_pings(T0, targets=1, interval=HOUR)
    told = [*first, *day_of_pings(T0 + DAY, targets=1, interval=6 * HOUR)]
    store = Store.open(folder, clock=clock)
    store.record(told)
    number = series_number(store, "t0")
    span = {"start": T0, "stop": T0 + 2 * DAY}
    before = [store.points(number, **span, step_seconds=s) for s in (300, 3600)]
    clock.advance(30 * HOUR)
    store.seal()
    clock.advance(12 * HOUR)
    left = step

    def counted(owner, name):
        real = getattr(owner, name)

        def call(*args, **kwargs):
            nonlocal left
            left -= 1
            if left == 0:
                raise StopError
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    counted(os, "fsync")
    counted(files, "transaction")
    counted(files, "checksum")
    counted(seal, "transaction")
    counted(Path, "replace")
    cut_off = pytest.raises(StopError) if step != _ALL else nullcontext()
    with cut_off:
        store.seal()
    monkeypatch.undo()
    store.close()

    with Store.open(folder, clock=clock) as again:
        for upkeep in (lambda: None, again.seal):
            upkeep()
            assert ordered(told) == ordered(all_of(again))
            for old in before:
                new = again.points(number, **span, step_seconds=old.step_seconds)
                assert figures(old) == figures(new)
    assert not list(folder.rglob("*.tmp"))


def test_rows_that_arrive_during_sealing_wait_for_the_next(store, clock, monkeypatch):
    """They are neither lost with the deleted ones nor counted twice."""
    told = day_of_pings(T0, targets=1)
    store.record(told)
    clock.advance(2 * DAY)
    arrived = ping(T0 + 90 * MINUTE + 1, target="t0")
    real = seal._Day._hourly

    def hourly(self, bucket):
        store.record([arrived])
        return real(self, bucket)

    monkeypatch.setattr(seal._Day, "_hourly", hourly)
    first = store.seal()
    monkeypatch.undo()

    assert first.rows == 1440 - 60
    assert ordered([*told, arrived]) == ordered(all_of(store))
    assert sum(store.points(1, start=T0, stop=T0 + DAY).sent) == 1441
    assert store.seal().rows == 61
    assert ordered([*told, arrived]) == ordered(all_of(store))


def test_readers_notice_nothing_of_sealing_and_expiring(folder, clock):
    """Rows move from one file to the other and back into view: all of them, once."""
    answers, errors = [], []
    done = threading.Event()
    with Store.open(folder, clock=clock, retention=Retention(3, 3)) as store:
        store.record(day_of_pings(T0, targets=1, interval=10 * MINUTE))

        def read():
            while not done.is_set():
                try:
                    with Store.open(folder, clock=clock, read_only=True) as reader:
                        found = reader.observations(start=T0, stop=T0 + DAY, limit=999)
                        chart = reader.points(
                            1, start=T0, stop=T0 + DAY, step_seconds=300
                        )
                        answers.append((len(found), sum(chart.sent)))
                except (StoreError, OSError) as error:
                    errors.append(error)

        reading = threading.Thread(target=read)
        reading.start()
        clock.advance(DAY)
        for _ in range(4):  # the day's file is replaced four times
            clock.advance(6 * HOUR)
            store.seal()
        for day in range(1, 8):
            clock.advance(DAY)
            store.record(day_of_pings(T0 + day * DAY, targets=1, interval=HOUR))
            store.seal()
            store.expire()
        done.set()
        reading.join()

    assert errors == []
    assert len(answers) > 3
    assert {sent for _, sent in answers} == {144}
    assert {count for count, _ in answers} <= {144, 0}


def test_one_seals_at_a_time(store, clock, folder):
    """A second one is told, and nothing happens."""
    store.record(day_of_pings(T0))
    clock.advance(2 * DAY)

    with (
        Lock(folder / SEALER, hint=""),
        pytest.raises(StoreError, match="another rabta"),
    ):
        store.seal()

    assert store.seal().rows == 2880


def test_a_child_process_seals_beside_the_daemon(folder, clock):
    """As the daemon does it: the store stays open and goes on writing."""
    with Store.open(folder, clock=clock) as store:
        told = day_of_pings(T0 - 1000 * DAY)
        store.record(told)
        command = [sys.executable, "-W", "error", "-m", "rabta.store.seal", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        store.record([ping(T0)])

        assert "sealed 2880 rows" in done.stdout
        assert done.stderr == ""
        found = store.observations(start=0, stop=T0, limit=10**6)
        assert ordered(told) == ordered(found)


def test_sealing_a_missing_store_is_one_clear_line(tmp_path):
    """Exit code 1, and no traceback."""
    command = [sys.executable, "-m", "rabta.store.seal", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("there is no store in ")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(tmp_path):
    """DuckDB opens a file twice; sealing may put a new one there in between."""
    file, done = tmp_path / "day.parquet", threading.Event()
    versions = [tmp_path / "short", tmp_path / "long"]
    with sealed.engine() as engine:
        for version, rows in zip(versions, (1_000, 60_000), strict=True):
            select = f"SELECT range AS n, hash(range) AS h FROM range({rows})"
            sealed.copy_to(engine, select, version)
    shutil.copy(versions[0], file)

    def replace():
        for turn in itertools.count():
            if done.is_set():
                return
            aside = shutil.copy(versions[turn % 2], tmp_path / "aside")
            Path(aside).replace(file)

    replacing = threading.Thread(target=replace)
    replacing.start()
    try:
        with sealed.engine() as engine:
            query = "SELECT count(*), sum(h) FROM read_parquet($1)"
            found = {sealed.read(engine, query, [file])[0] for _ in range(200)}
    finally:
        done.set()
        replacing.join()

    assert {count for count, _ in found} <= {1_000, 60_000}
    assert len(found) == len({count for count, _ in found})
