"""Nothing measured is lost while the disk refuses."""

import pytest

from rabta.agent import recorder as module
from rabta.agent.recorder import Recorder
from rabta.clock import SECOND
from rabta.errors import StoreError
from rabta.locale import render
from rabta.model import Observation, Probe

from .conftest import START


def seen(number):
    return Observation(
        START + number * SECOND, "a", 4, "anycast-a", Probe.ICMP, 0.02, spent_bytes=84
    )


def kept(store):
    return len(store.observations(start=0, stop=2**62, limit=100_000))


@pytest.fixture
def full(store, monkeypatch):
    """A disk that is full until it is told otherwise."""
    real, state = store.record, {"full": True}

    def record(observations):
        if state["full"]:
            raise StoreError("no space left for it")
        real(observations)

    monkeypatch.setattr(store, "record", record)
    return state


def test_what_a_full_disk_refused_is_written_when_there_is_space(store, full):
    recorder = Recorder(store)
    for number in range(100):
        recorder.add(seen(number))
        recorder.flush()
    assert kept(store) == 0
    assert recorder.lost == 100

    full["full"] = False
    recorder.flush()

    assert kept(store) == 100
    assert recorder.lost == 0
    assert recorder.problems() == ()


@pytest.mark.parametrize("language", ["en", "ur"])
def test_it_says_why_and_how_much_is_held(store, full, language):
    recorder = Recorder(store)
    recorder.add(seen(1))
    recorder.flush()

    (problem,) = recorder.problems()

    assert dict(problem.args) == {
        "reason": "no space left for it",
        "held": 1,
        "dropped": 0,
    }
    assert "no space left for it" in render(problem, language)


def test_what_is_dropped_in_the_end_is_the_oldest_and_is_counted(
    store, full, monkeypatch
):
    monkeypatch.setattr(module, "_HELD", 50)
    recorder = Recorder(store)
    for number in range(80):
        recorder.add(seen(number))
    recorder.flush()
    assert dict(recorder.problems()[0].args)["dropped"] == 30

    full["full"] = False
    recorder.flush()

    times = [o.time for o in store.observations(start=0, stop=2**62)]
    assert times == [START + n * SECOND for n in range(30, 80)]
    assert recorder.lost == 30


def test_a_long_queue_is_written_in_parts_and_drained_at_the_end(store, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 10)
    recorder = Recorder(store)
    for number in range(35):
        recorder.add(seen(number))

    recorder.flush()
    assert kept(store) == 10

    recorder.drain()
    assert kept(store) == 35


def test_draining_into_a_full_disk_comes_to_an_end(store, full):
    recorder = Recorder(store)
    recorder.add(seen(1))

    recorder.drain()

    assert recorder.lost == 1
