"""The uplinks of a machine made for the occasion: real interfaces, real events.

Each test runs one scenario of this file in network, mount and user namespaces of its
own, so that nothing outside is touched and no rights are needed.
"""

import asyncio
import inspect
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import aclosing, contextmanager
from functools import lru_cache
from typing import Self

import pytest
from pyroute2 import AsyncIPRoute

from rabta.model import Uplink
from rabta.probes.uplinks import Names, conflict, look, netlink, watch
from rabta.probes.uplinks.counters import read_counters
from rabta.probes.uplinks.watch import watch_portable


Uplinks = tuple[Uplink, ...]

TWO = (
    "link add a0 type veth peer name a1",
    "link add b0 type veth peer name b1",
    "link set a0 up",
    "link set a1 up",
    "link set b0 up",
    "link set b1 up",
    "addr add 10.0.1.2/24 dev a0",
    "addr add 10.0.2.2/24 dev b0",
    "addr add 2001:db8:1::2/64 dev a0 nodad",
    "addr add 2001:db8:2::2/64 dev b0 nodad",
    "route add default via 10.0.2.1 dev b0 metric 50",
    "route add default via 10.0.1.1 dev a0 metric 100",
    "route add default via 2001:db8:1::1 dev a0 metric 50",
    "route add default via 2001:db8:2::1 dev b0 metric 60",
)


def ip(*lines: str, family: tuple[str, ...] = ()) -> None:
    text = "\n".join(lines)
    subprocess.run(["ip", *family, "-batch", "-"], input=text, text=True, check=True)


def ip6(*lines: str) -> None:
    ip(*lines, family=("-6",))


class Follower:
    """Reads ``watch`` in the background, so that nothing is missed."""

    def __init__(self, **names: Names) -> None:
        self.names = names
        self.seen: list[Uplinks] = []
        self.changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.read())
        await self.until(lambda _: True)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def read(self) -> None:
        async with aclosing(watch(self.names)) as changes:
            async for uplinks in changes:
                self.seen.append(uplinks)
                self.changed.set()

    async def until(
        self, holds: Callable[[Uplinks], bool], within: float = 5
    ) -> Uplinks:
        try:
            async with asyncio.timeout(within):
                while not self.seen or not holds(self.seen[-1]):
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            shown = "\n".join(map(str, self.seen))
            what = inspect.getsource(holds).strip()
            raise AssertionError(f"{what}\nnever held in:\n{shown}") from None
        return self.seen[-1]


def of(uplinks: Uplinks, interface: str) -> Uplink:
    return next(uplink for uplink in uplinks if uplink.interface == interface)


def seen(uplinks: Uplinks) -> list[str]:
    return [uplink.interface for uplink in uplinks]


async def two_uplinks() -> None:
    ip(*TWO)
    first, second = await look()
    assert (first.interface, second.interface) == ("b0", "a0")
    assert first.medium == second.medium == "wired"
    assert first.carrier
    line4, line6 = second.lines
    assert (line4.source, line4.gateway) == ("10.0.1.2", "10.0.1.1")
    assert (line6.source, line6.gateway) == ("2001:db8:1::2", "2001:db8:1::1")
    assert line4.has_route
    assert line6.has_route


async def carrier_lost_at_the_far_end() -> None:
    ip(*TWO)
    took = []
    async with Follower() as follower:
        for _ in range(3):
            await asyncio.sleep(1.2)  # the kernel spaces carrier events by a second
            start = time.perf_counter()
            ip("link set a1 down")
            uplinks = await follower.until(lambda u: of(u, "a0").carrier is False)
            took.append(time.perf_counter() - start)
            assert of(uplinks, "b0").carrier
            ip("link set a1 up")
            await follower.until(lambda u: of(u, "a0").carrier is True)
    # the quickest: others may be busy on this machine
    assert min(took) < 0.2, took


async def route_lost_and_found() -> None:
    ip(*TWO)
    async with Follower() as follower:
        ip("route del default via 10.0.1.1 dev a0")
        uplinks = await follower.until(lambda u: not of(u, "a0").line(4).has_route)
        line = of(uplinks, "a0").line(4)
        assert (line.source, line.gateway) == ("10.0.1.2", "10.0.1.1")
        assert of(uplinks, "a0").line(6).has_route
        ip6("route del default via 2001:db8:1::1 dev a0")
        await follower.until(lambda u: not of(u, "a0").line(6).has_route)
        ip("route add default via 10.0.1.1 dev a0 metric 100")
        uplinks = await follower.until(lambda u: of(u, "a0").line(4).has_route)
        assert not of(uplinks, "a0").line(6).has_route


async def moved_to_a_network_without_ipv6() -> None:
    ip(*TWO)
    async with Follower() as follower:
        ip6("route del default via 2001:db8:1::1 dev a0")
        ip(
            "addr add 10.0.9.2/24 dev a0",
            "route del default via 10.0.1.1 dev a0",
            "route add default via 10.0.9.1 dev a0 metric 100",
        )
        uplinks = await follower.until(lambda u: of(u, "a0").line(6) is None)
        assert of(uplinks, "a0").line(4).source == "10.0.9.2"


async def address_removed() -> None:
    ip(*TWO)
    async with Follower() as follower:
        ip("addr del 10.0.1.2/24 dev a0")
        uplinks = await follower.until(lambda u: of(u, "a0").line(4).source == "")
        assert not of(uplinks, "a0").line(4).has_route
        assert of(uplinks, "a0").carrier
        ip("addr del 2001:db8:2::2/64 dev b0")
        await follower.until(lambda u: of(u, "b0").line(6).source == "")


async def interface_gone() -> None:
    ip(*TWO)
    async with Follower() as follower:
        ip("link del a0")
        uplinks = await follower.until(lambda u: of(u, "a0").index == 0)
        gone = of(uplinks, "a0")
        assert gone.carrier is False
        assert [line.has_route for line in gone.lines] == [False, False]
        ip(*(line for line in TWO if " a0" in line and "peer" in line))
        ip("link set a0 up", "link set a1 up", "addr add 10.0.1.2/24 dev a0")
        ip("route add default via 10.0.1.1 dev a0 metric 100")
        uplinks = await follower.until(lambda u: of(u, "a0").carrier is True)
        assert of(uplinks, "a0").index > 0


async def multipath() -> None:
    ip(*TWO[:10])
    ip("route add default nexthop via 10.0.1.1 dev a0 nexthop via 10.0.2.1 dev b0")
    ip6(
        "route add default nexthop via 2001:db8:1::1 dev a0"
        " nexthop via 2001:db8:2::1 dev b0"
    )
    uplinks = await look()
    gateways = {u.interface: [line.gateway for line in u.lines] for u in uplinks}
    assert gateways == {
        "a0": ["10.0.1.1", "2001:db8:1::1"],
        "b0": ["10.0.2.1", "2001:db8:2::1"],
    }


async def tables_of_their_own() -> None:
    ip(*TWO[:10])
    ip(
        "route add default via 10.0.1.1 dev a0 table 101",
        "route add default via 10.0.2.1 dev b0 table 102",
        "rule add iif b0 lookup 102",
    )
    assert await look() == ()
    async with Follower() as follower:
        ip("rule add from 10.0.1.2 lookup 101")
        uplinks = await follower.until(lambda u: seen(u) == ["a0"])
        assert of(uplinks, "a0").line(4).gateway == "10.0.1.1"
        ip("rule add fwmark 7 lookup 102 pref 10")
        ip("route add default via 10.0.2.1 dev b0")
        # what holds for all traffic comes first
        await follower.until(lambda u: seen(u) == ["b0", "a0"])


async def tunnel_without_gateway() -> None:
    ip(*TWO)
    ip(
        "tuntap add dev tun0 mode tun",
        "link set tun0 up",
        "addr add 10.8.0.2 peer 10.8.0.1 dev tun0",
        "route add 0.0.0.0/1 via 10.8.0.1 dev tun0",
    )
    assert seen(await look()) == ["b0", "a0"]
    ip("route add 128.0.0.0/1 dev tun0")
    uplinks = await look()
    assert seen(uplinks)[0] == "tun0"
    tunnel = of(uplinks, "tun0")
    assert tunnel.medium == "tunnel"
    assert tunnel.carrier is False  # nobody holds its other end
    assert tunnel.line(4).source == "10.8.0.2"


async def no_way_out() -> None:
    ip("link set lo up")
    async with Follower() as follower:
        assert follower.seen == [()]
        ip(*TWO[:10])
        ip("route add default via 10.0.1.1 dev a0 onlink")
        uplinks = await follower.until(bool)
        assert [line.family for line in uplinks[0].lines] == [4]


async def ipv6_alone() -> None:
    ip(
        "link add a0 type veth peer name a1",
        "link set a0 up",
        "link set a1 up",
        "addr add fd00:1::2/64 dev a0 nodad",
        "addr add 2001:db8:1::3/64 dev a0 nodad preferred_lft 0",
        "addr add 2001:db8:1::2/64 dev a0 nodad",
        "route add default via 2001:db8:1::1 dev a0",
    )
    (uplink,) = await look()
    (line,) = uplink.lines
    assert (line.family, line.source) == (6, "2001:db8:1::2")


async def named_but_never_connected() -> None:
    ip(*TWO[:8], "link set b1 down")
    names = {
        "b0": Names("ptcl", "PTCL", 17557, metered=True),
        "wwan0": Names("jazz"),
    }
    async with Follower(**names) as follower:
        ptcl, jazz = follower.seen[-1]
        assert (ptcl.name, ptcl.isp, ptcl.asn, ptcl.metered) == (
            *("ptcl", "PTCL", 17557),
            True,
        )
        assert ptcl.carrier is False
        assert [line.has_route for line in ptcl.lines] == [False]
        assert (jazz.name, jazz.interface, jazz.index) == ("jazz", "wwan0", 0)
        assert jazz.carrier is False
        ip("link set b1 up", "route add default via 10.0.2.1 dev b0")
        await follower.until(lambda u: u[0].name == "ptcl" and u[0].lines[0].has_route)


@contextmanager
def neighbour_on(interface: str) -> Callable[[str], None]:
    """Put the far end of a cable into the namespace of another host."""
    host = subprocess.Popen(["unshare", "-n", "sleep", "60"])
    time.sleep(0.3)

    def there(line: str) -> None:
        inside = ["nsenter", f"--net=/proc/{host.pid}/ns/net", "ip"]
        subprocess.run([*inside, *line.split()], check=True)

    try:
        ip(f"link set {interface} netns {host.pid}")
        there("link set lo up")
        there(f"link set {interface} up")
        yield there
    finally:
        host.kill()
        host.wait()


async def another_host_has_our_ipv4_address() -> None:
    ip(*TWO)
    conflict.PROBE_INTERVAL = 0.2
    conflict.MEMORY = 0.6
    with neighbour_on("a1") as there:
        there("addr add 10.0.1.1/24 dev a1")
        async with Follower() as follower:
            await follower.until(lambda u: of(u, "a0").carrier is True)
            await asyncio.sleep(1)
            assert not of(follower.seen[-1], "a0").line(4).conflict
            there("addr add 10.0.1.2/24 dev a1")
            uplinks = await follower.until(lambda u: of(u, "a0").line(4).conflict)
            assert not of(uplinks, "a0").line(6).conflict
            assert not of(uplinks, "b0").line(4).conflict
            there("addr del 10.0.1.2/24 dev a1")
            await follower.until(lambda u: not of(u, "a0").line(4).conflict)


async def a_stray_packet_accuses_nobody() -> None:
    ip(*TWO)
    fake = bytes.fromhex("02000000beef")
    ours = socket.inet_aton("10.0.1.2")
    head = b"\xff" * 6 + fake + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1)
    claim = head + fake + ours + bytes(6) + ours
    junk = [claim[:n] for n in range(14, 42, 3)]
    junk += [claim[:14] + bytes(28), claim[:18] + b"\x08\x10" + claim[20:]]
    async with Follower() as follower:
        await follower.until(lambda u: of(u, "a0").carrier is True)
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as there:
            there.bind(("a1", 0))
            for frame in (*junk, claim):
                there.send(frame)
            await asyncio.sleep(0.5)
            assert not of(follower.seen[-1], "a0").line(4).conflict
            there.send(claim)
            await follower.until(lambda u: of(u, "a0").line(4).conflict)


async def our_own_second_interface_is_no_conflict() -> None:
    ip(*TWO)
    conflict.PROBE_INTERVAL = 0.1
    # both in one network: Linux answers ARP for any of its addresses on either
    ip("link add br0 type bridge", "link set br0 up")
    ip("link set a1 master br0", "link set b1 master br0")
    async with Follower() as follower:
        await follower.until(lambda u: of(u, "b0").carrier is True)
        await asyncio.sleep(1)
        lines = [line for uplink in follower.seen[-1] for line in uplink.lines]
        assert not any(line.conflict for line in lines)


async def another_host_has_our_ipv6_address() -> None:
    ip(*TWO)
    with neighbour_on("a1") as there:
        there("addr add 2001:db8:9::2/64 dev a1 nodad")
        async with Follower() as follower:
            await follower.until(lambda u: of(u, "a0").carrier is True)
            await asyncio.sleep(0.5)
            ip("addr del 2001:db8:1::2/64 dev a0", "addr add 2001:db8:9::2/64 dev a0")
            ip6("route replace default dev a0 metric 50")
            uplinks = await follower.until(lambda u: of(u, "a0").line(6).conflict)
            assert of(uplinks, "a0").line(6).source == "2001:db8:9::2"
            assert not of(uplinks, "a0").line(4).conflict


async def changes_lost_in_a_storm() -> None:
    ip(*TWO)
    begun = []
    changes = netlink._changes

    def counted():
        begun.append(time.perf_counter())
        return changes()

    netlink._changes = counted
    async with Follower() as follower:
        # the loop stands still meanwhile, so that the socket's buffer overflows
        storm = [
            f"route {verb} 0.0.0.0/{1 + n % 3} dev a0 metric {n}"
            for n in range(1000, 9000)
            for verb in ("add", "del")
        ]
        ip(*storm, "route del default via 10.0.1.1 dev a0")
        uplinks = await follower.until(lambda u: not of(u, "a0").line(4).has_route)
        assert len(begun) > 1, "nothing was lost: the storm was too small"
        assert of(uplinks, "b0").line(4).has_route
        ip("route add default via 10.0.1.1 dev a0 metric 100")
        await follower.until(lambda u: of(u, "a0").line(4).has_route)


async def irrelevant_routes_wake_nobody() -> None:
    ip(*TWO)
    async with Follower() as follower:
        await asyncio.sleep(2.5)
        reads = []
        read = netlink._dump

        async def counted(socket):
            reads.append(1)
            return await read(socket)

        netlink._dump = counted
        ip(*(f"route add 10.9.{n}.0/24 dev a0" for n in range(200)))
        await asyncio.sleep(0.5)
        assert not reads
        ip("route del default via 10.0.1.1 dev a0")
        await follower.until(lambda u: not of(u, "a0").line(4).has_route)
        assert reads


async def without_netlink() -> None:
    ip(*TWO)
    async with aclosing(watch_portable(recheck=0.05)) as changes:
        (uplink,) = await anext(changes)
        assert (uplink.carrier, uplink.medium, uplink.index) == (None, "unknown", 0)
        sources = [line.source for line in uplink.lines]
        assert sources == ["10.0.2.2", "2001:db8:1::2"]
        ip(
            "route del default via 10.0.1.1 dev a0",
            "route del default via 10.0.2.1 dev b0",
        )
        (uplink,) = await anext(changes)
        assert [line.has_route for line in uplink.lines] == [False, True]
        ip6(
            "route del default via 2001:db8:1::1 dev a0",
            "route del default via 2001:db8:2::1 dev b0",
        )
        (uplink,) = await anext(changes)
        assert [line.has_route for line in uplink.lines] == [False, False]
        assert uplink.carrier is None


async def bytes_counted_both_ways() -> None:
    ip(*TWO)
    before = read_counters()
    for name, frames in (("a0", 300), ("a1", 700)):
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
            wire.bind((name, 0))
            for _ in range(frames):
                wire.send(bytes(12) + b"\x88\xb5" + bytes(986))
    after = read_counters()
    sent = after["a0"].sent - before["a0"].sent
    received = after["a0"].received - before["a0"].received
    assert 300_000 <= sent < 310_000, sent
    assert 700_000 <= received < 710_000, received
    assert after["b0"].sent - before["b0"].sent < 10_000
    async with AsyncIPRoute() as netlink:
        (link,) = [one async for one in await netlink.get_links(ifname="a0")]
        stats = link.get("IFLA_STATS64")
    told = read_counters()["a0"]
    assert abs(told.sent - stats["tx_bytes"]) < 1_000
    assert abs(told.received - stats["rx_bytes"]) < 1_000


SCENARIOS = (
    bytes_counted_both_ways,
    two_uplinks,
    carrier_lost_at_the_far_end,
    route_lost_and_found,
    moved_to_a_network_without_ipv6,
    address_removed,
    interface_gone,
    multipath,
    tables_of_their_own,
    tunnel_without_gateway,
    no_way_out,
    ipv6_alone,
    named_but_never_connected,
    another_host_has_our_ipv4_address,
    a_stray_packet_accuses_nobody,
    our_own_second_interface_is_no_conflict,
    another_host_has_our_ipv6_address,
    changes_lost_in_a_storm,
    irrelevant_routes_wake_nobody,
    without_netlink,
)


@lru_cache
def namespaces_refused() -> str:
    trial = subprocess.run(
        ["unshare", "-rnm", "ip", "link", "add", "a0", "type", "veth"],
        capture_output=True,
        text=True,
        check=False,
    )
    return trial.stderr.strip()


@pytest.mark.lab
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
def test_uplinks_follow_a_real_network(scenario):
    """What the kernel does to interfaces, addresses and routes is seen as it is."""
    if sys.platform != "linux" or namespaces_refused():
        pytest.skip(f"no network namespaces here: {namespaces_refused()}")
    inside = 'mount -t sysfs sysfs /sys && exec "$@"'
    python = [sys.executable, "-X", "dev", "-W", "error", __file__, scenario.__name__]
    done = subprocess.run(
        ["unshare", "-rnm", "sh", "-c", inside, "sh", *python],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    print(done.stdout)

    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    asyncio.run(globals()[sys.argv[1]]())
