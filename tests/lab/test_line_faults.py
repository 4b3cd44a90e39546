"""Faults of the house do what they say, and are undone."""

from functools import partial

import pytest

from . import plain
from .plan import CAPTIVE, CAPTIVE4, CAPTIVE6, SERVICE
from .world import Lab


pytestmark = pytest.mark.lab
GATEWAY = "192.168.1.1"
CODE = SERVICE["code"]


def carrier(lab: Lab, uplink: int = 1) -> bool:
    return "LOWER_UP" in lab.run(["ip", "-o", "link", "show", f"wan{uplink}"]).stdout


def neighbour(lab: Lab) -> str:
    return lab.run(["ip", "neigh", "show", GATEWAY, "dev", "wan1"]).stdout


@pytest.fixture(autouse=True)
def whole_again(lab: Lab) -> None:
    """Whatever the test before broke works again, on both uplinks and families."""
    targets = [(a, u) for a in ("1.1.1.1", "2606:4700:4700::1111") for u in (1, 2)]
    calls = [partial(plain.ping, a, u, 3.0) for a, u in targets]

    assert all(seen.ok for seen in plain.together(*calls))


def test_link_down_takes_the_carrier(lab: Lab) -> None:
    """The interface says so, the other uplink does not notice."""
    with lab.fault("link-down"):
        assert not carrier(lab)
        assert not plain.ping("1.1.1.1", 1, 0.3).ok
        assert plain.ping("1.1.1.1", 2).ok
    assert carrier(lab)


@pytest.mark.parametrize("self_assigned", [False, True])
def test_address_lost_leaves_no_way_out(lab: Lab, self_assigned: bool) -> None:  # noqa: FBT001
    """Without a lease there is no address, or one of 169.254, and no route."""
    with lab.fault("address-lost", self_assigned=self_assigned):
        said = lab.run(["ip", "-4", "addr", "show", "wan1"]).stdout
        assert ("169.254" in said) == self_assigned
        assert GATEWAY not in lab.run(["ip", "route"]).stdout
        assert not plain.ping("1.1.1.1", 1, 0.3).ok


def test_no_default_route_concerns_one_family(lab: Lab) -> None:
    """The other family keeps its route."""
    with lab.fault("no-default-route", family=4):
        assert not plain.ping("1.1.1.1", 1, 0.3).ok
        assert plain.ping("2606:4700:4700::1111", 1).ok
        assert plain.ping(GATEWAY, 1).ok


def test_address_conflict_has_two_claim_one_address(lab: Lab) -> None:
    """An ARP probe for the host's own address is answered by the twin (RFC 5227)."""
    script = """
import socket, struct, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind(("wan1", 0x0806))
raw.settimeout(1)
mac, own = raw.getsockname()[4], socket.inet_aton("192.168.1.2")
raw.send(b"\\xff" * 6 + mac + b"\\x08\\x06"
         + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + bytes(10) + own)
while True:
    frame = raw.recv(100)
    if frame[20:22] == b"\\0\\2" and frame[28:32] == own:
        print("conflict")
        break
"""
    with lab.fault("address-conflict"):
        assert "conflict" in lab.run(["python3", "-c", script]).stdout
    assert "conflict" not in lab.run(["python3", "-c", script]).stdout


def test_gateway_dead_keeps_the_carrier_and_stops_arp(lab: Lab) -> None:
    """The link is up, the neighbour cannot be found."""
    with lab.fault("gateway-dead"):
        lab.run(["ip", "neigh", "flush", "dev", "wan1"])
        assert carrier(lab)
        assert not plain.ping(GATEWAY, 1, 1.0).ok
        assert "lladdr" not in neighbour(lab)
        assert plain.ping("1.1.1.1", 2).ok


def test_gateway_silent_still_answers_arp(lab: Lab) -> None:
    """It can be found on the link, but answers and forwards nothing."""
    with lab.fault("gateway-silent"):
        lab.run(["ip", "neigh", "flush", "dev", "wan1"])
        assert not plain.ping(GATEWAY, 1, 0.5).ok
        assert not plain.ping("1.1.1.1", 1, 0.5).ok
        assert "lladdr" in neighbour(lab)


def test_wifi_makes_the_first_link_lossy_and_jumpy(lab: Lab) -> None:
    """Every fourth echo or so gets lost, the rest is slow; the other wire is fine."""
    with lab.fault("wifi", loss=0.5, bad_share=0.3, delay=0.02):
        seen = plain.together(*[partial(plain.ping, GATEWAY, 1, 0.6)] * 200)
        good = sorted(one.seconds for one in seen if one.ok)
        other = plain.ping("192.168.2.1", 2)

    assert 0.1 < 1 - len(good) / len(seen) < 0.5
    assert good[len(good) // 2] > 0.015
    assert other.ok
    assert other.seconds < 0.015


def test_captive_portal_redirects_and_breaks_tls(lab: Lab) -> None:
    """The web leads to a login page, names resolve, all else is lost."""
    with lab.fault("captive-portal"):
        seen = plain.fetch(CAPTIVE4, CAPTIVE, "/generate_204", tls=False)
        assert "302" in seen.said
        assert f"Location: http://{GATEWAY}/login" in seen.said
        assert plain.fetch(GATEWAY, "login", "/login", tls=False).ok
        assert plain.fetch(CODE.addresses4[0], CODE.host).outcome == "certificate"
        assert plain.ask(CODE.host, lab.isp(1).resolver4)[0].ok
        assert not plain.ping("1.1.1.1", 1, 0.3).ok


@pytest.mark.parametrize("family", [0, 4])
def test_a_notice_answers_plain_http_and_nothing_else(lab: Lab, family: int) -> None:
    """What is encrypted, names and pings pass."""
    with lab.fault("http-notice", family=family):
        seen = plain.fetch(CAPTIVE4, CAPTIVE, "/generate_204", tls=False)
        assert "302" in seen.said
        assert plain.fetch(CODE.addresses4[0], CODE.host).ok
        assert plain.ping("1.1.1.1", 1).ok
        six = plain.fetch(CAPTIVE6, CAPTIVE, "/generate_204", tls=False)
        assert ("302" in six.said) == (family == 0)


def test_power_lost_is_what_the_system_reports(lab: Lab) -> None:
    """The host's programs read it where Linux says it."""
    argv = ["cat", "/sys/class/power_supply/AC/online"]
    with lab.fault("power-lost"):
        assert lab.run(argv).stdout.strip() == "0"
    assert lab.run(argv).stdout.strip() == "1"
