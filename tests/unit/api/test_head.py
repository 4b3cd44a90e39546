"""HEAD is GET without the body."""

import pytest
import requests

from rabta.api import ApiSettings, sign_in_path
from tests.browser.office import office


@pytest.mark.parametrize(
    "path",
    ["/", "/events", "/api/status", "/api/docs", "/metrics", "/assets/rabta.css"],
)
def test_the_headers_are_those_of_get(served, path):
    head = requests.head(served.url + path, timeout=10)
    full = requests.get(served.url + path, timeout=10)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers.keys() == full.headers.keys()
    assert head.headers["content-type"] == full.headers["content-type"]
    assert int(head.headers["content-length"]) > 0


def test_what_is_missing_is_missing_and_a_stream_ends_at_once(served):
    with requests.Session() as session:  # over one connection: nothing is left in it
        missing = session.head(f"{served.url}/api/nothing", timeout=10)
        stream = session.head(f"{served.url}/api/live", timeout=10)
        after = session.get(f"{served.url}/api/health", timeout=10)

    assert missing.status_code == 404
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert after.json()
    assert served.live.queues == []


def test_a_link_is_not_used_up_by_who_only_looks():
    settings = ApiSettings(host="192.0.2.10", token="a token of the test")
    with office(settings) as locked:
        link = locked.url + sign_in_path(locked.app)

        assert requests.head(link, timeout=10).cookies.get("rabta") is None
        assert requests.get(link, timeout=10).cookies.get("rabta")
