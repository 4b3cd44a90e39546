"""The dashboard of the real daemon while real networks break.

``rabta up`` runs on the lab's host, behind two uplinks; the browser looks at it from
outside over the lab's bridge.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests

from tests.browser.conftest import watched
from tests.lab.unshared import obstacle
from tests.lab.world import ROOT


pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(obstacle()), reason=obstacle() or "none"),
]

FAULTS = {"link-down": "50-62", "gateway-dead": "85-97"}
"""From when to when, seconds after the lab was built."""
WITHIN = 3.0


@dataclass
class Served:
    """A lab with a daemon in it, and when its faults began."""

    url: str
    began: dict[str, float] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def listen(self, lines) -> None:
        """Note the lab's words and, by this process's clock, when they came."""
        for line in lines:
            self.said.append(line)
            words = line.split()
            if words[:1] == ["[lab]"] and words[2] == "begins":
                self.began[words[1]] = time.monotonic()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [sys.executable, "-m", "tests.lab", "up", "--port", str(port)]
    for name, span in FAULTS.items():
        argv += ["--fault", f"{name}@{span}"]
    with subprocess.Popen(
        argv,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as lab:
        one = Served(f"http://127.0.0.1:{port}")
        threading.Thread(target=one.listen, args=(lab.stdout,), daemon=True).start()
        try:
            await_answer(one, lab)
            yield one
        finally:
            stop(lab)


def stop(lab: subprocess.Popen[str]) -> None:
    """Press Ctrl-C, for all its processes; namespaces end with the last of them."""
    os.killpg(lab.pid, signal.SIGINT)
    try:
        lab.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(lab.pid, signal.SIGKILL)


def await_answer(one: Served, lab: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 40
    while True:
        assert lab.poll() is None, "".join(one.said)
        assert time.monotonic() < deadline, "".join(one.said)
        try:
            requests.get(f"{one.url}/api/status", timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="module")
def reader(browser, served):
    """One reader for all tests, whose browser asks nobody else and has no complaint."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    one = watched(context, served)
    yield one
    context.close()
    assert not one.strangers
    assert not one.complaints


FINE = "document.querySelector('[data-live=verdict]').dataset.state === 'up'"


def test_urdu_runs_from_the_right(reader):
    reader.open("/?lang=ur")
    assert reader.page.get_attribute("html", "dir") == "rtl"
    assert reader.page.get_attribute("html", "lang") == "ur"
    assert "ltr" not in reader.page.evaluate(
        "getComputedStyle(document.body).direction"
    )
    reader.open("/?lang=en")
    assert reader.page.get_attribute("html", "dir") == "ltr"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_sentence_changes_within_three_seconds_of_a_fault(
    reader, served, fault, capsys
):
    """Counted from the order to break, before anything is broken."""
    reader.open("/")
    reader.until(FINE, seconds=60)
    fine = reader.page.text_content("#sentence")
    assert fault not in served.began, "it began before all was fine: a busy machine?"
    while fault not in served.began:
        reader.page.wait_for_timeout(10)
    reader.until(f"!({FINE})", seconds=30)
    seconds = time.monotonic() - served.began[fault]
    said = reader.page.text_content("#sentence")
    with capsys.disabled():
        print(f"\n{fault}: {seconds:.2f} s to {said!r}")
    assert said != fine
    assert seconds < WITHIN
    reader.until(FINE, seconds=60)
