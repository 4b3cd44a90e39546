"""Whose resolver is whose, from the files the system keeps."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.model import Lease, Line, Uplink
from rabta.probes.uplinks.resolvers import (
    interface_resolvers,
    name_servers,
    system_resolvers,
    with_resolvers,
)
from rabta.probes.uplinks.tables import Address


ETH = Uplink(
    *("eth0", "eth0", 3, "wired"),
    carrier=True,
    lines=(Line(4, "192.168.1.5", "192.168.1.1"), Line(6, "2001:db8::5", "fe80::1")),
)
WLAN = Uplink(
    *("wlan0", "wlan0", 4, "wifi"),
    carrier=True,
    lines=(Line(4, "10.7.0.5", "10.7.0.1"),),
)
ADDRESSES = (Address(3, 4, "192.168.1.5", 24), Address(4, 4, "10.7.0.5", 16))


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("run/systemd/resolve/netif/3", "LLMNR=yes\nSERVERS=203.0.113.9 2001:db8::53"),
        ("run/systemd/netif/links/3", "# private\nDNS=203.0.113.9 2001:db8::53\n"),
        (
            "run/resolvconf/interface/eth0.dhclient",
            "nameserver 203.0.113.9\nnameserver 2001:db8::53\n",
        ),
        (
            "run/dhcpcd/hook-state/resolv.conf/eth0.dhcp",
            "nameserver 203.0.113.9\nnameserver 2001:db8::53\n",
        ),
    ],
)
def test_resolvers_of_one_interface_stay_with_it(tmp_path: Path, path, text):
    """Each goes to the line of its address family, and to no other uplink."""
    write(tmp_path, path, text)

    eth, wlan = with_resolvers([ETH, WLAN], ADDRESSES, tmp_path)

    assert eth.line(4).resolvers == ("203.0.113.9",)
    assert eth.line(6).resolvers == ("2001:db8::53",)
    assert wlan.line(4).resolvers == ()


def test_ports_and_tls_names_are_left_out(tmp_path: Path):
    write(
        tmp_path,
        "run/systemd/resolve/netif/3",
        "SERVERS=1.1.1.1#one.one.one.one 9.9.9.9:9953 [2620:fe::fe]:53#q 2620:fe::9#x",
    )

    assert interface_resolvers(tmp_path, ETH) == (
        *("1.1.1.1", "9.9.9.9", "2620:fe::fe", "2620:fe::9"),
    )


def test_a_lease_names_resolvers_too():
    leased = replace(ETH, lease=Lease("192.168.1.1", None, ("203.0.113.7",)))

    assert interface_resolvers(Path("/nonexistent"), leased) == ("203.0.113.7",)


def test_pppd_writes_its_own_file(tmp_path: Path):
    write(tmp_path, "etc/ppp/resolv.conf", "nameserver 203.0.113.7\n")

    assert interface_resolvers(tmp_path, ETH) == ()
    dialled = replace(ETH, interface="ppp0", medium="ppp")
    assert interface_resolvers(tmp_path, dialled) == ("203.0.113.7",)


def test_the_systems_resolvers_go_where_they_are_at_home(tmp_path: Path):
    """An ISP's resolver asked over another ISP's line would look dead."""
    write(
        tmp_path,
        "etc/resolv.conf",
        "nameserver 10.7.0.1\nnameserver 192.168.1.77\nnameserver 203.0.113.7\n",
    )

    eth, wlan = with_resolvers([ETH, WLAN], ADDRESSES, tmp_path)

    assert wlan.line(4).resolvers == ("10.7.0.1",)
    assert eth.line(4).resolvers == ("192.168.1.77", "203.0.113.7")


def test_an_ipv4_resolver_goes_to_an_uplink_with_ipv4(tmp_path: Path):
    write(tmp_path, "etc/resolv.conf", "nameserver 203.0.113.7\n")
    six = replace(ETH, lines=ETH.lines[1:])

    eth, wlan = with_resolvers([six, WLAN], ADDRESSES, tmp_path)

    assert eth.line(6).resolvers == ()
    assert wlan.line(4).resolvers == ("203.0.113.7",)


def test_a_link_local_resolver_goes_to_its_zone(tmp_path: Path):
    write(tmp_path, "etc/resolv.conf", "nameserver fe80::1%eth0\n")

    assert with_resolvers([ETH], (), tmp_path)[0].line(6).resolvers == ("fe80::1%eth0",)


def test_a_stub_of_this_machine_is_passed_over(tmp_path: Path):
    write(tmp_path, "etc/resolv.conf", "nameserver 127.0.0.53\noptions edns0\n")
    assert system_resolvers(tmp_path) == ()

    write(tmp_path, "run/NetworkManager/no-stub-resolv.conf", "nameserver 10.7.0.1\n")
    assert system_resolvers(tmp_path) == ("10.7.0.1",)

    write(tmp_path, "run/systemd/resolve/resolv.conf", "nameserver 203.0.113.7\n")
    assert system_resolvers(tmp_path) == ("203.0.113.7",)


def test_no_uplink_and_no_file_are_no_trouble(tmp_path: Path):
    write(tmp_path, "etc/resolv.conf", "nameserver 203.0.113.7\n")

    assert with_resolvers([], (), tmp_path) == ()
    (eth,) = with_resolvers([ETH], (), Path("/nonexistent"))
    assert eth == ETH


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_resolv_conf(data):
    for text in (data, b"nameserver " + data):
        assert all(isinstance(name, str) for name in name_servers(text))


@given(
    servers=st.lists(st.ip_addresses(), max_size=5, unique=True),
    noise=st.lists(
        st.sampled_from(["search example.pk", "# nameserver 1.1.1.1", "", "nameserver"])
    ),
)
def test_every_nameserver_line_is_read(servers, noise):
    lines = [*noise, *(f"nameserver\t{server} " for server in servers), *noise]

    found = name_servers("\n".join(lines).encode())
    assert found == tuple(str(server) for server in servers)
