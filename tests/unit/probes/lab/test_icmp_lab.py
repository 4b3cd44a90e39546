"""The echo engine over real wires, well and ill behaved."""

import asyncio
import errno
import time

import pytest

from rabta import failure
from rabta.clock import SystemClock
from rabta.model import Probe
from rabta.probes import PROBES, Binding
from rabta.probes.icmp_engine import IcmpEngine
from tests.lab.namespaces import inside
from tests.unit.probes.lab.wires import (
    FAR,
    FAR_6,
    aim,
    impostor,
    joined,
    near,
    reply,
    sh,
    without_rights,
)


pytestmark = pytest.mark.lab


@pytest.fixture(scope="module", autouse=True)
def wires():
    with joined():
        yield


@pytest.fixture
async def engine():
    made = IcmpEngine(near(), SystemClock())
    yield made
    made.close()


@pytest.fixture
async def engine_6():
    made = IcmpEngine(near(6), SystemClock())
    yield made
    made.close()


async def test_a_host_that_answers_is_timed(engine):
    """The RTT is positive, far below a second, and the TTL is what was left."""
    echo = await engine.echo(FAR)

    assert echo.failure is None
    assert 0 < echo.rtt < 0.1
    assert (echo.responder, echo.ttl, engine.kind) == (FAR, 64, "raw")


async def test_icmpv6_is_timed_too(engine_6):
    """The same holds for IPv6."""
    echo = await engine_6.echo(FAR_6)

    assert echo.failure is None
    assert 0 < echo.rtt < 0.1
    assert (echo.responder, echo.ttl) == (FAR_6, 64)


async def test_a_thousand_at_once_are_all_heard(engine):
    """A burst far beyond the default receive buffer loses nothing."""
    targets = [f"10.1.{n // 250}.{n % 250 + 1}" for n in range(1000)] * 3

    echoes = await asyncio.gather(*map(engine.echo, targets))

    assert {(echo.failure, echo.responder in targets) for echo in echoes} == {
        (None, True)
    }
    assert (engine.tally.sent, engine.tally.lost, engine.tally.stray) == (3000, 0, 0)


async def test_a_busy_process_neither_loses_answers_nor_inflates_the_rtt(engine):
    """The kernel's stamp counts, even when nobody reads until the deadline is over."""
    await engine.echo(FAR)  # the neighbour is known
    asked = engine.echo(FAR, 0.2)
    time.sleep(0.4)  # noqa: ASYNC251 - this is the point

    echo = await asked

    assert echo.failure is None
    assert echo.rtt < 0.1


async def test_silence_is_a_timeout(engine):
    """Nobody answers, and the deadline is kept."""
    with impostor(lambda _: []):
        started = time.monotonic()
        echo = await engine.echo(FAR, 0.2)

    assert echo == (None, failure.GENERIC_TIMEOUT, "", None)
    assert 0.19 < time.monotonic() - started < 1.0
    assert engine.tally.lost == 1


async def test_a_late_answer_stays_a_loss_and_is_recognised(engine):
    """After the deadline the answer is counted as late, not as stray."""
    with impostor(lambda request: [(0.3, reply(request))]):
        echo = await engine.echo(FAR, 0.1)
        await asyncio.sleep(0.4)

    assert echo.failure == failure.GENERIC_TIMEOUT
    assert (engine.tally.late, engine.tally.stray) == (1, 0)


async def test_an_answer_that_came_late_is_a_loss_whenever_it_is_read(engine):
    """It lay in the queue when the deadline was looked at: no excuse."""
    with impostor(lambda request: [(0.2, reply(request))]):
        asked = engine.echo(FAR, 0.1)
        await asyncio.sleep(0.02)
        time.sleep(0.4)  # noqa: ASYNC251
        echo = await asked

    assert echo.failure == failure.GENERIC_TIMEOUT
    assert (engine.tally.answered, engine.tally.lost, engine.tally.late) == (0, 1, 1)


async def test_a_forged_answer_is_not_believed(engine):
    """Right identifier, right number, wrong payload; then the true one."""

    def behave(request):
        forged = reply(request, payload=request[8:14] + bytes(8) + request[22:])
        return [(0.0, forged), (0.1, reply(request))]

    with impostor(behave):
        echo = await engine.echo(FAR)

    assert echo.failure is None
    assert 0.09 < echo.rtt < 0.3
    assert engine.tally.stray == 1


async def test_a_second_answer_changes_nothing(engine):
    """A duplicate is stray."""
    with impostor(lambda request: [(0.0, reply(request)), (0.01, reply(request))]):
        echo = await engine.echo(FAR)
        await asyncio.sleep(0.1)

    assert echo.failure is None
    assert (engine.tally.answered, engine.tally.stray) == (1, 1)


async def test_what_others_ping_does_not_wake_us(engine):
    """The kernel drops answers to other identifiers before they reach us."""
    await engine.echo(FAR)
    read = []
    engine._drain = lambda limit: read.append(limit) or True
    sh(f"fping -q -c 20 -p 10 {FAR} 2>/dev/null")
    await asyncio.sleep(0.05)

    assert read == []


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("reject with icmp host-unreachable", failure.HOST_UNREACHABLE),
        ("reject with icmp net-unreachable", failure.NETWORK_UNREACHABLE),
        ("reject with icmp admin-prohibited", failure.ADMIN_PROHIBITED),
    ],
)
@pytest.mark.parametrize("rights", [True, False])
async def test_what_a_router_says_is_named(engine, rule, named, rights):
    """The error's sender is the responder, with rights and without."""
    sh("ip netns exec far nft 'add table ip t; add chain ip t in"
       " { type filter hook input priority 0; };"
       f" add rule ip t in ip daddr 10.1.9.9 {rule}'")  # fmt: skip
    try:
        if rights:
            echo = await engine.echo("10.1.9.9", 1.0)
        else:
            sh("sysctl -qw net.ipv4.ping_group_range='0 0'")
            with without_rights():
                echo = await engine.echo("10.1.9.9", 1.0)
            assert engine.kind == "ping"
    finally:
        sh("ip netns exec far nft delete table ip t")

    assert echo.failure == named
    assert echo.responder in {FAR, "10.1.9.9"}
    assert echo.rtt < 0.5


async def test_without_rights_ping_sockets_do(engine, engine_6):
    """No capability at all, but a group that may ping: both families."""
    sh("sysctl -qw net.ipv4.ping_group_range='0 0'")
    with without_rights():
        echo, echo_6 = await engine.echo(FAR), await engine_6.echo(FAR_6)

    assert (engine.kind, engine_6.kind) == ("ping", "ping")
    assert (echo.failure, echo_6.failure) == (None, None)
    assert 0 < echo.rtt < 0.1
    assert 0 < echo_6.rtt < 0.1
    assert (echo.ttl, echo_6.ttl) == (64, 64)


async def test_with_neither_it_says_so():
    """No capability and no group: not measured, and no byte spent."""
    made = IcmpEngine(Binding("", "", 4, "none"), SystemClock())
    with inside("far"), without_rights():  # a new network lets no group ping
        observation = await PROBES[Probe.ICMP](aim(Probe.ICMP, "127.0.0.1", icmp=made))
    made.close()

    assert observation.failure == failure.PERMISSION_DENIED
    assert observation.failure in failure.NOT_MEASURED
    assert observation.spent_bytes == 0


async def test_a_probe_becomes_an_observation(engine):
    """Value, address and cost."""
    observation = await PROBES[Probe.ICMP](aim(Probe.ICMP, FAR, icmp=engine))

    assert observation.ok
    assert 0 < observation.value < 0.1
    assert (observation.address, observation.family) == (FAR, 4)
    assert observation.spent_bytes == 2 * (20 + 8 + 16)


@pytest.mark.parametrize(
    ("seconds", "named"), [(0.03, None), (9.0, failure.SEND_QUEUE_FULL)]
)
async def test_a_full_send_queue_is_waited_for(engine, seconds, named):
    """What could not leave within 0.1 s was not measured; it is no loss."""
    await engine.echo(FAR)
    send, free = engine._socket.send, time.monotonic() + seconds

    def crowded(*args):
        if time.monotonic() < free:
            raise OSError(errno.ENOBUFS, "No buffer space available")
        send(*args)

    engine._socket.send = crowded
    echo = await engine.echo(FAR)

    assert echo.failure == named
    assert engine.tally.lost == 0
    assert failure.SEND_QUEUE_FULL in failure.NOT_MEASURED


async def test_an_interface_that_vanishes_is_named_and_comes_back():
    """Mid-probe, after it, and once it is there again under another number."""
    binding = Binding("other", "10.9.0.1", 4, "device")
    build = (
        "ip link add other type veth peer name other2;"
        "ip address add 10.9.0.1/24 dev other; ip link set other up;"
        "ip link set other2 up"
    )
    sh(build)
    made = IcmpEngine(binding, SystemClock())
    asked = made.echo("10.9.0.2", 0.3)
    sh("ip link delete other")

    assert (await asked).failure == failure.INTERFACE_GONE
    assert (await made.echo("10.9.0.2", 0.3)).failure == failure.INTERFACE_GONE

    sh(build)

    assert (await made.echo("10.9.0.1", 0.3)).failure is None
    sh("ip link delete other")
    made.close()


async def test_closing_cancels_what_is_under_way(engine):
    """Nobody waits for ever."""
    with impostor(lambda _: []):
        asked = engine.echo(FAR)
        engine.close()

        with pytest.raises(asyncio.CancelledError):
            await asked


async def test_who_no_longer_waits_harms_nobody(engine):
    """A cancelled probe's answer is dropped."""
    asked = engine.echo(FAR)
    asked.cancel()
    await asyncio.sleep(0.05)

    assert (await engine.echo(FAR)).failure is None
