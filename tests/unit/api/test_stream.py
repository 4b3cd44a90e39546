"""The live stream, over a real socket."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from rabta.clock import SECOND
from rabta.model import LiveEvent, Probe
from tests.browser import sample
from tests.browser.office import Office, office


@pytest.fixture
def served() -> Iterator[Office]:
    with office() as one:
        yield one


class Stream:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response

    def next(self, *, alive: bool = False) -> dict:
        while True:
            event = {}
            while line := self._response.readline().decode().rstrip("\n"):
                name, _, value = line.partition(": ")
                event[name] = value
            if event.get("event") != "alive" or alive:
                return event


@contextmanager
def watching(office: Office, last_id: str = "") -> Iterator[Stream]:
    connection = http.client.HTTPConnection(urlsplit(office.url).netloc, timeout=15)
    headers = {"Last-Event-ID": last_id} if last_id else {}
    connection.request("GET", "/api/live", headers=headers)
    response = connection.getresponse()
    assert response.headers["content-type"].startswith("text/event-stream")
    try:
        yield Stream(response)
    finally:
        response.close()
        connection.close()


def seen(office: Office, after: int):
    time_ = office.now + after * SECOND
    return (sample._seen(time_, "storm", "west-1", Probe.ICMP, 0.123),)


def test_the_newest_status_comes_first_with_its_sentences_spoken(served):
    with watching(served) as stream:
        event = stream.next()
    assert event["event"] == "status"
    assert event["retry"] == "1000"
    assert json.loads(event["data"])["host"]["sentence"]["ur"]


def test_samples_and_a_changed_status_follow_at_once(served):
    with watching(served) as stream:
        stream.next()
        asked = time.monotonic()
        served.measure(seen(served, 1))
        event = stream.next()
        assert event["event"] == "samples"
        assert event["id"] == str(served.now + SECOND)
        assert json.loads(event["data"])[0]["value"] == 0.123
        served.publish(replace(served.live.status(), time=served.now + SECOND))
        event = stream.next()
        assert json.loads(event["data"])["time"] == served.now + SECOND
        assert time.monotonic() - asked < 1.0


def test_a_watcher_that_comes_back_is_given_what_it_missed(served):
    served.measure(seen(served, 1) + seen(served, 2))
    with watching(served, str(served.now + SECOND)) as stream:
        assert stream.next()["event"] == "status"
        missed = json.loads(stream.next()["data"])
    assert [one["time"] for one in missed] == [served.now + 2 * SECOND]


@pytest.mark.parametrize("last", ["x", "-5", "٣", "99999999999999999999"])
def test_an_id_that_is_not_ours_gives_what_a_new_watcher_gets(served, last):
    with watching(served, last.encode().decode("latin-1")) as stream:
        assert stream.next()["event"] == "status"


def test_silence_is_told_from_death_by_a_heartbeat(served):
    with watching(served) as stream:
        stream.next()
        asked = time.monotonic()
        assert stream.next(alive=True)["event"] == "alive"
        assert time.monotonic() - asked < 4.0


def test_a_status_whose_event_was_lost_is_sent_with_the_next_news(served):
    with watching(served) as stream:
        stream.next()
        changed = replace(served.live.status(), time=served.now + 7)

        def lose_the_event() -> None:
            served.live.newest = changed
            served.live._push(LiveEvent("samples", samples=seen(served, 3)))

        served.loop.call_soon_threadsafe(lose_the_event)
        assert stream.next()["event"] == "samples"
        assert json.loads(stream.next()["data"])["time"] == served.now + 7


def test_a_watcher_that_leaves_is_forgotten(served):
    with watching(served) as stream:
        stream.next()
        assert len(served.live.queues) == 1
    deadline = time.monotonic() + 10
    while served.live.queues and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not served.live.queues


def test_a_server_with_watchers_stops_when_told_to(served):
    with watching(served) as stream:
        stream.next()
        asked = time.monotonic()
        served.stop()
        assert time.monotonic() - asked < 5
