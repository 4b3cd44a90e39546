"""Who may ask."""

from collections.abc import Iterator

import pytest
import requests

from rabta.api import ApiSettings, sign_in_path
from rabta.api.guard import Keys
from rabta.errors import UsageError
from tests.browser.office import Office, office


TOKEN = "a token of the test"


@pytest.fixture(scope="module")
def locked() -> Iterator[Office]:
    with office(ApiSettings(host="192.0.2.10", token=TOKEN)) as one:
        yield one


def get(office: Office, path: str, **headers: str) -> requests.Response:
    return requests.get(
        office.url + path, headers=headers, timeout=10, allow_redirects=False
    )


@pytest.mark.parametrize("name", ["attacker.example", "attacker.example:4880", "", "["])
def test_a_name_that_is_not_ours_is_refused_against_dns_rebinding(served, name):
    answer = get(served, "/api/status", Host=name)
    assert answer.status_code in {400, 421}
    assert "uplinks" not in answer.text


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1:80", "[::1]:4880", "10.0.0.7"]
)
def test_loopback_and_addresses_are_names_of_ours(served, name):
    assert get(served, "/api/health", Host=name).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/status", "/nothing", "/assets/rabta.css"])
def test_every_answer_forbids_foreign_and_inline_content(served, path):
    headers = get(served, path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


def test_a_page_of_another_site_cannot_change_anything(locked):
    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        answer = requests.post(
            f"{locked.url}/api/signin-links",
            headers=headers | {"Authorization": f"Bearer {TOKEN}"},
            timeout=10,
        )
        assert answer.status_code == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "office.example"])
def test_others_can_only_connect_where_there_is_a_token(host):
    with pytest.raises(UsageError, match="without a token"):
        ApiSettings(host=host)
    assert ApiSettings(host=host, token="x").token == "x"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_needs_no_token(host):
    assert ApiSettings(host=host).loopback


def test_without_the_token_programs_get_a_problem_that_says_what_to_send(locked):
    for path in ("/api/status", "/metrics", "/api/live", "/api/openapi.json"):
        answer = get(locked, path)
        assert answer.status_code == 401
        assert "Bearer" in answer.json()["cure"]
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_without_the_token_people_are_led_to_the_sign_in_page(locked):
    answer = get(locked, "/why", Accept="text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    assert get(locked, "/signin").status_code == 200
    assert get(locked, "/assets/rabta.css").status_code == 200


@pytest.mark.parametrize(
    "wrong", ["Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", ""]
)
def test_a_wrong_token_opens_nothing(locked, wrong):
    assert get(locked, "/api/status", Authorization=wrong).status_code == 401
    assert get(locked, "/api/status", Cookie=f"rabta={TOKEN}").status_code == 401


def test_the_token_as_bearer_opens_everything(locked):
    answer = get(locked, "/api/status", Authorization=f"bearer {TOKEN}")
    assert answer.json()["host"]["code"] == "abroad"


def test_a_sign_in_link_works_once_and_leaves_a_cookie_no_script_can_read(locked):
    path = sign_in_path(locked.app)
    assert path
    first = get(locked, path)
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert TOKEN not in cookie
    again = get(locked, path)
    assert again.status_code == 401
    assert "set-cookie" not in again.headers
    value = cookie.partition(";")[0]
    assert get(locked, "/api/status", Cookie=value).status_code == 200


def test_the_token_typed_into_the_form_signs_in(locked):
    for token, code in ((TOKEN, 200), ("wrong", 401)):
        answer = requests.post(
            f"{locked.url}/signin", data={"token": token}, timeout=10
        )
        assert answer.status_code == code
        assert ("rabta" in answer.cookies) is (code == 200)


def test_a_huge_form_is_not_read_to_its_end(locked):
    answer = requests.post(
        f"{locked.url}/signin", data={"token": "x" * 100_000}, timeout=10
    )
    assert answer.status_code == 422


def test_a_signed_in_program_makes_links_for_other_browsers(locked):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    made = requests.post(f"{locked.url}/api/signin-links", headers=headers, timeout=10)
    assert made.status_code == 201
    assert get(locked, made.json()["path"]).status_code == 200


def test_where_nobody_signs_in_there_are_no_links(served):
    assert sign_in_path(served.app) is None
    answer = requests.post(f"{served.url}/api/signin-links", timeout=10)
    assert answer.status_code == 404
    assert get(served, "/signin").headers["location"] == "/"


def test_links_expire(monkeypatch):
    keys = Keys("t")
    key = keys.link().partition("=")[2]
    monkeypatch.setattr("rabta.api.guard._LINK_SECONDS", -1.0)
    stale = keys.link().partition("=")[2]
    assert keys.redeem(key)
    assert not keys.redeem(stale)


def test_without_a_token_neither_token_nor_cookie_is_ever_right():
    keys = Keys(None)
    assert not keys.is_token("")
    assert not keys.is_cookie(keys.cookie)
