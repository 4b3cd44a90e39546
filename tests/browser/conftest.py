"""A headless Chromium, and the office it looks at."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import rabta.ui
from tests.browser.office import Office, office


CHROMIUM = "/usr/bin/chromium"
AXE = Path(rabta.ui.__file__).parent / "node_modules/axe-core/axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Iterator[object]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no {CHROMIUM}: install Debian's package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=FLAGS
        )
        yield running
        running.close()


@pytest.fixture
def served() -> Iterator[Office]:
    with office() as one:
        yield one


@dataclass
class Visit:
    """One reader, and everything their browser complained of or asked for."""

    office: Office
    page: object
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.office.url + path)

    def until(self, script: str, seconds: float = 10) -> None:
        """Wait until *script* is true; Playwright's own way is barred by our CSP."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(script):
            assert time.monotonic() < deadline, script
            self.page.wait_for_timeout(50)


def watched(context, office) -> Visit:
    """Open a page of *office*, and note what the browser complains of or asks for."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    one = Visit(office, page)

    def said(message) -> None:
        if message.type in {"error", "warning"}:
            one.complaints.append(message.text)

    def asked(request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            one.strangers.append(request.url)

    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    page.on("console", said)
    page.on("request", asked)
    return one


@pytest.fixture
def visit(browser, served):
    """Open pages as a reader would; complaints fail the test at its end."""
    contexts = []
    visits = []

    def arrive(*, theme="light", width=1280, scripts=True) -> Visit:
        context = browser.new_context(
            color_scheme=theme,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
        )
        contexts.append(context)
        one = watched(context, served)
        visits.append(one)
        return one

    yield arrive
    for context in contexts:
        context.close()
    for one in visits:
        assert not one.complaints
        assert not one.strangers
