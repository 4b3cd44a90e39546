"""Faults between the house and the world do what they say."""

import time
from functools import partial

import pytest

from . import plain, plan
from .plan import SERVICE, SITES
from .world import Lab


pytestmark = pytest.mark.lab
DOMESTIC = plan.member(plan.DOMESTIC[0], 10)[0]
CODE = SERVICE["code"]


def abroad(corridor: str, family: int = 4) -> str:
    return plan.member(SITES[corridor], 10)[family == 6]


def reach(*addresses: str, uplink: int = 1, timeout: float = 0.5) -> list[bool]:
    calls = [partial(plain.ping, address, uplink, timeout) for address in addresses]
    return [seen.ok for seen in plain.together(*calls)]


@pytest.mark.parametrize("how", ["silent", "unplugged", "filtered"])
def test_first_hop_dead_stops_behind_the_gateway(lab: Lab, how: str) -> None:
    """The gateway answers, nothing beyond it does, on both families."""
    isp = lab.isp(1)
    with lab.fault("first-hop-dead", how=how):
        expected = [True, False, False, False]
        far = isp.first_hop4, DOMESTIC, "2606:4700:4700::1111"
        assert expected == reach(isp.gateway4, *far)
        assert reach(DOMESTIC, uplink=2) == [True]
    time.sleep(0.1)
    assert reach(DOMESTIC, "2606:4700:4700::1111", timeout=2) == [True, True]


@pytest.mark.parametrize("how", ["silent", "routed", "one-way"])
def test_upstream_cut_leaves_the_first_hop(lab: Lab, how: str) -> None:
    """The access router answers, nothing beyond the core does."""
    isp = lab.isp(1)
    with lab.fault("upstream-cut", how=how):
        far = DOMESTIC, "1.1.1.1", abroad("west")
        assert reach(isp.first_hop4, *far) == [True, False, False, False]
        assert reach(isp.resolver4) == [how == "routed"]


def test_isolated_leaves_the_country(lab: Lab) -> None:
    """Domestic servers and in-country anycast nodes answer; abroad is dark."""
    with lab.fault("isolated"):
        for uplink in (1, 2):
            assert reach(DOMESTIC, "1.1.1.1", uplink=uplink) == [True, True]
            dark = *(abroad(c) for c in plan.CORRIDORS), "208.67.222.222"
            assert not any(reach(*dark, uplink=uplink))


def test_a_corridor_can_be_cut_for_one_isp(lab: Lab) -> None:
    """The other corridors and the other ISP are not concerned."""
    with lab.fault("corridor", "west", uplinks=[1]):
        assert reach(abroad("west"), abroad("west", 6)) == [False, False]
        assert reach(abroad("gulf"), abroad("east")) == [True, True]
        assert reach(abroad("west"), uplink=2) == [True]


def test_a_corridor_can_be_slow_or_lossy(lab: Lab) -> None:
    """Delay and loss are those asked for."""
    with lab.fault("corridor", "gulf", extra_delay=0.05):
        seen = plain.pings(abroad("gulf"), 3)
        assert min(one.seconds for one in seen) > 0.14
    with lab.fault("corridor", "gulf", loss=0.2):
        seen = plain.together(*[partial(plain.ping, abroad("gulf"))] * 150)
        assert 0.2 < sum(not one.ok for one in seen) / 150 < 0.52  # 0.36 both ways


@pytest.mark.parametrize(
    ("level", "gateway", "first", "resolver"),
    [
        ("gateway", False, False, False),
        ("access", True, False, False),
        ("core", True, True, False),
        ("national", True, True, True),
    ],
)
def test_all_uplinks_can_be_cut_at_a_level(
    lab: Lab,
    level: str,
    gateway: bool,  # noqa: FBT001
    first: bool,  # noqa: FBT001
    resolver: bool,  # noqa: FBT001
) -> None:
    """What lies before the level answers on both uplinks, the rest on neither."""
    with lab.fault("all-cut", level):
        for isp in lab.isps:
            seen = reach(
                *(isp.gateway4, isp.first_hop4, isp.resolver4, DOMESTIC),
                uplink=isp.number,
            )
            assert seen == [gateway, first, resolver, False]
    time.sleep(0.1)
    assert reach(DOMESTIC, timeout=2) == reach(DOMESTIC, timeout=2, uplink=2) == [True]


def test_loss_is_random_and_of_the_size_asked_for(lab: Lab) -> None:
    """15 % each way is 28 % of the round trips; the gateway loses none."""
    with lab.fault("loss", share=0.15):
        seen = plain.together(*[partial(plain.ping, DOMESTIC, 1, 0.4)] * 300)
        assert 0.18 < sum(not one.ok for one in seen) / 300 < 0.38
        assert all(one.ok for one in plain.pings("192.168.1.1", 20))


def test_a_slow_line_bloats_under_load(lab: Lab) -> None:
    """Idle it is as fast as ever; a download fills its buffer."""
    argv = ["curl", "-s", "-m8", "-o", "/dev/null", "--interface", "wan1"]
    with lab.fault("slow-line", rate=1e6, queue=1.0):
        idle = plain.ping(DOMESTIC).seconds
        load = lab.popen([*argv, f"http://{DOMESTIC}/bytes/2000000"])
        loaded = max(one.seconds for one in plain.pings(DOMESTIC, 30, 1, 3.0))
        load.terminate()
        load.wait()

    assert idle < 0.03
    assert loaded > 0.2


@pytest.mark.parametrize("where", ["core", "bng", "cpe"])
def test_ipv6_dead_leaves_ipv4(lab: Lab, where: str) -> None:
    """One family is gone, the other is not."""
    with lab.fault("ipv6-dead", where=where):
        assert reach(DOMESTIC, abroad("gulf")) == [True, True]
        assert reach("2606:4700:4700::1111", abroad("gulf", 6)) == [False, False]


def test_toward_hits_one_network(lab: Lab) -> None:
    """The service's network loses packets, its neighbours in the corridor do not."""
    with lab.fault("toward", loss=0.5):
        calls = [partial(plain.ping, CODE.addresses4[0])] * 60
        seen = plain.together(*calls)
        assert 0.25 < sum(one.ok for one in seen) / 60 < 0.75
        assert all(reach(*[abroad("us")] * 5, timeout=1))


def test_toward_can_lose_everything(lab: Lab) -> None:
    with lab.fault("toward", loss=1.0):
        assert reach(CODE.addresses4[0], CODE.addresses6[0]) == [False, False]
        assert reach(abroad("us")) == [True]


def test_anycast_down_is_one_operator(lab: Lab) -> None:
    """The other operators answer."""
    with lab.fault("anycast-down", operator="nine"):
        assert reach("9.9.9.9", "2620:fe::fe") == [False, False]
        assert reach("1.1.1.1", "8.8.8.8") == [True, True]


def test_domestic_networks_can_be_lost_alone(lab: Lab) -> None:
    """Abroad and anycast nodes answer."""
    with lab.fault("domestic"):
        assert reach(DOMESTIC, plan.IX_SERVER4, "1.1.1.1") == [False, False, True]
        assert reach(abroad("west"), DOMESTIC, uplink=2) == [True, True]
    with lab.fault("domestic", anycast=True):
        assert reach("1.1.1.1", abroad("gulf"), "208.67.222.222") == [False, True, True]


def test_icmp_filtered_leaves_tcp(lab: Lab) -> None:
    """Echoes are lost, connections are made."""
    with lab.fault("icmp-filtered"):
        assert reach(DOMESTIC, abroad("gulf"), "2620:fe::fe") == [False] * 3
        assert plain.connect(DOMESTIC).ok
        assert plain.connect(abroad("gulf", 6)).ok


def test_two_faults_can_be_there_at_once(lab: Lab) -> None:
    """Each keeps its effect, and each is undone by itself."""
    with lab.fault("upstream-cut", uplink=2):
        with lab.fault("corridor", "west", uplinks=[1]):
            assert reach(abroad("west"), abroad("gulf")) == [False, True]
            assert reach(abroad("gulf"), uplink=2) == [False]
        assert reach(abroad("west")) == [True]
        assert reach(abroad("gulf"), uplink=2) == [False]
