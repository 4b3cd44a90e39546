"""Lease files of every DHCP client, whole and damaged."""

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.clock import SECOND
from rabta.model import Lease
from rabta.probes.uplinks.leases import (
    dhclient_lease,
    find_lease,
    message_lease,
    pairs_lease,
)


NETWORKD = b"""# This is private data. Do not parse.
ADDRESS=192.168.1.23
NETMASK=255.255.255.0
ROUTER=192.168.1.1
SERVER_ADDRESS=192.168.1.1
T1=1800
LIFETIME=3600
DNS=192.168.1.1 203.99.163.240
CLIENTID=ff5e
"""

DHCLIENT = b"""default-duid "\\000\\001";
lease {
  interface "eth0";
  fixed-address 192.168.1.20;
  option domain-name-servers 192.168.1.1;
  option dhcp-server-identifier 192.168.1.1;
  expire 5 2026/11/20 10:00:00;
}
lease {
  interface "eth0";
  fixed-address 192.168.1.23;
  option domain-name-servers 192.168.1.1, 203.99.163.240;
  option dhcp-server-identifier 192.168.1.254;
  renew 1 2026/11/23 12:00:00;
  expire 1 2026/11/23 18:30:00;
}
lease {
  interface "wlan0";
  option dhcp-server-identifier 10.0.0.1;
  expire never;
}
"""

OPTIONS = (
    b"\x35\x01\x05"
    b"\x33\x04\x00\x00\x0e\x10"
    b"\x00"
    b"\x36\x04\xc0\xa8\x01\x01"
    b"\x06\x08\xc0\xa8\x01\x01\x08\x08\x08\x08"
    b"\xff"
)
MESSAGE = bytes(236) + b"\x63\x82\x53\x63" + OPTIONS

WRITTEN = 1_795_800_000 * SECOND
HOUR_LATER = WRITTEN + 3600 * SECOND


def test_networkd():
    assert pairs_lease(NETWORKD, "eth0", WRITTEN) == Lease(
        "192.168.1.1", HOUR_LATER, ("192.168.1.1", "203.99.163.240")
    )


def test_dhclient_takes_the_last_lease_of_the_interface():
    expires = 1_795_458_600 * SECOND

    assert dhclient_lease(DHCLIENT, "eth0", 0) == Lease(
        "192.168.1.254", expires, ("192.168.1.1", "203.99.163.240")
    )
    assert dhclient_lease(DHCLIENT, "wlan0", 0) == Lease("10.0.0.1", None)
    assert dhclient_lease(DHCLIENT, "usb0", 0) is None


def test_dhclient_with_times_since_the_epoch():
    data = b"lease { expire epoch 1795458600; # Mon Nov 23 18:30:00 2026\n }"

    assert dhclient_lease(data, "eth0", 0) == Lease("", 1_795_458_600 * SECOND)


def test_dhcpcd_keeps_the_message():
    assert message_lease(MESSAGE, "eth0", WRITTEN) == Lease(
        "192.168.1.1", HOUR_LATER, ("192.168.1.1", "8.8.8.8")
    )


@pytest.mark.parametrize(
    ("path", "data", "server"),
    [
        ("run/systemd/netif/leases/3", NETWORKD, "192.168.1.1"),
        ("var/lib/NetworkManager/internal-5e1f-eth0.lease", NETWORKD, "192.168.1.1"),
        ("var/lib/NetworkManager/dhclient-5e1f-eth0.lease", DHCLIENT, "192.168.1.254"),
        ("var/lib/dhcp/dhclient.leases", DHCLIENT, "192.168.1.254"),
        ("var/lib/dhcp/dhclient.eth0.leases", DHCLIENT, "192.168.1.254"),
        ("var/lib/dhclient/dhclient-eth0.lease", DHCLIENT, "192.168.1.254"),
        ("var/lib/dhcpcd/eth0.lease", MESSAGE, "192.168.1.1"),
        ("var/lib/dhcpcd/eth0-cafe.lease", MESSAGE, "192.168.1.1"),
    ],
)
def test_found_where_each_client_leaves_it(tmp_path: Path, path, data, server):
    """Each of the eight places, and never for another interface."""
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_bytes(data)

    assert find_lease(tmp_path, "eth0", 3).server == server
    assert find_lease(tmp_path, "usb7", 9) is None


def test_the_file_written_last_counts(tmp_path: Path):
    for path, data, age in (
        ("var/lib/dhcpcd/eth0.lease", MESSAGE, 100),
        ("var/lib/dhcp/dhclient.leases", DHCLIENT, 0),
    ):
        file = tmp_path / path
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        os.utime(file, (1_795_800_000 - age,) * 2)

    assert find_lease(tmp_path, "eth0", 3).server == "192.168.1.254"


def test_a_lease_that_may_not_be_read_is_none(tmp_path: Path):
    (tmp_path / "var/lib/dhcpcd/eth0.lease").mkdir(parents=True)

    assert find_lease(tmp_path, "eth0", 3) is None


def test_a_lease_for_ever_does_not_expire():
    data = MESSAGE.replace(struct.pack("!I", 3600), b"\xff\xff\xff\xff")

    assert message_lease(data, "eth0", WRITTEN).expires is None
    assert pairs_lease(b"ADDRESS=1.2.3.4\n", "eth0", WRITTEN) == Lease("", None)


@given(data=st.binary(max_size=400))
def test_no_parser_fails_on_any_bytes(data):
    """Half-written, foreign or hostile: as good as no file, or a plain lease."""
    for parse in (pairs_lease, dhclient_lease, message_lease):
        for text in (data, b"lease {" + data + b"}", MESSAGE[:240] + data):
            found = parse(text, "eth0", WRITTEN)
            assert found is None or isinstance(found, Lease)


@given(cut=st.integers(0, len(DHCLIENT)), at=st.integers(0, len(MESSAGE)))
def test_files_cut_short_are_read_as_far_as_they_go(cut, at):
    found = dhclient_lease(DHCLIENT[:cut], "eth0", 0)
    assert found is None or found.server in {"", "192.168.1.1", "192.168.1.254"}
    message_lease(MESSAGE[:at], "eth0", 0)


@given(
    server=st.ip_addresses(v=4),
    resolvers=st.lists(st.ip_addresses(v=4), max_size=4, unique=True),
    seconds=st.integers(0, 0xFFFFFFFE),
)
def test_what_a_server_said_is_what_is_read(server, resolvers, seconds):
    """Any lease comes back the same from each of the three formats."""
    packed = b"".join(address.packed for address in resolvers)
    options = struct.pack("!BBI", 51, 4, seconds) + b"\x36\x04" + server.packed
    options += bytes([6, len(packed)]) + packed + b"\xff"
    names = [str(address) for address in resolvers]
    text = f"SERVER_ADDRESS={server}\nLIFETIME={seconds}\nDNS={' '.join(names)}\n"
    expected = Lease(str(server), WRITTEN + seconds * SECOND, tuple(names))

    assert message_lease(MESSAGE[:240] + options, "eth0", WRITTEN) == expected
    assert pairs_lease(text.encode(), "eth0", WRITTEN) == expected
    client = f"lease {{ option dhcp-server-identifier {server}; " + (
        f"option domain-name-servers {', '.join(names)}; }}" if names else "}"
    )
    assert dhclient_lease(client.encode(), "eth0", 0) == Lease(
        str(server), None, tuple(names)
    )
