"""The status reaches the disk often enough, and no oftener."""

import json

import pytest

from rabta.agent.live import LiveHub
from rabta.agent.pipeline import Pipeline
from rabta.agent.publisher import Publisher
from rabta.attribute import Context
from rabta.clock import DAY, SECOND
from rabta.errors import StoreError
from rabta.model import Observation, Probe

from .conftest import START


TICK = SECOND // 10


def measured(tick):
    return Observation(START + tick, "ptcl", 4, "gulf", Probe.ICMP, 0.1)


@pytest.fixture
def hub():
    return LiveHub("none yet")


@pytest.fixture
def publisher(store, hub):
    pipeline = Pipeline(store, Context(), started=START)
    pipeline.set_uplinks((), {}, START)
    return Publisher(pipeline, store, hub)


@pytest.fixture
def written(store, monkeypatch):
    """The documents that were written, in order."""
    found, real = [], store.put_status

    def put_status(document):
        real(document)
        found.append(document)

    monkeypatch.setattr(store, "put_status", put_status)
    return found


def test_while_calm_it_is_written_every_five_seconds(publisher, written):
    for tick in range(301):
        publisher.publish(START + tick * TICK, {}, (), changed=False)

    times = [json.loads(document)["time"] - START for document in written]
    assert times == [second * SECOND for second in range(0, 31, 5)]


def test_a_change_is_written_at_once(publisher, written):
    publisher.publish(START, {}, (), changed=False)
    publisher.publish(START + TICK, {}, (), changed=True)

    assert json.loads(written[-1])["time"] == START + TICK


def test_a_clock_set_back_does_not_silence_it(publisher, written):
    publisher.publish(START, {}, (), changed=False)
    publisher.publish(START - DAY, {}, (), changed=False)

    assert len(written) == 2


def test_the_document_speaks_both_languages(publisher, store):
    publisher.publish(START, {}, (), changed=True)

    _, document = store.status()
    sentence = json.loads(document)["host"]["sentence"]
    assert sentence["en"]
    assert sentence["ur"]


async def test_watchers_are_told_once_a_second_and_get_the_samples(publisher, hub):
    async with hub.subscribe() as events:
        await anext(events)
        for tick in range(30):
            publisher.sample(measured(tick))
            publisher.publish(START + tick * TICK, {}, (), changed=False)
        seen = [await anext(events) for _ in range(6)]

    statuses = [e.status.time - START for e in seen if e.kind == "status"]
    samples = [s for e in seen if e.kind == "samples" for s in e.samples]
    assert statuses == [0, SECOND, 2 * SECOND]
    assert samples == [measured(tick) for tick in range(21)]


def test_samples_nobody_watches_are_not_kept(publisher):
    publisher.sample(measured(0))

    assert publisher._samples == []


def test_a_full_disk_keeps_nobody_from_watching(publisher, hub, store, monkeypatch):
    def full(_):
        raise StoreError("no space left")

    monkeypatch.setattr(store, "put_status", full)
    publisher.publish(START, {}, (), changed=True)

    assert hub.status().time == START
