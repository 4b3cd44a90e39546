"""What a relay may connect to: its own programs everything, others no inside."""

from ipaddress import ip_network

import pytest

from rabta.steer.relay.reach import Reach, bare, is_local


OWN = Reach(shared=False, port=4882, is_own=lambda a: a == "192.168.1.10")
SHARED = Reach(
    shared=True, port=4882, is_own=lambda a: a in {"192.168.1.10", "8.8.4.4"}
)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"),
        *("::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "8.8.4.4"),
    ],
)
def test_others_do_not_reach_this_machine(address):
    assert SHARED.objection("x.example", address, 80) == "this-machine"
    assert SHARED.objection("x.example", address, 4882) == "own-port"


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200"),
        *("168.63.129.16", "192.0.0.192", "10.0.0.1", "172.16.5.4", "192.168.1.1"),
        *("100.64.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1"),
        *("2002:a00:1::1", "fec0::1", "198.18.0.1", "240.0.0.1", "2001:db8::1"),
    ],
)
def test_others_do_not_reach_private_networks_nor_metadata(address):
    assert SHARED.objection("x.example", address, 80) == "private"


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1", "39.41.1.1"])
def test_the_open_internet_is_for_everybody(address):
    assert SHARED.objection("x.example", address, 80) == ""
    assert OWN.objection("x.example", address, 80) == ""
    assert not is_local(address)


def test_what_the_configuration_names_may_be_reached_but_not_this_machine_in_it():
    reach = Reach(
        shared=True,
        port=4882,
        allowed=(ip_network("192.168.1.0/24"), ip_network("192.168.1.10/32")),
        is_own=lambda a: a in {"192.168.1.10", "192.168.1.11"},
    )
    assert reach.objection("192.168.1.5", "192.168.1.5", 80) == ""
    assert reach.objection("192.168.1.10", "192.168.1.10", 80) == ""
    assert reach.objection("192.168.1.10", "192.168.1.10", 4882) == "own-port"
    assert reach.objection("192.168.1.11", "192.168.1.11", 80) == "this-machine"
    assert reach.objection("192.168.2.5", "192.168.2.5", 80) == "private"


def test_own_programs_reach_what_they_reach_anyway_but_the_relay_itself():
    for host in ("localhost", "127.0.0.1"):
        assert OWN.objection(host, "127.0.0.1", 8000) == ""
    assert OWN.objection("printer.lan", "192.168.1.20", 631) == ""
    assert OWN.objection("::1", "::1", 80) == ""
    for address in ("127.0.0.1", "192.168.1.10", "0.0.0.0"):
        assert OWN.objection(address, address, 4882) == "own-port"


def test_no_name_of_the_internet_leads_to_this_machine():
    for address in ("127.0.0.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"):
        assert OWN.objection("evil.example", address, 80) == "rebinding"
    assert OWN.objection("127.1", "127.0.0.1", 80) == "rebinding"


def test_nobody_connects_to_many():
    for address in ("224.0.0.1", "ff02::1", "255.255.255.255"):
        for reach in (OWN, SHARED):
            assert reach.objection("x", address, 80) == "no-host"


def test_addresses_inside_addresses_are_taken_out():
    assert str(bare("::ffff:10.0.0.1")) == "10.0.0.1"
    assert str(bare("fe80::1%eth0")) == "fe80::1"
    assert str(bare("2606:4700::1")) == "2606:4700::1"
    for address in ("192.168.1.1", "fe80::1", "127.0.0.1", "::1"):
        assert is_local(address)
