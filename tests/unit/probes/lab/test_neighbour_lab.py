"""Gateways on a real link, with the rights to ask them and without."""

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from rabta import failure
from rabta.model import Probe, Rung, Target
from rabta.probes import PROBES, Aim, Binding
from rabta.probes.neighbour_solicit import Solicitor
from rabta.probes.neighbour_table import Nud, look_up
from tests.unit.probes.lab.wires import (
    FAR,
    FAR_6,
    aim,
    joined,
    near,
    sh,
    wait_for,
    without_rights,
)


pytestmark = pytest.mark.lab
NOBODY = {4: "10.0.0.77", 6: "fd00::77"}


@pytest.fixture(scope="module", autouse=True)
def wires():
    with joined():
        yield


@pytest.fixture
def deaf():
    """Have the far host drop all IP, as a strict gateway does; ARP and NDP pass."""
    sh("ip netns exec far nft 'add table inet t; add chain inet t in"
       " { type filter hook input priority 0; };"
       " add rule inet t in icmpv6 type"
       " { nd-neighbor-solicit, nd-neighbor-advert } accept;"
       " add rule inet t in drop'")  # fmt: skip
    yield
    sh("ip netns exec far nft delete table inet t")


async def ask(address: str, timeout_: float = 0.6):
    return await PROBES[Probe.NEIGHBOUR](aim(Probe.NEIGHBOUR, address, timeout_))


@pytest.mark.parametrize("address", [FAR, FAR_6])
async def test_a_neighbour_that_drops_everything_is_there(address, deaf):
    """ARP and NDP are answered by whoever has the address."""
    observation = await ask(address)

    assert observation.failure is None
    assert 0 < observation.value < 0.1


def link_local() -> str:
    """Return what ``ip`` says of the far host's link-local address."""
    show = ["ip", "-n", "far", "-6", "-o", "address", "show", "dev", "far"]
    return subprocess.check_output([*show, "scope", "link"], text=True)


async def test_a_link_local_gateway_is_asked_over_its_own_link():
    """Most IPv6 default routes point at one."""
    wait_for(lambda: link_local() and "tentative" not in link_local())
    address = link_local().split()[3].partition("/")[0]

    observation = await ask(address)

    assert observation.failure is None


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rights", [True, False])
async def test_nobody_there_is_a_timeout_or_unreachable(family, rights):
    """An address nobody has is no neighbour, whichever way one asks."""
    if rights:
        observation = await ask(NOBODY[family])
    else:
        with without_rights():
            observation = await ask(NOBODY[family])

    assert observation.failure in {failure.GENERIC_TIMEOUT, failure.HOST_UNREACHABLE}


@pytest.mark.parametrize("address", [FAR, FAR_6])
async def test_without_rights_a_refused_datagram_proves_it(address):
    """The answer to a closed port is timed."""
    with without_rights():
        observation = await ask(address)

    assert observation.failure is None
    assert 0 < observation.value < 0.1


async def test_without_rights_the_kernel_vouches_for_a_silent_one(deaf):
    """Just confirmed by the kernel itself: there, but nobody knows how fast."""
    sh(f"ip neighbour flush dev near; ip neighbour del {FAR} dev near || true")
    with without_rights():
        observation = await ask(FAR)

    assert observation.failure is None
    assert observation.value is None


async def test_without_rights_old_news_are_no_answer(deaf):
    """A stale entry proves nothing, neither way: not measured."""
    sh(f"ip neighbour replace {FAR} lladdr 02:00:00:00:00:01 dev near nud stale")
    with without_rights():
        observation = await ask(FAR)
    sh(f"ip neighbour del {FAR} dev near")

    assert observation.failure in failure.NOT_MEASURED


async def test_a_replaced_gateway_is_found_although_the_old_address_is_cached():
    """Half of the time is for the one we know, half for whoever answers."""
    sh(f"ip neighbour replace {FAR} lladdr 02:00:00:00:00:01 dev near nud reachable")
    observation = await ask(FAR)
    sh(f"ip neighbour del {FAR} dev near")

    assert observation.failure is None


async def test_where_nobody_resolves_addresses_it_is_not_measured():
    """A tunnel has no neighbours."""
    sh("ip tuntap add dev tun8 mode tun")
    target = Target("gateway", Rung.GATEWAY, "10.8.0.1", (Probe.NEIGHBOUR,))
    template = aim(Probe.NEIGHBOUR, "10.8.0.1")
    binding = Binding("tun8", "", 4, "device")
    observation = await PROBES[Probe.NEIGHBOUR](
        Aim(target, "10.8.0.1", "tun", binding, template.clock)
    )

    assert observation.failure == failure.UNSUPPORTED


async def test_a_vanished_interface_is_named():
    """Nothing is said of the gateway."""
    template = aim(Probe.NEIGHBOUR, FAR)
    binding = Binding("gone0", "", 4, "device")
    observation = await PROBES[Probe.NEIGHBOUR](
        Aim(template.target, FAR, "gone", binding, template.clock)
    )

    assert observation.failure == failure.INTERFACE_GONE


async def test_the_table_tells_state_address_and_age():
    """What the kernel knows of one neighbour, and None of a stranger."""
    sh(f"ip neighbour replace {FAR} lladdr 02:00:00:00:00:01 dev near nud reachable")
    entry = look_up("near", FAR)
    sh(f"ip neighbour del {FAR} dev near")

    assert entry.state is Nud.REACHABLE
    assert entry.mac == bytes.fromhex("020000000001")
    assert entry.confirmed_ago < 60
    wait_for(lambda: look_up("near", "10.0.0.99") is None)


@pytest.fixture
def shared():
    """Lend a line's own socket to several questions."""
    made = {4: Solicitor(near(4)), 6: Solicitor(near(6))}
    yield lambda address: made[6 if ":" in address else 4]
    for one in made.values():
        one.close()


def sockets() -> int:
    """Count the packet and raw sockets of this network."""
    files = ("packet", "raw6")
    lines = [Path(f"/proc/self/net/{f}").read_text().splitlines() for f in files]
    return sum(len(found) - 1 for found in lines)


@pytest.mark.parametrize("address", [FAR, FAR_6])
async def test_many_questions_share_one_socket_and_each_is_answered(shared, address):
    """One answer may serve several, and none takes another's away."""
    template = aim(Probe.NEIGHBOUR, address, 0.6)
    one = replace(template, neighbours=shared(address))
    before = sockets()
    for _ in range(3):
        many = [PROBES[Probe.NEIGHBOUR](one) for _ in range(5)]
        seen = await asyncio.gather(*many)
        assert [o.failure for o in seen] == [None] * 5
        assert all(0 < o.value < 0.1 for o in seen)
        assert sockets() == before + 1


async def test_a_shared_socket_tells_the_living_from_the_dead(shared):
    """Asked at the same moment, over the same socket."""
    asked = [aim(Probe.NEIGHBOUR, a, 0.6) for a in (FAR, NOBODY[4], FAR)]
    asked = [replace(one, neighbours=shared(FAR)) for one in asked]
    seen = await asyncio.gather(*(PROBES[Probe.NEIGHBOUR](one) for one in asked))

    assert [o.ok for o in seen] == [True, False, True]


async def test_what_the_link_said_unasked_is_no_answer(shared):
    """A reply that lay in the socket before the question says nothing of now."""
    one = replace(aim(Probe.NEIGHBOUR, FAR, 0.4), neighbours=shared(FAR))
    assert (await PROBES[Probe.NEIGHBOUR](one)).ok
    await asyncio.to_thread(sh, "ip netns exec far ip link set far arp off")
    try:
        assert not (await PROBES[Probe.NEIGHBOUR](one)).ok
    finally:
        await asyncio.to_thread(sh, "ip netns exec far ip link set far arp on")
    assert (await PROBES[Probe.NEIGHBOUR](one)).ok


async def test_a_line_that_goes_answers_the_question_that_waits(shared):
    """With a failure at once, and the next question opens a socket of its own."""
    one = replace(aim(Probe.NEIGHBOUR, NOBODY[4], 30.0), neighbours=shared(FAR))
    waiting = asyncio.create_task(PROBES[Probe.NEIGHBOUR](one))
    await asyncio.sleep(0.1)
    shared(FAR).close()
    async with asyncio.timeout(5):
        seen = await waiting
    assert seen.failure is not None
    living = replace(aim(Probe.NEIGHBOUR, FAR, 0.6), neighbours=shared(FAR))
    assert (await PROBES[Probe.NEIGHBOUR](living)).ok
