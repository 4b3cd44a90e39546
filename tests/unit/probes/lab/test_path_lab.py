"""Paths over a chain of real routers."""

import pytest

from rabta import failure
from rabta.clock import SystemClock
from rabta.model import Probe, Rung, Target
from rabta.probes import PROBES, Aim, Binding
from rabta.probes.icmp_engine import IcmpEngine
from rabta.probes.path import first_hop_of
from tests.unit.probes.lab.wires import answers, sh, wait_for, without_rights


pytestmark = pytest.mark.lab

SOURCE = {4: "192.168.7.9", 6: "fd07::9"}
HOPS = {
    4: ("192.168.7.1", "100.64.0.2", "203.0.113.2", "198.51.100.2"),
    6: ("fd07::1", "2001:db8:1::2", "2001:db8:2::2", "2001:db8:3::2"),
}
CHAIN = """
for n in 1 2 3 4; do
    ip netns add r$n
    ip -n r$n link set lo up
    ip netns exec r$n sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 \
        net.ipv6.conf.all.forwarding=1 net.ipv6.icmp.ratelimit=0
done
ip link add wan type veth peer name in netns r1
ip -n r1 link add out type veth peer name in netns r2
ip -n r2 link add out type veth peer name in netns r3
ip -n r3 link add out type veth peer name in netns r4

ip address add 192.168.7.9/24 dev wan
ip -6 address add fd07::9/64 dev wan nodad
ip link set wan up
ip route add default via 192.168.7.1
ip -6 route add default via fd07::1

join() {  # from, to, and the two ends in both families
    ip -n $1 address add $3/24 dev out
    ip -n $1 -6 address add $5/64 dev out nodad
    ip -n $1 link set out up
    ip -n $2 address add $4/24 dev in
    ip -n $2 -6 address add $6/64 dev in nodad
    ip -n $2 link set in up
    ip -n $1 route add default via $4
    ip -n $1 -6 route add default via $6
    ip -n $2 route add 192.168.7.0/24 via $3
    ip -n $2 -6 route add fd07::/64 via $5
}
ip -n r1 address add 192.168.7.1/24 dev in
ip -n r1 -6 address add fd07::1/64 dev in nodad
ip -n r1 link set in up
join r1 r2 100.64.0.1 100.64.0.2 2001:db8:1::1 2001:db8:1::2
join r2 r3 203.0.113.1 203.0.113.2 2001:db8:2::1 2001:db8:2::2
join r3 r4 198.51.100.1 198.51.100.2 2001:db8:3::1 2001:db8:3::2
"""


@pytest.fixture(scope="module", autouse=True)
def chain():
    sh(CHAIN)
    wait_for(lambda: answers(HOPS[4][-1]) and answers(HOPS[6][-1], 6))


async def trace(
    family: int, address: str = "", *, icmp: bool = True, within: float = 10.0
):
    binding = Binding("wan", SOURCE[family], family, "device")
    address = address or HOPS[family][-1]
    target = Target("far", Rung.CONTROL, address, (Probe.PATH,))
    clock = SystemClock()
    engine = IcmpEngine(binding, clock) if icmp else None
    aim = Aim(target, address, "one", binding, clock, within, icmp=engine)
    try:
        return await PROBES[Probe.PATH](aim)
    finally:
        if engine:
            engine.close()


def addresses(observation) -> tuple[str, ...]:
    return tuple(hop.address for hop in observation.detail.hops)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("icmp", [True, False])
async def test_every_hop_is_named_and_timed(family, icmp):
    """By ICMP and by UDP, over IPv4 and IPv6, in order and with the target last."""
    observation = await trace(family, icmp=icmp)

    assert observation.failure is None
    assert addresses(observation) == HOPS[family]
    assert observation.detail.reached
    assert all(0 < hop.rtt < 0.5 for hop in observation.detail.hops)
    assert observation.value == observation.detail.hops[-1].rtt


@pytest.mark.parametrize("family", [4, 6])
async def test_no_rights_are_needed(family):
    """Neither raw nor ping sockets: the error queue of UDP tells the same."""
    with without_rights():
        observation = await trace(family)

    assert addresses(observation) == HOPS[family]


@pytest.mark.parametrize("family", [4, 6])
async def test_the_first_hop_is_the_first_router_beyond_the_gateway(family):
    """Shared address space (RFC 6598) is the operator's, not the LAN's."""
    observation = await trace(family)

    gateway, first_hop, *_ = HOPS[family]
    assert first_hop_of(observation.detail, gateway) == first_hop


async def test_a_silent_router_is_a_gap_and_no_end():
    """One hop that tells nobody of expired packets is passed over."""
    sh("ip netns exec r2 nft 'add table ip t; add chain ip t o"
       " { type filter hook output priority 0; };"
       " add rule ip t o icmp type time-exceeded drop'")  # fmt: skip
    try:
        observation = await trace(4)
    finally:
        sh("ip netns exec r2 nft delete table ip t")

    lan, _, core, target = HOPS[4]
    assert addresses(observation) == (lan, "", core, target)
    assert observation.detail.hops[1].rtt is None


@pytest.mark.parametrize("icmp", [True, False])
async def test_a_silent_target_ends_the_walk_soon(icmp):
    """Hops are told as far as they go, and the packets are few."""
    sh("ip netns exec r4 nft 'add table ip t; add chain ip t i"
       " { type filter hook input priority 0; policy drop; }'")  # fmt: skip
    try:
        observation = await trace(4, icmp=icmp, within=30.0)
    finally:
        sh("ip netns exec r4 nft delete table ip t")

    assert observation.failure == failure.GENERIC_TIMEOUT
    assert observation.value is None
    assert not observation.detail.reached
    assert addresses(observation) == HOPS[4][:3]
    assert observation.spent_bytes <= 24 * (44 + 72)


async def test_what_a_router_refuses_is_named():
    """The walk ends where the error comes from."""
    sh("ip -n r3 route add prohibit 198.51.100.77")
    observation = await trace(4, "198.51.100.77")
    sh("ip -n r3 route delete prohibit 198.51.100.77")

    assert observation.failure == failure.ADMIN_PROHIBITED
    assert addresses(observation)[-1] == HOPS[4][2]


async def test_when_time_is_up_what_was_seen_is_told():
    """A path that takes too long is a timeout with the hops so far."""
    sh("ip netns exec r4 nft 'add table ip t; add chain ip t i"
       " { type filter hook input priority 0; policy drop; }'")  # fmt: skip
    try:
        observation = await trace(4, within=1.2, icmp=False)
    finally:
        sh("ip netns exec r4 nft delete table ip t")

    assert observation.failure == failure.GENERIC_TIMEOUT
    assert addresses(observation) == HOPS[4][:3]


async def test_all_packets_are_one_flow():
    """What a load-sharing router hashes never changes: Paris, not Dublin."""
    sh("ip netns exec r1 nft 'add table ip t; add set ip t flows {"
       " type inet_proto . inet_service . inet_service; flags dynamic; };"
       " add set ip t echoes { typeof icmp checksum . icmp id; flags dynamic; };"
       " add chain ip t f { type filter hook prerouting priority 0; };"
       " add rule ip t f iifname in udp length 1-65535"
       " update @flows { ip protocol . udp sport . udp dport };"
       " add rule ip t f iifname in icmp type echo-request"
       " update @echoes { icmp checksum . icmp id }'")  # fmt: skip
    try:
        await trace(4)
        await trace(4, icmp=False)
        count = (
            "ip netns exec r1 nft -j list set ip t {0} | python3 -c '"
            'import json,sys; sets=json.load(sys.stdin)["nftables"];'
            'assert [len(s["set"]["elem"]) for s in sets if "set" in s] == [1], sets\''
        )
        sh(count.format("echoes"))
        sh(count.format("flows"))
    finally:
        sh("ip netns exec r1 nft delete table ip t")
