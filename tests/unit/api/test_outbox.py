"""The queue in the API and on its pages: read, cancelled, taken up again."""

import pytest
import requests

from rabta.clock import SystemClock
from rabta.model import Call, Command, JobState, Message, Needs, Order, Upload
from rabta.outbox.transfer.state import State, text_of
from rabta.store.outbox import Queue, Reached, Worker


@pytest.fixture
def queue(served):
    with Queue.open(served.store.path, clock=SystemClock()) as opened:
        yield opened
        for job in opened.jobs(limit=1000):
            opened.cancel(job.id)
        opened.expire(SystemClock().now() + 1)


def add(queue, title="film.mov → https://example.com/", size=100):
    order = Order(
        Command(("true",), "/", (("TOKEN", "{file:/secret}"),)),
        title,
        needs=Needs(uplink="none"),
        size=size,
    )
    return queue.add([(order, "")])[0]


def get(office, path, code=200, **headers):
    answer = requests.get(office.url + path, timeout=10, headers=headers)
    assert answer.status_code == code, answer.text
    return answer


def test_without_a_queue_it_is_empty_and_says_how_to_fill_it(served):
    assert get(served, "/api/outbox").json()["jobs"] == []
    assert "rabta send" in get(served, "/outbox").text
    assert get(served, "/api/outbox/1", 404).json()["cure"]


def test_a_job_is_told_with_its_progress_attempts_and_reason(served, queue):
    number = add(queue)
    worker = Worker.enter(queue.path)
    job = queue.lease(worker, [gate.id for gate in queue.gates()])
    says = Message.of("outbox.exited", code=3)
    queue.give_back(job, "server", says, 60.0, Reached(40, "", "storm"))
    worker.leave()

    told = get(served, f"/api/outbox/{number}").json()
    assert (told["state"], told["done_bytes"], told["failures"]) == ("waiting", 40, 1)
    assert told["says"]["en"] == "The command ended with exit code 3."
    assert told["attempts"][0]["uplink"] == "storm"
    listed = get(served, "/api/outbox?state=waiting").json()
    assert listed["counts"]["waiting"] == 1
    assert listed["left_bytes"] == 60
    assert get(served, "/api/outbox?state=done").json()["jobs"] == []
    page = get(served, f"/outbox/{number}").text
    assert "exit code" in page
    assert f'action="/outbox/{number}/retry"' in page
    assert "کمانڈ" in get(served, f"/outbox/{number}?lang=ur").text
    assert 'value="40"' in get(served, "/outbox").text


def test_values_of_variables_headers_and_bodies_are_for_the_owner_alone(served, queue):
    work = Call("https://h/x?key=hush", "POST", (("X-Name", "hush"),), "hush")
    orders = [
        Order(work, "POST https://h/x", needs=Needs(uplink="none")),
        Order(
            Command(("true",), "/", (("NAME", "hush"),)),
            "true",
            needs=Needs(uplink="none"),
        ),
    ]
    numbers = queue.add([(order, "h") for order in orders])

    for path in ("/api/outbox", *(f"/api/outbox/{one}" for one in numbers)):
        assert "hush" not in get(served, path).text
    for one in numbers:
        assert "hush" not in get(served, f"/outbox/{one}").text
        cancelled = requests.post(served.url + f"/api/outbox/{one}/cancel", timeout=10)
        assert "hush" not in cancelled.text


def test_it_is_cancelled_and_taken_up_again_by_forms_and_by_programs(served, queue):
    number = add(queue)
    done = requests.post(served.url + f"/outbox/{number}/cancel", timeout=10)
    assert done.url.endswith(f"/outbox/{number}")
    assert queue.job(number).state is JobState.CANCELLED
    again = requests.post(served.url + f"/api/outbox/{number}/retry", timeout=10)
    assert again.json()["state"] == "waiting"


def test_another_sites_page_cannot_cancel(served, queue):
    number = add(queue)
    for path in (f"/outbox/{number}/cancel", f"/api/outbox/{number}/cancel"):
        answer = requests.post(
            served.url + path, headers={"Origin": "http://evil.example"}, timeout=10
        )
        assert answer.status_code == 403
    assert queue.job(number).state is JobState.WAITING


def test_what_is_not_there_is_404(served, queue):
    for path in ("/api/outbox/99/cancel", "/outbox/99/retry", "/outbox/1/explode"):
        answer = requests.post(served.url + path, timeout=10)
        assert answer.status_code == 404


def test_titles_are_text_and_never_markup(served, queue):
    add(queue, title="<script>alert(1)</script>", size=None)

    page = get(served, "/outbox").text

    assert "<script>alert" not in page


def test_a_cancelled_upload_leads_to_who_removes_its_parts(served, queue):
    needs = Needs(uplink="none")
    order = Order(Upload("/film", "s3://films/film"), "film", needs=needs)
    (number,) = queue.add([(order, "")])
    worker = Worker.enter(queue.path)
    job = queue.lease(worker, [gate.id for gate in queue.gates()])
    queue.progress(job, Reached(0, text_of(State(how="s3", place="upload-1")), ""))
    worker.leave()

    requests.post(served.url + f"/api/outbox/{number}/cancel", timeout=10)

    (cleaner,) = get(served, f"/api/outbox/{number}").json()["left"]
    assert f'href="/outbox/{cleaner}"' in get(served, f"/outbox/{number}").text
    assert get(served, f"/api/outbox/{cleaner}").json()["kind"] == "discard"
