"""What is told is written behind, in order and once; the loop waits for no disk."""

import asyncio
import contextlib
import sqlite3
import threading
import time

import pytest

from rabta.agent import scribe as module
from rabta.agent.daemon import Agent
from rabta.agent.recorder import Recorder
from rabta.agent.scribe import Scribe
from rabta.clock import SECOND, ManualClock
from rabta.config import Config
from rabta.config import Store as StoreSettings
from rabta.errors import StoreError
from rabta.model import Kind, Message, State, Verdict

from .conftest import START
from .test_recorder import kept, seen


ENTITY = "uplink/ptcl"
LOCKED = 0.6  # seconds: as long as sealing has kept a commit waiting


def verdict(seconds, code="isp-access"):
    time = START + seconds * SECOND
    sentence = Message.of("verdict.host-starting")
    return Verdict(
        *(time, ENTITY, code, 4, State.DOWN, sentence, 0.9, (), (), (), None),
        since=time,
    )


@pytest.fixture
def recorder(store):
    return Recorder(store)


@pytest.fixture
def scribe(store, recorder):
    made = Scribe(store, recorder)
    yield made
    made.close()


@contextlib.contextmanager
def locked(store, seconds=LOCKED):
    """Another process's long transaction, as sealing has."""
    held = threading.Event()

    def hold():
        file = store.path / "rabta.sqlite"
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(seconds)
            other.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    yield
    thread.join()


async def worst_delay(seconds):
    """Return how late the loop was at worst, in seconds."""
    worst, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        due = time.monotonic() + 0.005
        await asyncio.sleep(0.005)
        worst = max(worst, time.monotonic() - due)
    return worst


def told_of_an_outage(scribe):
    number = scribe.open_disruption(
        ENTITY, Kind.OUTAGE, START, 1.0, 1.0, verdict(1, "undetermined")
    )
    scribe.add_disruption_verdict(number, verdict(2), Kind.OUTAGE, 1.0)
    scribe.close_disruption(number, START + 9 * SECOND)


def test_a_disruption_is_spoken_of_before_it_has_a_number(scribe, store):
    told_of_an_outage(scribe)
    told_of_an_outage(scribe)
    assert store.disruptions() == []

    scribe.close()

    for one in store.disruptions():
        assert [v.code for v in one.verdicts] == ["undetermined", "isp-access"]
        assert one.end == START + 9 * SECOND
    assert len(store.disruptions()) == 2


def test_a_disruption_of_an_earlier_run_is_ended_by_its_number(scribe, store):
    number = store.open_disruption(ENTITY, Kind.OUTAGE, START, 1.0, 1.0, verdict(1))

    scribe.close_disruption(number, START + SECOND)
    scribe.close()

    assert store.disruption(number).end == START + SECOND


async def test_the_loop_is_not_held_up_by_a_disk_that_is(scribe, recorder, store):
    running = asyncio.create_task(scribe.run())
    with locked(store):
        recorder.add(seen(1))
        told_of_an_outage(scribe)
        scribe.put_status(b"{}")
        scribe.remember_addresses(("wan1", 4), "a.example", ["192.0.2.1"])
        scribe.wake()
        late = await worst_delay(LOCKED)
        assert store.disruptions() == []
    await asyncio.sleep(0.5)
    running.cancel()

    assert late < 0.1
    assert len(store.disruptions()) == 1
    assert kept(store) == 1
    assert store.status()[1] == b"{}"
    assert store.addresses(("wan1", 4), "a.example") == ("192.0.2.1",)


async def test_the_daemon_never_waits_for_the_disk(store, tmp_path):
    """Not with verdicts, measurements, addresses, gaps or the status."""
    clock = ManualClock(START)
    agent = Agent(Config(StoreSettings(tmp_path)), store, system=clock)
    clock.step(9 * SECOND)
    with locked(store):
        began = time.monotonic()
        agent._observed(seen(1))
        agent._tell(uplinks=())
        agent._look_at_clock()
        agent._publish(clock.now(), changed=agent._judge(clock.now()))
        agent._runner._addresses.learn(
            ("wan1", 4), "a.example", ["192.0.2.1"], 1, own=True
        )
        took = time.monotonic() - began
    agent._scribe.close()

    assert took < LOCKED
    assert store.verdicts("host", 0, 2**62)
    assert len(store.gaps(0, 2**62)) == 1
    assert kept(store) == 1
    assert store.status() is not None
    assert store.addresses(("wan1", 4), "a.example") == ("192.0.2.1",)


@pytest.fixture
def full(store, monkeypatch):
    """A disk that refuses all but reads until it is told otherwise."""
    state = {"full": True}
    for name in ("put_verdict", "open_disruption", "record", "put_status"):
        real = getattr(store, name)

        def write(*args, real=real):
            if state["full"]:
                raise StoreError("no space left for it")
            return real(*args)

        monkeypatch.setattr(store, name, write)
    return state


def test_what_a_full_disk_refused_is_written_once_and_in_order(
    scribe, recorder, store, full
):
    for number in range(5):
        scribe.put_verdict(verdict(number))
        recorder.add(seen(number))
        scribe._write()
    told_of_an_outage(scribe)
    scribe._write()
    assert recorder.problems()
    assert store.verdicts(ENTITY, 0, 2**62) == []

    full["full"] = False
    scribe._write()

    times = [one.time for one in store.verdicts(ENTITY, 0, 2**62)]
    assert times == [START + number * SECOND for number in range(5)]
    assert kept(store) == 5
    (one,) = store.disruptions()
    assert one.end is not None
    assert recorder.problems() == ()


def test_a_disk_that_refuses_for_ever_does_not_fill_the_memory(
    scribe, store, full, monkeypatch
):
    """The oldest are dropped; what speaks of a dropped disruption is left out."""
    monkeypatch.setattr(module, "_HELD", 10)
    told_of_an_outage(scribe)
    for number in range(9):
        scribe.put_verdict(verdict(number))
    scribe._write()

    full["full"] = False
    scribe._write()

    assert store.disruptions() == []
    assert len(store.verdicts(ENTITY, 0, 2**62)) == 9


def test_of_statuses_only_the_newest_is_written(scribe, store):
    scribe.put_status(b"1")
    scribe.put_status(b"2")
    scribe.close()

    assert store.status()[1] == b"2"


def test_what_is_added_while_others_are_written_is_not_lost(
    recorder, store, monkeypatch
):
    real = store.record

    def record(batch):
        real(batch)
        recorder.add(seen(1000 + len(batch)))

    monkeypatch.setattr(store, "record", record)
    recorder.add(seen(1))
    recorder.flush()

    assert recorder.lost == 1
    monkeypatch.setattr(store, "record", real)
    recorder.drain()
    assert kept(store) == 2
