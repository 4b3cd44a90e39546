"""Damage is named, moved aside, never deleted, and does not spread."""

import sqlite3
import subprocess
from contextlib import closing

import pytest

from rabta.clock import DAY, HOUR, MINUTE
from rabta.errors import StoreError
from rabta.model import Kind
from rabta.store import Batch, SeriesKey, Store
from rabta.store.connect import explained
from rabta.store.repair import repair

from .helpers import T0, all_of, day_of_pings, ordered, ping, series_number, verdict


def flip(file, at, count=64):
    """Invert bytes in place, as a failing card does."""
    with file.open("r+b") as stream:
        stream.seek(at)
        old = stream.read(count)
        stream.seek(at)
        stream.write(bytes(byte ^ 0xFF for byte in old))


@pytest.fixture
def sealed(store, clock):
    """Two sealed days of two targets in different buckets, and a hot one."""
    for day in range(3):
        store.record(day_of_pings(T0 + day * DAY))
    clock.advance(3 * DAY)
    store.seal()
    return store


def raw_files(folder, day):
    return sorted((folder / "series" / "raw").rglob(f"*{day}.parquet"))


@pytest.mark.parametrize("where", ["values", "footer", "cut", "empty"])
def test_a_damaged_file_is_named_and_all_else_is_readable(sealed, folder, where):
    """Flipped bits in numbers would otherwise read as other numbers."""
    file, _ = raw_files(folder, "21")
    size = file.stat().st_size
    match where:
        case "values":
            flip(file, size // 3)
        case "footer":
            flip(file, size - 200)
        case "cut":
            file.write_bytes(file.read_bytes()[: size // 2])
        case "empty":
            file.write_bytes(b"")
    day = {"start": T0, "stop": T0 + DAY, "step_seconds": 300}

    with pytest.raises(StoreError, match="is damaged") as error:
        all_of(sealed)
    assert str(file) in error.value.message
    assert f"mv '{file}'" in error.value.hint
    readable = []
    for name in ("t0", "t1"):
        try:
            readable.append(sum(sealed.points(series_number(sealed, name), **day).sent))
        except StoreError:
            readable.append(0)
    assert sorted(readable) == [0, 1440]
    after = sealed.observations(start=T0 + DAY, stop=T0 + 3 * DAY, limit=10**6)
    assert len(after) == 2 * 2880

    file.rename(f"{file}.damaged")  # the cure that the hint gives
    assert len(all_of(sealed)) == 5 * 1440
    for name in ("t0", "t1"):  # the minutes and hours of that day are still there
        assert sum(sealed.points(series_number(sealed, name), **day).sent) == 1440


def test_sealing_moves_a_damaged_file_aside(sealed, folder):
    """It cannot be merged into, and must not stop all sealing for ever."""
    file, _ = raw_files(folder, "21")
    flip(file, file.stat().st_size // 3)
    late = [ping(T0 + HOUR + 13, 9.0, target=f"t{n}") for n in range(2)]
    sealed.record(late)

    done = sealed.seal()

    assert [aside.name for aside in done.damaged] == [f"{file.name}.damaged"]
    assert done.damaged[0].exists()
    assert done.rows == 2
    found = all_of(sealed)
    assert len(found) == 5 * 1440 + 2
    assert set(late) <= set(found)
    for step in (60, 300, 3600):  # figures of all rows outlive the damage
        span = {"start": T0, "stop": T0 + DAY, "step_seconds": step}
        numbers = [series_number(sealed, name) for name in ("t0", "t1")]
        assert sorted(sum(sealed.points(n, **span).sent) for n in numbers) == [
            1440,
            1441,
        ]


def fill(folder, clock):
    with Store.open(folder, clock=clock) as store:
        for day in range(3):
            store.record(day_of_pings(T0 + day * DAY))
        clock.advance(3 * DAY)
        store.seal()
        for n in range(50):
            store.put_verdict(verdict(T0 + n * MINUTE))
        store.open_disruption("uplink/ptcl", Kind.OUTAGE, T0, 1, 1, verdict())
        key = SeriesKey("ioda", "bgp_ratio", "country/PK")
        store.append([Batch(key, "ratio", "lower", [T0], [0.5])])


def test_a_database_that_is_none_is_named_with_the_cure(folder, clock):
    """And what the cure does is as said: sealed data is there, nothing deleted."""
    fill(folder, clock)
    file = folder / "rabta.sqlite"
    flip(file, 0, 4096)
    damaged = file.read_bytes()

    for read_only in (True, False):
        with pytest.raises(StoreError, match="is damaged") as error:
            Store.open(folder, clock=clock, read_only=read_only)
        assert str(file) in error.value.message
        assert error.value.command in error.value.hint
    assert damaged == file.read_bytes()
    done = subprocess.run(  # in a shell, as somebody who copies it would
        error.value.command, shell=True, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""

    assert f"{file}.damaged" in done.stdout
    assert damaged == (folder / "rabta.sqlite.damaged").read_bytes()
    with Store.open(folder, clock=clock) as store:
        first_days = [o for d in (0, 1) for o in day_of_pings(T0 + d * DAY)]
        assert ordered(first_days) == ordered(all_of(store))
        span = {"start": T0, "stop": T0 + 2 * DAY, "step_seconds": 3600}
        assert sum(store.points(series_number(store, "t0"), **span).sent) == 2880
        (bgp,) = [info for info in store.series() if info.source == "ioda"]
        assert (bgp.unit, bgp.worse) == ("ratio", "lower")
        store.record([ping(T0 + 9 * DAY)])


def test_repair_carries_over_what_can_be_read(folder, clock):
    """A torn page in the hot rows costs the rows on it, and no verdict."""
    fill(folder, clock)
    with Store.open(folder, clock=clock, read_only=True) as store:
        before = all_of(store)
        verdicts = store.verdicts("uplink/ptcl", 0, T0 + 9 * DAY)
        disruptions = store.disruptions()
    file = folder / "rabta.sqlite"
    flip(file, leaf_of_raw(file) * 4096 - 4096, 8)

    with (
        pytest.raises(StoreError, match="damaged"),
        Store.open(folder, clock=clock) as store,
    ):
        all_of(store)
    done = repair(folder)

    assert done.carried["verdict"] == 50
    with Store.open(folder, clock=clock) as store:
        after = all_of(store)
        assert set(after) < set(before)
        assert 0 < len(before) - len(after) < 400
        assert verdicts == store.verdicts("uplink/ptcl", 0, T0 + 9 * DAY)
        assert disruptions == store.disruptions()
        store.record([ping(T0 + 9 * DAY)])


def leaf_of_raw(file):
    """Return the number of a page in the middle of the hot rows."""
    data = file.read_bytes()
    pages = range(2, len(data) // 4096 + 1)
    # 10 is an index leaf, which a WITHOUT ROWID table consists of; full of raw rows
    leaves = [
        page
        for page in pages
        if data[(page - 1) * 4096] == 10
        and int.from_bytes(data[(page - 1) * 4096 + 3 : (page - 1) * 4096 + 5]) > 60
    ]
    return leaves[len(leaves) // 2]


def test_repair_is_refused_while_rabta_runs(store, folder):
    """Moving a live database would lose what it writes next."""
    with pytest.raises(StoreError, match="another rabta is running"):
        repair(folder)


def test_repair_of_nothing_is_a_clear_error(tmp_path):
    """As for a mistyped folder."""
    with pytest.raises(StoreError, match="there is no"):
        repair(tmp_path)
    assert not (tmp_path / "rabta.sqlite").exists()


@pytest.mark.parametrize("name", ["evidence.sqlite", "outbox.sqlite"])
def test_the_repair_of_the_store_is_not_offered_for_other_files(tmp_path, name):
    file = tmp_path / name
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE rows (text TEXT)")
        database.executemany("INSERT INTO rows VALUES (?)", [("x" * 900,)] * 50)
        database.commit()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)

    with (
        pytest.raises(StoreError) as caught,
        explained(file),
        closing(sqlite3.connect(file)) as again,
    ):
        again.execute("SELECT sum(length(text)) FROM rows").fetchone()

    assert caught.value.command == ""
    assert "put back a backup" in caught.value.hint
