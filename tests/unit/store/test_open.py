"""Who may open a store, and what opening does to it."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from rabta.errors import StoreError
from rabta.store import Store
from rabta.store.lock import WRITER, writer_of
from rabta.store.migrate import migrate, steps
from tests.unit.accounts import needs_another_account

from .helpers import T0, all_of, ping, verdict


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_writer_is_refused_by_name(store, folder, clock):
    """The message names the process that has it."""
    with pytest.raises(
        StoreError, match=f"another rabta is running, pid {os.getpid()}"
    ):
        Store.open(folder, clock=clock)


def test_who_is_through_with_a_store_is_not_named_as_its_writer(folder, clock):
    """Not even where its number is in use: by this process, of a path with the name."""
    with Store.open(folder, clock=clock):
        assert (folder / WRITER).read_text().strip() == str(os.getpid())

    assert (folder / WRITER).read_text() == ""
    assert writer_of(folder) == 0


def test_the_lock_ends_with_the_process(folder, clock):
    """A lock file that a killed process left behind locks nothing."""
    script = f"""
import os, signal
from pathlib import Path
from rabta.clock import SystemClock
from rabta.store import Store
store = Store.open(Path({str(folder)!r}), clock=SystemClock())
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], check=False)

    with Store.open(folder, clock=clock) as store:
        assert all_of(store) == []


def test_a_reader_creates_nothing(folder, clock):
    """Neither a store that is missing nor files beside one that is there."""
    with pytest.raises(StoreError, match="no store"):
        Store.open(folder, clock=clock, read_only=True)
    assert not folder.exists()
    with Store.open(folder, clock=clock) as store:
        store.record([ping(T0)])
    before = contents(folder)

    with Store.open(folder, clock=clock, read_only=True) as reader:
        assert [ping(T0)] == all_of(reader)
        with pytest.raises(StoreError, match="reading only"):
            reader.record([ping(T0)])

    assert before == contents(folder)


def test_a_reader_sees_what_is_written_after_it_opened(folder, clock):
    """Also when nobody wrote at the time it opened."""
    Store.open(folder, clock=clock).close()
    with (
        Store.open(folder, clock=clock, read_only=True) as reader,
        Store.open(folder, clock=clock) as writer,
    ):
        assert all_of(reader) == []
        writer.record([ping(T0)])
        writer.put_status(b"{}")

        assert [ping(T0)] == all_of(reader)
        assert reader.status() == (T0, b"{}")


@needs_another_account
@pytest.mark.parametrize("killed", [False, True])
def test_another_user_reads_without_the_right_to_write(clock, request, killed):
    """While the daemon writes, and what it left when it was killed."""
    public = Path(tempfile.mkdtemp())
    request.addfinalizer(lambda: shutil.rmtree(public))
    public.chmod(0o755)
    folder = public / "store"
    store = Store.open(folder, clock=clock)
    request.addfinalizer(store.close)
    store.record([ping(T0)])
    if killed:
        folder = Path(shutil.copytree(folder, public / "copy"))
    script = f"""
import os
from pathlib import Path
from rabta.clock import ManualClock
from rabta.store import Store
def read():
    with Store.open(Path({str(folder)!r}), clock=ManualClock(0), read_only=True) as s:
        return len(s.observations(start=0, stop=2**62))
read()  # imports all, which the other user may not
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
print(read())
"""
    before = sorted(folder.iterdir())

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("1\n", "")
    assert before == sorted(folder.iterdir())


def test_a_newer_store_is_refused_untouched(folder, clock):
    """Byte for byte, by readers and writers."""
    with Store.open(folder, clock=clock) as store:
        store.put_verdict(verdict())
    raw = sqlite3.connect(folder / "rabta.sqlite")
    raw.execute("PRAGMA user_version = 99")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    before = contents(folder)

    for read_only in (True, False):
        with pytest.raises(StoreError, match=r"newer rabta \(schema 99"):
            Store.open(folder, clock=clock, read_only=read_only)

    assert before == contents(folder)


def test_a_newer_store_that_was_killed_is_refused_untouched(folder, tmp_path, clock):
    """Its version may stand in the write-ahead log only."""
    with Store.open(folder, clock=clock):
        raw = sqlite3.connect(folder / "rabta.sqlite")
        raw.execute("PRAGMA user_version = 99")
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        raw.close()
    database = (copy / "rabta.sqlite", copy / "rabta.sqlite-wal")
    before = [file.read_bytes() for file in database]

    with pytest.raises(StoreError, match="newer rabta"):
        Store.open(copy, clock=clock)

    assert before == [file.read_bytes() for file in database]


def test_another_programs_database_is_refused(folder, clock):
    """Whoever points Rabta at the wrong folder loses nothing."""
    folder.mkdir()
    raw = sqlite3.connect(folder / "rabta.sqlite")
    raw.execute("CREATE TABLE mine (a)")
    raw.commit()
    raw.close()
    before = contents(folder)

    with pytest.raises(StoreError, match="not a store of rabta"):
        Store.open(folder, clock=clock)

    assert before == contents(folder)


def version_one(folder):
    """Make a store of schema 1, as its program would have left it."""
    folder.mkdir()
    raw = sqlite3.connect(folder / "rabta.sqlite", isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    migrate(raw, steps()[:1])
    raw.execute(
        "INSERT INTO series VALUES (1, 'rabta', 'icmp_rtt_seconds',"
        " 'target/cloudflare-dns', 'uplink/ptcl/4', 'cloudflare-dns', 's', 'higher',"
        " ?1, ?1)",
        (T0,),
    )
    raw.execute("INSERT INTO address VALUES (1, '192.0.2.1')")
    raw.execute(
        "INSERT INTO raw VALUES (?, 1, 0, 0.03, NULL, 1, 84, NULL)", (T0 // 60_000_000,)
    )
    raw.close()


def test_version_one_is_brought_up_to_date(folder, clock):
    """With everything that it held."""
    version_one(folder)

    with pytest.raises(StoreError, match="older rabta"):
        Store.open(folder, clock=clock, read_only=True)
    with Store.open(folder, clock=clock) as store:
        assert [ping(T0)] == all_of(store)
        clock.advance(30 * 86_400_000_000)
        assert store.seal().rows == 1
        assert [ping(T0)] == all_of(store)
    with Store.open(folder, clock=clock, read_only=True) as reader:
        assert [ping(T0)] == all_of(reader)


def test_answers_of_unknown_origin_are_not_given_to_any_line(folder, clock):
    """Before version 5 a name had one answer for all uplinks."""
    folder.mkdir()
    raw = sqlite3.connect(folder / "rabta.sqlite", isolation_level=None)
    migrate(raw, steps()[:4])
    raw.execute("INSERT INTO resolved VALUES ('x.example', 4, '10.10.34.34')")
    raw.close()

    with Store.open(folder, clock=clock) as store:
        assert store.addresses(("ptcl", 4), "x.example") == ()
        store.remember_addresses(("ptcl", 4), "x.example", ["192.0.2.1"])
    with Store.open(folder, clock=clock, read_only=True) as reader:
        assert reader.addresses(("ptcl", 4), "x.example") == ("192.0.2.1",)


def test_a_migration_that_fails_leaves_the_old_version(folder):
    """Each step is one transaction."""
    version_one(folder)
    raw = sqlite3.connect(folder / "rabta.sqlite", isolation_level=None)

    with pytest.raises(sqlite3.Error):
        migrate(raw, [steps()[0], "CREATE TABLE half (a); SELECT nonsense;"])

    assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    assert (
        raw.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchall() == []
    )
    raw.close()


def test_a_folder_that_cannot_be_made_says_so(tmp_path, clock):
    """A file where the folder should be is a plain sentence."""
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be written"):
        Store.open(tmp_path / "file" / "store", clock=clock)


def test_a_reader_is_not_held_up_by_a_writer(folder, clock):
    """A transaction in progress in another process blocks no reader."""
    Store.open(folder, clock=clock).close()
    script = f"""
import sqlite3, sys
c = sqlite3.connect({str(folder / "rabta.sqlite")!r}, isolation_level=None)
c.execute("BEGIN IMMEDIATE")
c.execute("INSERT INTO gap VALUES (1, 2)")
print("writing", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with Store.open(folder, clock=clock, read_only=True) as reader:
            began = time.monotonic()
            assert reader.gaps(0, T0) == []
            assert time.monotonic() - began < 5
        assert writer.stdin is not None
        writer.stdin.close()
