"""Manners towards services, over real sockets."""

import errno
import gzip
import os
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread

import httpx2
import pytest

from rabta.clock import HOUR, SECOND
from rabta.errors import FetchError
from rabta.sources.polite import Fetcher

from .helpers import NOW
from .service import Answer, in_turn


BODY = b'{"some": "json"}' * 1000
OUR_TIME = datetime.fromtimestamp(NOW / 1e6, UTC)


def test_an_answer_is_kept_and_says_who_asks(service, fetcher):
    service.answer = in_turn(Answer(BODY))
    found = fetcher.get(service.base + "/a")
    assert found.body.read_bytes() == BODY
    assert found.fresh
    assert service.asked[0][1]["user-agent"].startswith("rabta/")


def test_what_did_not_change_is_not_sent_again(service, fetcher):
    def answer(_, headers):
        if headers.get("if-none-match") == '"v1"':
            return Answer(status=304)
        return Answer(BODY, headers={"ETag": '"v1"'})

    service.answer = answer
    fetcher.get(service.base + "/a")
    again = fetcher.get(service.base + "/a")
    assert not again.fresh
    assert again.body.read_bytes() == BODY


def test_without_a_tag_the_time_of_change_is_asked_by(service, fetcher):
    stamp = "Tue, 01 Dec 2026 10:00:00 GMT"
    service.answer = in_turn(
        Answer(BODY, headers={"Last-Modified": stamp}), Answer(status=304)
    )
    fetcher.get(service.base + "/a")
    fetcher.get(service.base + "/a")
    assert service.asked[1][1]["if-modified-since"] == stamp


def test_what_is_young_enough_is_not_asked_for(service, fetcher, clock):
    service.answer = in_turn(Answer(BODY))
    fetcher.get(service.base + "/a")
    fetcher.get(service.base + "/a", keep=3600)
    assert len(service.asked) == 1
    clock.advance(2 * HOUR)
    fetcher.get(service.base + "/a", keep=3600)
    assert len(service.asked) == 2


def test_a_second_lies_between_two_requests(service, fetcher, waits):
    service.answer = in_turn(Answer(BODY))
    fetcher.get(service.base + "/a")
    fetcher.get(service.base + "/b")
    assert waits == [pytest.approx(1.0)]


def test_it_waits_as_long_as_the_service_says(service, fetcher, waits):
    service.answer = in_turn(
        Answer(status=429, headers={"Retry-After": "17"}), Answer(BODY)
    )
    assert fetcher.get(service.base + "/a").fresh
    assert waits[0] == 17


def test_a_date_to_retry_after_is_read_by_the_services_clock(service, fetcher, waits):
    theirs = OUR_TIME - timedelta(days=3)
    until = theirs + timedelta(seconds=40)
    service.answer = in_turn(
        Answer(
            status=503,
            headers={
                "Date": format_datetime(theirs, usegmt=True),
                "Retry-After": format_datetime(until, usegmt=True),
            },
        ),
        Answer(BODY),
    )
    fetcher.get(service.base + "/a")
    assert waits[0] == 40


def test_a_wait_of_hours_is_told_rather_than_slept(service, fetcher, waits):
    service.answer = in_turn(Answer(status=429, headers={"Retry-After": "7200"}))
    with pytest.raises(FetchError, match="7200 s"):
        fetcher.get(service.base + "/a")
    assert not waits


def test_a_server_in_trouble_is_asked_five_times_more_and_more_slowly(
    service, fetcher, waits
):
    service.answer = in_turn(Answer(status=502))
    with pytest.raises(FetchError, match="502, 5 times"):
        fetcher.get(service.base + "/a")
    assert len(service.asked) == 5
    assert waits == sorted(waits)


def test_a_refusal_is_not_repeated(service, fetcher):
    service.answer = in_turn(Answer(status=403))
    with pytest.raises(FetchError, match="token"):
        fetcher.get(service.base + "/a")
    assert len(service.asked) == 1


def test_a_transfer_that_broke_off_goes_on_where_it_was(service, fetcher):
    def answer(_, headers):
        if "range" in headers:
            start = int(headers["range"].removeprefix("bytes=").rstrip("-"))
            rest = BODY[start:]
            span = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
            return Answer(rest, 206, {"Content-Range": span, "ETag": '"v1"'})
        return Answer(BODY, headers={"ETag": '"v1"'}, cut=5000)

    service.answer = answer
    assert fetcher.get(service.base + "/a").body.read_bytes() == BODY
    assert service.asked[1][1]["range"] == "bytes=5000-"
    assert service.asked[1][1]["if-range"] == '"v1"'


@pytest.mark.parametrize("span", ["bytes 0-9/20000", "bytes 9000-9009/20000", ""])
def test_another_part_than_was_asked_for_is_never_joined(service, fetcher, span):
    def answer(_, headers):
        if "range" in headers:
            return Answer(b"x" * 10, 206, {"Content-Range": span, "ETag": '"v1"'})
        cut = 5000 if len(service.asked) == 1 else None
        return Answer(BODY, headers={"ETag": '"v1"'}, cut=cut)

    service.answer = answer
    assert fetcher.get(service.base + "/a").body.read_bytes() == BODY


def test_a_transfer_that_broke_off_starts_anew_where_nothing_else_is_safe(
    service, fetcher
):
    service.answer = in_turn(Answer(BODY, cut=5000), Answer(BODY))
    assert fetcher.get(service.base + "/a").body.read_bytes() == BODY
    assert "range" not in service.asked[1][1]


def test_a_cut_answer_is_never_taken_for_a_whole_one(service, fetcher):
    service.answer = in_turn(Answer(BODY, cut=100))
    with pytest.raises(FetchError, match="breaks off"):
        fetcher.get(service.base + "/a")
    assert not [one for one in fetcher._folder.iterdir() if not one.suffix]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"", headers={"Content-Length": "2000000"}, cut=0),
        Answer(gzip.compress(b"x" * 3_000_000), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["said", "packed"],
)
def test_an_answer_that_is_too_large_is_refused(service, fetcher, answer):
    service.answer = in_turn(answer)
    with pytest.raises(FetchError, match="larger than 1 MB"):
        fetcher.get(service.base + "/a")


def test_the_difference_of_the_clocks_is_told(service, fetcher):
    theirs = format_datetime(OUR_TIME - timedelta(hours=5), usegmt=True)
    service.answer = in_turn(Answer(BODY, headers={"Date": theirs}))
    assert fetcher.get(service.base + "/a").skew == pytest.approx(5 * HOUR, abs=2e6)


def test_one_is_not_sent_on_without_encryption(fetcher, monkeypatch):
    asked = []

    def answer(_, request):
        asked.append(str(request.url))
        if request.url.path == "/moved":
            return httpx2.Response(302, headers={"Location": "https://b.example/c"})
        return httpx2.Response(302, headers={"Location": "http://a.example/b"})

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", answer)
    with pytest.raises(FetchError, match=r"sends one on to a\.example, without"):
        fetcher.get("https://a.example/moved")
    assert asked == ["https://a.example/moved", "https://b.example/c"]


def test_two_at_once_ask_once(service, fetcher, tmp_path, clock):
    def slowly(*_):
        time.sleep(0.3)
        return Answer(BODY)

    service.answer = slowly
    found = []
    other = Fetcher(fetcher._folder, clock=clock, pace=0)
    threads = [
        Thread(target=lambda one=one: found.append(one.get(service.base, keep=60)))
        for one in (fetcher, other)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    other.close()
    assert sorted(one.fresh for one in found) == [False, True]
    assert {one.body.read_bytes() for one in found} == {BODY}
    assert len(service.asked) == 1


def test_a_full_disk_is_told(service, fetcher, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    service.answer = in_turn(Answer(BODY))
    monkeypatch.setattr("rabta.sources.polite.os.fsync", full)
    with pytest.raises(FetchError, match="cannot be kept: No space left"):
        fetcher.get(service.base)


def test_a_service_that_is_not_there_is_told(fetcher):
    with pytest.raises(FetchError, match="cannot be reached"):
        fetcher.get("http://127.0.0.1:1/a")


def test_the_oldest_answers_are_removed_when_there_are_too_many(
    tmp_path, clock, service
):
    service.answer = lambda *_: Answer(b"x" * 1000)
    folder = tmp_path / "fetched"
    fetcher = Fetcher(folder, clock=clock, sleep=lambda _: None, most=5000)
    found = []
    for number in range(12):
        found.append(fetcher.get(f"{service.base}/{number}"))
        os.utime(found[-1].body, (number, NOW // SECOND + number))
    assert 7 <= fetcher.removed <= 10
    assert found[-1].body.exists()
    assert not found[0].body.exists()
    assert sum(one.stat().st_size for one in folder.iterdir()) <= 6000
    fetcher.close()
    fetcher = Fetcher(folder, clock=clock, most=1500)
    fetcher.close()
    assert [one.suffix for one in sorted(folder.iterdir())] == ["", ".json", ".lock"]
