"""The uplinks where the system announces nothing."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.probes.uplinks import watch
from rabta.probes.uplinks import watch as watch_module
from rabta.probes.uplinks.portable import parse_route_get, source_address


DARWIN = """   route to: default
destination: default
       mask: default
    gateway: 192.168.1.1
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
 recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire
"""


def test_what_macos_prints():
    assert parse_route_get(DARWIN) == ("en0", "192.168.1.1")
    assert parse_route_get(DARWIN.replace("192.168.1.1", "fe80::1%en0")) == (
        "en0",
        "fe80::1%en0",
    )


def test_a_link_without_gateway_has_none():
    assert parse_route_get("gateway: link#12\ninterface: utun3\n") == ("utun3", "")
    assert parse_route_get("route: writing to routing socket: not in table") == ("", "")


@given(text=st.text(max_size=200))
def test_any_text_is_read(text):
    interface, gateway = parse_route_get(f"gateway: {text}\ninterface: {text}")
    assert isinstance(interface, str)
    assert isinstance(gateway, str)


def test_a_source_address_is_a_literal_or_empty():
    for family in (4, 6):
        assert (
            source_address(family) == ""
            or "." in source_address(family)
            or (":" in source_address(family))
        )


@pytest.mark.parametrize("platform", ["darwin", "win32", "freebsd14"])
def test_the_package_imports_on_other_systems(platform):
    """No name of Linux alone is needed before it is used, nor is pyroute2."""
    code = (
        "import sys; import asyncio, tempfile, zoneinfo;"
        "loop = asyncio.new_event_loop();"
        f"sys.platform = {platform!r};"
        "import socket; [delattr(socket, n) for n in dir(socket)"
        " if n.startswith(('AF_PACKET', 'AF_NETLINK', 'SO_BINDTODEVICE'))];"
        "sys.modules['pyroute2'] = None;"
        "from rabta.probes import uplinks, power, abilities;"
        "found = loop.run_until_complete(uplinks.look());"
        "assert all(u.carrier is None for u in found), found;"
        "lost = {p.ability for p in abilities.permissions() if not p.permitted};"
        "assert {'netlink', 'packet', 'bind-device'} <= lost, lost"
    )

    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


async def test_without_netlink_the_uplinks_are_looked_at_instead(monkeypatch):
    """A sandbox that forbids netlink leaves what a UDP socket tells."""

    async def refused(_):
        raise PermissionError(1, "Operation not permitted")

    module = sys.modules[watch_module.__module__]
    monkeypatch.setattr(module, "follow", refused)
    changes = watch()
    uplinks = await anext(changes)
    await changes.aclose()

    assert all(uplink.carrier is None for uplink in uplinks)
    sources = {line.source for uplink in uplinks for line in uplink.lines}
    assert sources == {source_address(4), source_address(6)} - {""}
