"""The rules of blocking: each accuses on its grounds, and on nothing less."""

from dataclasses import replace

import pytest

from rabta.attribute.blocking import find
from rabta.attribute.blocking.pages import alike, sign
from rabta.model import State
from rabta.model.trial import Layer, Lookup, Outcome, Page, Step, Trial, Who


HOST, ADDRESS, OTHER = "code.example.org", "93.184.216.34", "130.192.182.17"
UP, DOWN = State.UP, State.DOWN
GOOD = Page(200, 5000, title="Code", headers=frozenset({"x-code"}))
NOTICE = Page(200, 120, title="Surf Safely!")


def trial(*steps, secure=True, own=ADDRESS, failure="", control=UP, page=GOOD):
    addresses = (own,) if own else ()
    known = (ADDRESS,) if control is UP else ()
    return Trial(
        HOST,
        secure,
        (Lookup(HOST, Who.OWN, failure, addresses),),
        steps,
        named=control,
        addresses=known,
        page=page if control is UP else None,
        reached=control,
    )


def step(layer, failure="", address=ADDRESS, **more):
    scheme = "https" if more.pop("secure", True) else "http"
    return Step(layer, HOST, address, 443, failure, url=f"{scheme}://{HOST}/", **more)


def tcp(failure="", **more):
    return step(Layer.TCP, failure, **more)


def tls(failure="", **more):
    return step(Layer.TLS, failure, **more)


def http(failure="", page=GOOD, **more):
    return step(Layer.HTTP, failure, page=page, **more)


def test_a_page_under_its_own_certificate_is_fine_whatever_else():
    found = find(trial(tcp(), tls(), http(), own=OTHER, page=NOTICE))
    assert found.outcome is not Outcome.BLOCKED
    assert find(trial(tcp(), tls(), http())).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("made", "mechanism"),
    [
        (trial(own="10.10.34.36"), "dns.injection.bogon"),
        (trial(own="", failure="dns_nxdomain_error"), "dns.nxdomain"),
        (trial(own="", failure="generic_timeout_error"), "dns.timeout"),
        (trial(tls("ssl_unknown_authority", address=OTHER), own=OTHER),
         "dns.injection.other"),
        (trial(http(page=NOTICE, address=OTHER, secure=False), own=OTHER,
               secure=False), "dns.injection.blockpage"),
        (trial(tcp("generic_timeout_error", control=UP)), "tcp.timeout"),
        (trial(tcp("connection_refused", control=UP)), "tcp.refused"),
        (trial(tcp("host_unreachable", control=UP)), "ip.unreachable"),
        (trial(tcp(), tls("connection_reset", control=UP)), "tls.reset.other"),
        (trial(tcp(), tls("connection_reset", innocuous=UP, helper=DOWN)),
         "tls.reset.sni"),
        (trial(tcp(), tls("generic_timeout_error", control=UP)), "tls.timeout"),
        (trial(tcp(), tls("ssl_unknown_authority", control=UP)),
         "tls.mitm.self_signed"),
        (trial(tcp(), http("connection_reset", None, secure=False), secure=False),
         "http.reset.host"),
        (trial(tcp(), http(page=NOTICE, secure=False), secure=False),
         "http.blockpage"),
        (trial(tcp(), http(page=Page(403, 60, title="Forbidden"), secure=False),
               secure=False), "http.error"),
        (trial(tcp(), http(page=Page(302, 0, location="http://notice.example.net/"),
               secure=False), secure=False), "http.redirect"),
    ],
)  # fmt: skip
def test_each_mechanism_is_named(made, mechanism):
    found = find(made)
    assert found.outcome is Outcome.BLOCKED
    assert found.mechanisms[0] == mechanism


@pytest.mark.parametrize(
    "made",
    [
        trial(tcp("generic_timeout_error", control=DOWN), control=DOWN, own=ADDRESS),
        trial(own="", failure="dns_nxdomain_error", control=DOWN),
        trial(tcp(), tls("connection_reset", control=DOWN)),
        trial(tcp(), tls(), http("eof_error", None), control=DOWN),
        trial(own="127.0.0.1", control=DOWN, failure=""),
        trial(tcp(), tls("ssl_invalid_certificate", control=DOWN)),
    ],
)
def test_what_fails_for_the_control_too_is_never_blocked(made):
    assert find(made).outcome is not Outcome.BLOCKED


@pytest.mark.parametrize(
    "made",
    [
        trial(tcp("generic_timeout_error"), control=State.UNKNOWN),
        trial(tcp("generic_timeout_error", control=UP, sibling=DOWN)),
        trial(tcp(), tls("connection_reset"), control=State.UNKNOWN),
        trial(tcp(), tls("connection_reset", innocuous=UP, helper=UP)),
        trial(own=OTHER),
        trial(own="", failure="dns_nxdomain_error", control=State.UNKNOWN),
        replace(trial(tcp("generic_timeout_error", control=UP)), ours=True),
        replace(trial(tcp("host_unreachable", control=UP)), ours=True),
        trial(tcp(), tls("ssl_invalid_certificate", control=UP)),
        trial(tcp(), tls("ssl_invalid_certificate", innocuous=UP, helper=DOWN)),
        trial(tls("ssl_invalid_certificate", address=OTHER), own=OTHER),
        replace(
            trial(tls("ssl_invalid_hostname", address=OTHER), own=OTHER),
            reached=State.UNKNOWN,
        ),
    ],
    ids=[
        "no control",
        "siblings",
        "cut",
        "helper passes",
        "unmatched",
        "no answer",
        "silent, no sibling",
        "no way, no sibling",
        "dates",
        "dates of a name alone",
        "dates at an unmatched answer",
        "wrong certificate, none seen right",
    ],
)
def test_without_a_control_that_tells_nobody_is_accused(made):
    assert find(made).outcome is Outcome.UNDETERMINED


def test_an_answer_that_stops_halfway_is_consistent_with_throttling():
    half = replace(GOOD, size=900, whole=False)
    found = find(trial(tcp(), tls(), http("generic_timeout_error", half)))
    assert found.outcome is Outcome.THROTTLED
    assert found.mechanisms == ("tls.throttle.sni",)


def test_where_pairs_can_tell_a_stalled_answer_alone_accuses_nobody():
    half = replace(GOOD, size=900, whole=False)
    made = trial(tcp(), tls(), http("generic_timeout_error", half))
    found = find(replace(made, ours=True))
    assert found.outcome is Outcome.UNDETERMINED


def test_failures_over_ipv6_alone_are_nobodys_policy():
    six = tcp("generic_timeout_error", address="2606:2800::1", control=UP)
    assert find(trial(tcp(), six, tls(), http())).outcome is Outcome.OK
    assert find(trial(six)).outcome is Outcome.UNDETERMINED


def test_quic_is_missed_only_where_another_line_has_it():
    reached = (tcp(), tls(), http())
    quic = step(Layer.QUIC, "generic_timeout_error")
    assert find(trial(*reached, quic)).outcome is Outcome.OK
    found = find(trial(*reached, replace(quic, control=UP)))
    assert found.mechanisms == ("quic.timeout",)


TIMEOUT, RESET = "generic_timeout_error", "connection_reset"


def test_a_name_is_filtered_in_quic_where_another_is_answered_and_it_is_nowhere():
    reached = (tcp(), tls(), http())
    hello = step(Layer.QUIC_HELLO, TIMEOUT, innocuous=UP)
    found = find(trial(*reached, hello))
    assert (found.outcome, found.mechanisms) == (Outcome.BLOCKED, ("quic.timeout.sni",))
    assert find(trial(hello)).outcome is Outcome.BLOCKED
    passing = step(Layer.QUIC_HELLO, address=OTHER, innocuous=UP)
    for innocent in ((replace(hello, innocuous=DOWN),), (hello, passing)):
        assert find(trial(*reached, *innocent)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("failed", "helper", "aside"),
    [
        (RESET, DOWN, ("tls.reset.ech",)),
        (TIMEOUT, DOWN, ("tls.timeout.ech",)),
        (RESET, State.UNKNOWN, ("tls.reset.ech",)),
        (RESET, UP, ()),
        ("interface_gone", DOWN, ()),
        ("", DOWN, ()),
    ],
)
def test_a_filter_on_encrypted_hellos_stands_beside_the_finding(failed, helper, aside):
    """A server that cannot read them, where others can, is no filter."""
    hello = step(Layer.ECH, failed, innocuous=UP, helper=helper)
    found = find(trial(tcp(), tls(), http(), hello))
    assert (found.outcome, found.mechanisms) == (Outcome.OK, ())
    assert found.aside == aside


def test_a_servers_own_refusal_is_not_a_notice():
    refused = replace(GOOD, status=503, size=300, title="Just a moment")
    found = find(trial(tcp(), http(page=refused, secure=False), secure=False))
    assert found.outcome is Outcome.OK


def test_pages_that_write_about_blocking_are_not_notices():
    article = Page(200, 60_000, title="News", text="the site is blocked, say users")
    assert not sign(article)
    assert sign(replace(article, size=400))
    assert alike(replace(article, status=200), replace(article, size=50_000))


@pytest.mark.parametrize(
    ("failed", "sibling"),
    [("generic_timeout_error", UP), ("connection_refused", State.UNKNOWN),
     ("admin_prohibited", State.UNKNOWN)],
)  # fmt: skip
def test_a_silent_address_is_blocked_only_beside_one_that_answers(failed, sibling):
    made = trial(tcp(failed, control=UP, sibling=sibling))
    assert find(replace(made, ours=True)).outcome is Outcome.BLOCKED
