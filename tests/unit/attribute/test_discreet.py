"""Whether others are asked about a name that may be the site's own."""

from rabta import failure
from rabta.attribute.service import Service
from rabta.clock import SECOND
from rabta.model import DnsDetail, Observation, Phases, Probe, TlsDetail
from tests.unit.attribute.world import START, service


INSIDE = "10.0.0.5"


def measured() -> Service:
    target, *controls = service()
    made = Service(target)
    made.set_targets(target, controls)
    return made


def say(made: Service, probe: Probe, at: int, name=None, address=INSIDE) -> None:
    detail = TlsDetail("", Phases()) if probe is Probe.TLS else None
    if probe is Probe.DNS:
        detail = DnsDetail("shop.example.com", "NOERROR", (address,), 1)
        address = "192.168.1.1"
    value = None if name else 0.02
    time = START + at * SECOND
    made.observe(
        Observation(
            time, "wan1", 4, "shop", probe, value, name, address, detail=detail
        ),
        None,
    )


def test_not_before_the_own_resolver_was_asked():
    made = measured()
    assert made.discreet
    say(made, Probe.DNS, 1, address="198.18.7.7")
    assert not made.discreet


def test_a_resolver_that_fails_keeps_no_secret():
    made = measured()
    say(made, Probe.DNS, 1, failure.GENERIC_TIMEOUT)
    assert not made.discreet


def test_not_while_a_private_answer_serves_or_is_being_tried():
    made = measured()
    say(made, Probe.DNS, 1, failure.DNS_BOGON)
    assert made.discreet
    say(made, Probe.TLS, 2)
    assert made.discreet


def test_a_private_answer_that_does_not_serve_is_no_secret():
    made = measured()
    say(made, Probe.DNS, 1, failure.DNS_BOGON)
    for at in (2, 3, 4):
        assert made.discreet
        say(made, Probe.TLS, at, failure.SSL_UNKNOWN_AUTHORITY)
    assert not made.discreet
