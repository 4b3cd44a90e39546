"""The description of the API is true: schemathesis asks and compares."""

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from schemathesis import GenerationMode

from tests.browser.office import Office


@pytest.fixture(scope="module")
def description(served: Office):
    return schemathesis.openapi.from_url(f"{served.url}/api/openapi.json")


# /api/live never ends; test_stream.py has it
FREE = (
    "GET /api/status",
    "GET /api/uplinks",
    "GET /api/uplinks/{name}",
    "GET /api/services",
    "GET /api/health",
    "GET /api/series",
    "POST /api/signin-links",
    "GET /metrics",
)
CHOOSY = (
    "GET /api/why",
    "GET /api/points",
    "GET /api/events",
    "GET /api/events/{number}",
    "GET /api/notices",
    "GET /api/observations",
    "GET /api/v1/entities",
    "GET /api/v1/entities/{kind}/{code}",
    "GET /api/v1/entities/{kind}/{code}/signals",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "mode"),
    [(one, GenerationMode.POSITIVE) for one in FREE + CHOOSY]
    + [(one, GenerationMode.NEGATIVE) for one in CHOOSY],
)
def test_every_answer_is_as_described(description, operation, mode):
    method, path = operation.split()
    cases = description[path][method].as_strategy(generation_mode=mode)

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(case=cases)
    def ask(case) -> None:
        case.call_and_validate(timeout=10)

    ask()


def test_the_description_is_complete_and_speaks_of_sentences_as_they_are_sent(served):
    document = requests.get(f"{served.url}/api/openapi.json", timeout=10).json()
    assert set(document["paths"]) == {
        "/api/status",
        "/api/steer",
        "/api/relay",
        "/api/notices",
        "/api/uplinks",
        "/api/uplinks/{name}",
        "/api/services",
        "/api/why",
        "/api/health",
        "/api/series",
        "/api/points",
        "/api/events",
        "/api/events/{number}",
        "/api/events/{number}/cost",
        "/api/v1/cost",
        "/api/v1/report",
        "/api/v1/cost/{kind}/{code}",
        "/api/observations",
        "/api/outbox",
        "/api/outbox/{number}",
        "/api/outbox/{number}/cancel",
        "/api/outbox/{number}/retry",
        "/api/v1/entities",
        "/api/v1/entities/{kind}/{code}",
        "/api/v1/entities/{kind}/{code}/signals",
        "/api/live",
        "/api/signin-links",
        "/metrics",
    }
    schemas = document["components"]["schemas"]
    assert schemas["Message"]["required"] == ["key", "args", "en", "ur"]
    assert "HTTPValidationError" not in schemas
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["description"], operation["operationId"]


def test_the_docs_page_needs_nothing_from_elsewhere(served):
    page = requests.get(f"{served.url}/api/docs", timeout=10).text
    assert "//" not in page.replace("<!doctype html>", "")
    for name in ("docs/swagger-ui-bundle.js", "docs/swagger-ui.css", "apidocs.js"):
        assert f"/assets/{name}" in page
        answer = requests.get(f"{served.url}/assets/{name}", timeout=10)
        assert answer.status_code == 200
