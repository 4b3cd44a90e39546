"""What one kind of probe of a service tells."""

import pytest

from rabta import failure
from rabta.attribute.attempt import Attempt, handshake_passed, interference
from rabta.model import HttpDetail, Observation, Phases, Probe, TlsDetail


def http(
    url: str = "http://shop.example.com/",
    *,
    name: str | None = None,
    status: int = 200,
    location: str = "",
    title: str = "",
    failed_in: str = "",
    time: int = 1,
) -> Observation:
    detail = HttpDetail(
        url, Phases(), status, location, title=title, failed_in=failed_in
    )
    value = None if name else 0.3
    return Observation(time, "wan1", 4, "shop", Probe.HTTP, value, name, detail=detail)


def taken(*seen: Observation) -> Attempt:
    attempt = Attempt()
    for one in seen:
        attempt.take(one)
    return attempt


def test_three_failures_in_a_row_settle_it():
    bad = http(name=failure.CONNECTION_RESET, failed_in="processing")
    assert not taken(bad, bad).settled
    assert taken(bad, bad, bad).settled
    assert not taken(bad, bad, http(), bad).settled


def test_failing_at_another_stage_is_another_run():
    tcp = http(name=failure.GENERIC_TIMEOUT, failed_in="connect", time=1)
    tls = http(name=failure.CONNECTION_RESET, failed_in="tls", time=2)
    attempt = taken(tcp, tcp, tls)
    assert (attempt.stage, attempt.streak, attempt.first) == ("tls", 1, 2)


@pytest.mark.parametrize(
    ("page", "sign"),
    [
        ({"title": "This Site Is Blocked"}, "blockpage"),
        ({"status": 451}, "blockpage"),
        ({"status": 302, "location": "http://block-page.example.org/"}, "blockpage"),
        ({"status": 302, "location": "http://elsewhere.example.org/"}, "redirect"),
        ({"status": 302, "location": "https://www.example.com/"}, ""),
        ({"status": 302, "location": "/welcome"}, ""),
        ({"status": 404}, ""),
        ({"title": "Access denied"}, ""),
    ],
)
def test_only_a_notice_or_a_foreign_site_is_a_sign(page, sign):
    attempt = taken(http(**page))
    assert attempt.sign == sign
    assert attempt.failing == bool(sign)


def test_over_tls_a_page_is_the_servers_own():
    page = http("https://shop.example.com/", title="This site is blocked")
    assert not taken(page).failing


def test_an_error_of_the_server_is_a_failure_without_a_name():
    attempt = taken(http(status=503))
    assert attempt.failing
    assert attempt.failure == ""
    assert attempt.status == 503


def test_a_handshake_that_fails_while_connecting_failed_in_tcp():
    detail = TlsDetail("shop.example.com", Phases(), failed_in="connect")
    seen = Observation(
        1, "wan1", 4, "shop", Probe.TLS, None, failure.GENERIC_TIMEOUT, detail=detail
    )
    assert taken(seen).stage == "tcp"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (failure.CONNECTION_RESET, "reset"),
        (failure.EOF, "reset"),
        (failure.GENERIC_TIMEOUT, "timeout"),
        (failure.SSL_UNKNOWN_AUTHORITY, "certificate"),
        (failure.SSL_INVALID_HOSTNAME, "certificate"),
        (failure.SSL_INVALID_CERTIFICATE, ""),
        (failure.CONNECTION_REFUSED, ""),
        (failure.SSL_FAILED_HANDSHAKE, ""),
    ],
)
def test_interference_is_named_by_how_it_looks(name, kind):
    assert interference(name) == kind


def test_a_wrong_certificate_still_means_that_the_server_was_reached():
    assert handshake_passed(None)
    assert handshake_passed(failure.SSL_INVALID_HOSTNAME)
    assert handshake_passed(failure.SSL_FAILED_HANDSHAKE)
    assert not handshake_passed(failure.CONNECTION_RESET)
