"""The outbox' pages in a browser: sound for axe, in both languages, by keyboard."""

import pytest

from rabta.clock import HOUR, SystemClock
from rabta.model import Command, JobState, Message, Needs, Order
from rabta.store.outbox import Queue, Reached, Worker
from tests.browser.conftest import AXE


@pytest.fixture
def queue(served):
    clock = SystemClock()
    with Queue.open(served.store.path, clock=clock) as opened:
        order = Order(
            Command(("true",), "/"),
            "film.mov → https://uploads.example.com/files/",
            deadline=clock.now() + HOUR,
            needs=Needs(uplink="none"),
            size=40_000_000,
        )
        (number,) = opened.add([(order, "")])
        worker = Worker.enter(opened.path)
        job = opened.lease(worker, [gate.id for gate in opened.gates()])
        says = Message.of("outbox.exited", code=3)
        opened.give_back(job, "server", says, 60.0, Reached(9_000_000, "", "storm"))
        worker.leave()
        yield opened, number


def test_its_pages_are_sound_and_a_job_is_cancelled_by_keyboard(visit, queue):
    opened, number = queue
    if not AXE.exists():
        pytest.skip("no axe-core: run python hatch_build.py")
    for theme, language in (("light", "en"), ("dark", "ur")):
        reader = visit(theme=theme)
        for path in ("/outbox", f"/outbox/{number}"):
            reader.open(f"{path}?lang={language}")
            assert reader.page.evaluate("document.documentElement.lang") == language
            reader.page.evaluate(AXE.read_text("utf-8"))
            found = reader.page.evaluate("axe.run()")
            assert [one["id"] for one in found["violations"]] == []
    reader.page.locator("form[action$=cancel] button").focus()
    with reader.page.expect_navigation():
        reader.page.keyboard.press("Enter")
    assert opened.job(number).state is JobState.CANCELLED
