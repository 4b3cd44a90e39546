"""Which hop stands for the operator's first router."""

import pytest

from rabta.model import Hop, PathDetail
from rabta.probes.path import first_hop_of


def path(*addresses: str, reached: bool = True) -> PathDetail:
    hops = (Hop(ttl, a, 0.01 if a else None) for ttl, a in enumerate(addresses, 1))
    return PathDetail(tuple(hops), reached)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (path("192.168.1.1", "8.8.4.4", "1.1.1.1"), "8.8.4.4"),
        (path("192.168.1.1", "100.64.0.1", "8.8.4.4", "1.1.1.1"), "100.64.0.1"),
        (path("192.168.1.1", "10.20.0.1", "8.8.4.4", "1.1.1.1"), "8.8.4.4"),
        (path("192.168.1.1", "", "8.8.4.4", "1.1.1.1"), "8.8.4.4"),
        (path("192.168.1.1", "", "", "1.1.1.1"), ""),
        (path("192.168.1.1", "", "8.8.4.4", reached=False), "8.8.4.4"),
        (path("192.168.1.1", "172.31.9.9", "169.254.1.1", "1.1.1.1"), ""),
        (path("", "", "", "", "", "", "8.8.4.4", "1.1.1.1"), ""),
        (path("fe80::1", "fd12::1", "2001:db8::1", "2606:4700::1"), "2001:db8::1"),
        (path(reached=False), ""),
    ],
)
def test_it_is_near_no_lan_address_and_not_the_target(seen, expected):
    """Public or shared, within six hops."""
    assert first_hop_of(seen, "192.168.1.1") == expected


def test_a_gateway_with_a_public_address_is_not_its_own_first_hop():
    """Some operators put theirs right behind the wall."""
    seen = path("203.0.113.1", "203.0.113.9", "1.1.1.1")

    assert first_hop_of(seen, "203.0.113.1") == "203.0.113.9"


def test_a_gateway_that_answers_under_another_address_is_no_first_hop():
    """Over IPv6 the route leads to fe80::1; the router answers as a global address."""
    seen = path("2001:db8:1::1", "2001:db8:2::1", "2606:4700::1")

    assert first_hop_of(seen, "fe80::1") == "2001:db8:2::1"


def test_point_to_point_the_first_router_is_the_operators():
    assert first_hop_of(path("100.64.0.1", "8.8.4.4", "1.1.1.1"), "") == "100.64.0.1"
