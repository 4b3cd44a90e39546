"""What is remembered of uplinks that have lost something."""

from dataclasses import replace

from rabta.model import Lease, Line, Uplink
from rabta.probes.uplinks.memory import GRACE, Memory


def uplink(interface: str, **more: object) -> Uplink:
    lines = (Line(4, "10.0.0.5", "10.0.0.1"), Line(6, "2001:db8::5", "fe80::1"))
    plain = Uplink(interface, interface, 3, "wired", carrier=True, lines=lines)
    return replace(plain, **more)


def bare(of: Uplink, **more: object) -> dict[str, Uplink]:
    lines = tuple(replace(line, has_route=False, gateway="") for line in of.lines)
    return {of.interface: replace(of, **{"lines": lines, **more})}


ETH, WLAN = uplink("eth0"), uplink("wlan0")


def test_what_has_a_route_comes_first_and_what_lost_it_stays():
    memory = Memory()
    memory.update([ETH, WLAN], {}, 0)

    found = memory.update([WLAN], bare(ETH, carrier=False), 1)

    assert [u.interface for u in found] == ["wlan0", "eth0"]
    assert found[1].carrier is False
    assert [line.has_route for line in found[1].lines] == [False, False]
    assert [line.gateway for line in found[1].lines] == ["10.0.0.1", "fe80::1"]
    assert [line.source for line in found[1].lines] == ["10.0.0.5", "2001:db8::5"]


def test_a_lost_route_is_remembered_as_long_as_the_interface_is_there():
    memory = Memory()
    memory.update([ETH], {}, 0)

    found = memory.update([], bare(ETH), 100 * GRACE)

    assert [u.interface for u in found] == ["eth0"]
    assert memory.wait(100 * GRACE) is None


def test_an_address_that_went_with_the_route_is_not_shown():
    memory = Memory()
    memory.update([ETH], {}, 0)

    (found,) = memory.update([], bare(ETH, lines=()), 1)

    assert [line.source for line in found.lines] == ["", ""]


def test_a_lease_is_not_shown_once_the_route_is_gone():
    memory = Memory()
    memory.update([uplink("eth0", lease=Lease("10.0.0.1", None))], {}, 0)

    assert memory.update([], bare(ETH), 1)[0].lease is None


def test_an_interface_that_vanished_is_forgotten_after_the_grace_period():
    memory = Memory()
    memory.update([ETH], {}, 0)

    (gone,) = memory.update([], {}, 10)
    assert (gone.index, gone.carrier) == (0, False)
    assert memory.wait(11) == GRACE - 1
    assert memory.update([], {}, 9 + GRACE) == (gone,)
    assert memory.update([], {}, 10 + GRACE) == ()
    assert memory.wait(10 + GRACE) is None


def test_grace_begins_anew_when_it_came_back_in_between():
    memory = Memory()
    memory.update([ETH], {}, 0)
    memory.update([], {}, 10)
    memory.update([ETH], {}, 20)
    memory.update([], {}, 30)

    assert memory.wait(30) == GRACE


def test_a_modem_that_came_back_under_another_number_replaces_itself():
    memory = Memory()
    memory.update([uplink("wwan0", medium="cellular"), ETH], {}, 0)

    found = memory.update([uplink("wwan1", medium="cellular"), ETH], {}, 1)

    assert [u.interface for u in found] == ["wwan1", "eth0"]


def test_another_cable_replaces_nothing_unless_it_has_the_name():
    memory = Memory()
    memory.update([ETH], {}, 0)

    assert len(memory.update([uplink("eth1")], {}, 1)) == 2
    assert len(memory.update([uplink("eth2", name="eth0")], {}, 2)) == 2


def test_a_family_that_lost_its_route_stays_beside_the_other():
    memory = Memory()
    memory.update([ETH], {}, 0)

    (found,) = memory.update([replace(ETH, lines=ETH.lines[:1])], bare(ETH), 1)

    assert [line.has_route for line in found.lines] == [True, False]


def test_a_family_is_forgotten_in_another_network():
    """A laptop that moved has not lost IPv6: there is none where it is now."""
    memory = Memory()
    memory.update([ETH], {}, 0)
    moved = replace(ETH, lines=(Line(4, "192.168.7.5", "192.168.7.1"),))

    (found,) = memory.update([moved], bare(ETH), 1)

    assert [line.family for line in found.lines] == [4]
