"""What the user says of an uplink, and what is assumed where nothing is said."""

import pytest

from rabta.model import Line, Uplink
from rabta.probes.uplinks.names import Names


def uplink(medium: str, gateway: str) -> Uplink:
    return Uplink("x0", "x0", 3, medium, True, (Line(4, "192.0.2.2", gateway),))


@pytest.mark.parametrize(
    ("medium", "gateway", "metered"),
    [
        ("cellular", "", True),
        ("wifi", "172.20.10.1", True),
        ("wifi", "192.168.43.1", True),
        ("wifi", "192.168.1.1", False),
        ("wired", "192.168.43.1", False),
        ("tunnel", "", False),
    ],
)
def test_what_costs_by_the_byte_is_seen_where_it_can_be(medium, gateway, metered):
    assert Names().put_on(uplink(medium, gateway)).metered is metered


def test_what_the_user_says_comes_first():
    assert not Names(metered=False).put_on(uplink("cellular", "")).metered
    assert Names(metered=True).put_on(uplink("wired", "192.168.1.1")).metered
