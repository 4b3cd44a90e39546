"""The runner over real sockets: every address here is on loopback."""

import asyncio
import contextlib
import fcntl
import itertools
import socket
from contextlib import suppress
from dataclasses import replace
from statistics import median

import dns.flags
import dns.message
import dns.rrset
import pytest

from rabta import failure
from rabta.agent import naming
from rabta.agent.addresses import Addresses
from rabta.agent.pipeline import Pipeline
from rabta.agent.rig import Rigs
from rabta.agent.runner import Runner
from rabta.attribute import Context
from rabta.clock import DAY, SECOND, SystemClock
from rabta.config import Config
from rabta.config import Store as StoreSettings
from rabta.model import Line, Probe, Rung, Target, Uplink
from rabta.probes import PROBES
from rabta.probes import dns as dns_probe
from rabta.probes.pacer import BURST_PROBES, Pacer, utc_midnight
from rabta.store import Store


KEY = ("lo", 4)


def uplink(*resolvers):
    line = Line(4, "127.0.0.1", "", resolvers=resolvers)
    return Uplink("lo", "lo", 1, "wired", carrier=True, lines=(line,))


def tcp(number, port, **more):
    return Target(
        f"anycast-{number}",
        Rung.ANYCAST,
        f"127.0.0.{10 + number}",
        (Probe.TCP,),
        interval=1.0,
        families=(4,),
        port=port,
        **more,
    )


class Agent:
    """The agent's parts on one uplink, ``lo``, with the *targets* given."""

    def __init__(self, folder, store, targets, resolvers=()):
        empty = folder / "targets.toml"
        empty.write_text("")
        config = Config(
            store=StoreSettings(folder),
            targets_file=empty,
            extra_targets=tuple(targets),
        )
        clock = SystemClock()
        self.seen = []
        self.rigs = Rigs(config, clock)
        self.pacer = Pacer()
        self.addresses = Addresses(store)
        self.pipeline = Pipeline(store, Context(), started=clock.now())
        self.runner = Runner(
            self.rigs,
            self.pipeline,
            self.pacer,
            self.addresses,
            clock,
            self.seen.append,
            lambda: None,
        )
        self.rigs.follow([uplink(*resolvers)])
        self.pipeline.set_uplinks(
            [uplink(*resolvers)], self.rigs.targets(), clock.now()
        )
        self.runner.retarget()

    @contextlib.asynccontextmanager
    async def running(self):
        """Let it probe meanwhile."""
        task = asyncio.create_task(self.runner.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def run(self, seconds, until=lambda: False):
        """Let it probe for *seconds*, or until there is what was waited for."""
        async with self.running():
            await wait(seconds, until)

    def of(self, target):
        return [one for one in self.seen if one.target == target]


async def wait(seconds, until):
    """Wait *seconds*, or until there is what is waited for."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end and not until():  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.02)


@pytest.fixture
def second_answers(monkeypatch):
    """A second answer is waited for, but not for as long as on a real line."""
    monkeypatch.setattr(dns_probe, "SECOND_ANSWER_SECONDS", 0.3)


@pytest.fixture
def agent(tmp_path):
    """Build an agent; its store and its sockets are closed in the end.

    One at a time, whichever worker runs the test: its resolvers take port 53 of fixed
    addresses.
    """
    with contextlib.ExitStack() as stack:
        alone = stack.enter_context((tmp_path.parents[1] / "port-53").open("a"))
        fcntl.flock(alone, fcntl.LOCK_EX)
        store = stack.enter_context(Store.open(tmp_path / "s", clock=SystemClock()))

        def build(*targets, resolvers=()):
            built = Agent(tmp_path, store, targets, resolvers)
            stack.callback(built.rigs.close)
            return built

        yield build


@contextlib.asynccontextmanager
async def accepting():
    """Accept connections on every loopback address."""

    def accept(_, writer):
        writer.close()

    server = await asyncio.start_server(accept, "0.0.0.0", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def test_each_target_is_probed_at_its_pace_and_no_oftener(agent):
    async with accepting() as port:
        built = agent(*(tcp(n, port) for n in range(3)))
        names = [f"anycast-{n}" for n in range(3)]
        await built.run(4.5, lambda: all(len(built.of(name)) >= 3 for name in names))

    for name in names:
        times = [one.time for one in built.of(name)]
        assert 3 <= len(times) <= 6
        assert all(b - a > 0.9 * SECOND for a, b in itertools.pairwise(times))
    assert all(one.ok and one.address.startswith("127.0.0.1") for one in built.seen)


async def test_a_probe_that_breaks_off_is_told_and_tried_again(agent, monkeypatch):
    """It yields no observation, not even a failure, and must not do so in silence."""

    async def broken(_):
        raise ZeroDivisionError("a fault of Rabta")

    monkeypatch.setitem(PROBES, Probe.TCP, broken)
    built = agent(tcp(0, 9))

    def count():
        return sum(dict(one.args)["count"] for one in built.runner.problems())

    await built.run(10.0, lambda: count() >= 2)

    assert built.seen == []
    (told,) = built.runner.problems()
    assert told.key == "agent.probe_failed"
    assert dict(told.args)["what"] == "tcp anycast-0"
    assert "a fault of Rabta" in dict(told.args)["reason"]
    assert dict(told.args)["count"] >= 2


async def test_silence_is_doubted_at_once_and_asked_again_in_bursts(agent):
    """A full backlog drops the SYN, as a black hole does."""
    async with accepting() as port:
        built = agent(*(tcp(n, port) for n in range(3)))
        with black_hole() as hole:
            dead = [replace(tcp(n, hole), name=f"anycast-{n}") for n in range(3)]
            async with built.running():
                await wait(10.0, lambda: len(built.seen) >= 6)
                known = len(built.seen)
                built.rigs._common = tuple(dead)
                built.rigs.follow([uplink()])
                built.runner.retarget()
                cut = SystemClock().now()
                await asyncio.sleep(4.0)

    assert known >= 6
    lost = [one for one in built.seen if one.time > cut]
    assert {one.failure for one in lost} == {failure.GENERIC_TIMEOUT}
    for n in range(3):
        times = [one.time for one in lost if one.target == f"anycast-{n}"]
        extra = [b - a for a, b in itertools.pairwise(times)]
        burst = [gap for gap in extra if gap < 0.3 * SECOND]
        assert len(burst) >= 2  # far below the interval
        assert 0.09 * SECOND < median(burst) < 0.2 * SECOND
        assert len(times) <= BURST_PROBES + 5


@contextlib.contextmanager
def black_hole():
    """A port whose backlog is full: the kernel drops what comes after."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("0.0.0.0", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        for _ in range(4):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filling.connect(("127.0.0.1", port))
        yield port


@contextlib.asynccontextmanager
async def resolver(address, answers):
    """A little DNS server on port 53 of a loopback address."""
    asked = []

    class Protocol(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, peer):
            query = dns.message.from_wire(data)
            (question,) = query.question
            name = question.name.to_text(omit_final_dot=True)
            asked.append(name)
            response = dns.message.make_response(query)
            response.flags |= dns.flags.RA
            if name in answers:
                response.answer.append(
                    dns.rrset.from_text(question.name, 60, "IN", "A", *answers[name])
                )
            self.transport.sendto(response.to_wire(), peer)

    loop = asyncio.get_running_loop()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            Protocol, local_addr=(address, 53)
        )
    except PermissionError:
        pytest.skip("port 53 takes rights that are not here")
    try:
        yield asked
    finally:
        transport.close()


async def test_a_name_is_skipped_until_a_resolver_has_told_its_address(agent):
    async with (
        accepting() as port,
        resolver("127.0.0.53", {"here.internal": ("127.0.0.77",)}) as asked,
    ):
        named = replace(tcp(1, port), host="here.internal")
        built = agent(named, resolvers=("127.0.0.53",))
        await built.run(10.0, lambda: len(built.of("anycast-1")) >= 2)

    assert {one.address for one in built.of("anycast-1")} == {"127.0.0.77"}
    assert asked == ["here.internal"]


async def test_a_portal_that_leads_names_is_met_while_running_and_left_again(agent):
    """The page's address was learnt before it came; its own does not outlive it."""
    answers = {"here.internal": ("127.0.0.77",)}
    says = {
        "127.0.0.77": b"HTTP/1.1 204 No Content\r\n\r\n",
        "127.0.0.78": b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n",
    }

    async def page(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        here = writer.get_extra_info("sockname")[0]
        portal = answers["here.internal"] == ("127.0.0.78",)
        if here == "127.0.0.78" or not portal:  # nothing else passes
            writer.write(says[here])
        writer.close()

    server = await asyncio.start_server(page, "0.0.0.0", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"http://here.internal:{port}/"
    check = replace(tcp(1, port), host="here.internal", probes=(Probe.CAPTIVE,))
    check = replace(check, rung=Rung.CONTROL, url=url, interval=8.0)

    def last():
        newest = built.of("anycast-1")[-1:]
        return [(one.failure, one.address) for one in newest]

    async with server, resolver("127.0.0.53", answers):
        built = agent(check, resolvers=("127.0.0.53",))
        async with built.running():
            await wait(15.0, lambda: last() == [(None, "127.0.0.77")])
            answers["here.internal"] = ("127.0.0.78",)
            met = [(failure.CAPTIVE_PORTAL, "127.0.0.78")]
            await wait(15.0, lambda: last() == met)
            assert last() == met
            answers["here.internal"] = ("127.0.0.77",)
            await wait(15.0, lambda: last() == [(None, "127.0.0.77")])

    assert last() == [(None, "127.0.0.77")]
    seen = built.of("anycast-1")
    for before, after in itertools.pairwise(seen):
        if before.address != after.address:
            assert after.time - before.time < 4 * SECOND  # not after the interval


async def test_a_name_nobody_knows_is_not_measured_and_not_asked_for_in_a_hurry(agent):
    async with accepting() as port, resolver("127.0.0.53", {}) as asked:
        named = replace(tcp(1, port), host="nowhere.internal")
        built = agent(named, resolvers=("127.0.0.53",))
        await built.run(2.5)  # its turn comes three times

    assert built.seen == []
    assert asked == ["nowhere.internal"]


async def test_what_an_anycast_resolver_says_does_not_stand_as_the_lines_own(
    agent, monkeypatch
):
    """It is asked in the clear too; the encrypted answer must not have to wait."""
    monkeypatch.setattr(
        "rabta.agent.runner.is_public", lambda _: True
    )  # loopback is never
    forged = {"shop.internal": ("127.0.0.66",)}
    async with (
        accepting() as port,
        resolver("127.0.0.53", {}) as asked,
        resolver("127.0.0.54", forged),
    ):
        anycast = Target("dns", Rung.ANYCAST, "127.0.0.54", (Probe.DNS,), families=(4,))
        shop = replace(tcp(1, port), host="shop.internal", rung=Rung.SERVICE)
        built = agent(anycast, shop, resolvers=("127.0.0.53",))
        await built.run(10.0, lambda: built.of("anycast-1"))
        now = SystemClock().now()
        built.addresses.learn(KEY, "shop.internal", ["127.0.0.77"], now, own=False)

    assert "shop.internal" in asked
    assert {one.address for one in built.of("anycast-1")} == {"127.0.0.66"}
    assert built.addresses.pick(KEY, "shop.internal") == "127.0.0.77"


async def test_a_name_that_is_not_public_is_asked_of_no_resolver_outside(agent):
    async with (
        accepting() as port,
        resolver("127.0.0.53", {}) as own,
        resolver("127.0.0.54", {"shop.internal": ("127.0.0.66",)}) as outside,
    ):
        anycast = Target("dns", Rung.ANYCAST, "127.0.0.54", (Probe.TCP,), families=(4,))
        shop = replace(tcp(1, port), host="shop.internal", rung=Rung.SERVICE)
        built = agent(anycast, shop, resolvers=("127.0.0.53",))
        await built.run(1.5)  # its turn comes twice

    assert own == ["shop.internal"]
    assert outside == []


@pytest.mark.parametrize(
    ("answers", "followed"),
    [
        (("10.0.0.5",), "10.0.0.5"),
        (("0.0.0.0",), ""),
        (("10.0.0.5", "127.0.0.1"), ""),
    ],
)
async def test_what_is_measured_follows_a_private_answer_as_programs_do(
    agent, second_answers, answers, followed
):
    """A sinkhole is no address of anybody, and this machine is no service."""
    host = "shop.example.pk"
    async with resolver("127.0.0.53", {host: answers}):
        shop = Target("shop", Rung.SERVICE, host, (Probe.DNS,), interval=1.0)
        shop = replace(shop, families=(4,), query=host)
        built = agent(shop, resolvers=("127.0.0.53",))
        await built.run(10.0, lambda: built.of("shop"))

    assert built.of("shop")[0].failure == failure.DNS_BOGON
    assert built.addresses.pick(KEY, host) == followed


@pytest.mark.parametrize(("answer", "told"), [("10.0.0.5", False), ("9.9.9.9", True)])
async def test_nobody_hears_a_name_that_leads_to_a_server_of_the_site(
    agent, second_answers, answer, told
):
    host = "shop.example.pk"
    shop = Target("shop", Rung.SERVICE, host, (Probe.DNS,), interval=1.0)
    shop = replace(shop, families=(4,), query=host)
    control = replace(
        shop,
        name="shop/control",
        rung=Rung.CONTROL,
        host="127.0.0.54",
        port=53,
        control_for="shop",
        role="public-dns",
    )
    async with (
        resolver("127.0.0.53", {host: (answer,)}),
        resolver("127.0.0.54", {host: ("9.9.9.9",)}) as asked,
    ):
        built = agent(shop, control, resolvers=("127.0.0.53",))
        async with built.running():
            await wait(10.0, lambda: built.of("shop"))
            await wait(10.0 if told else 2.5, lambda: asked)

    assert built.of("shop")
    assert bool(asked) is told


@pytest.mark.parametrize("role", ["non-resolver", "public-dns"])
async def test_a_plain_control_of_a_service_never_chooses_what_is_probed(
    agent, second_answers, role
):
    """What answers at an address without a resolver is a forger."""
    forged = {"shop.internal": ("127.0.0.66",)}
    true = {"shop.internal": ("127.0.0.77",)}
    async with (
        accepting() as port,
        resolver("127.0.0.54", forged) as asked,
        resolver("127.0.0.53", true),
    ):
        control = Target(
            *("shop/control", Rung.CONTROL, "127.0.0.54", (Probe.DNS,)),
            interval=1.0,
            families=(4,),
            port=53,
            query="shop.internal",
            control_for="shop",
            role=role,
        )
        shop = replace(tcp(1, port), host="shop.internal")
        built = agent(control, shop, resolvers=("127.0.0.53",))
        async with built.running():
            await wait(10.0, lambda: built.of("shop/control"))
            heard = len(built.of("anycast-1"))
            await wait(10.0, lambda: len(built.of("anycast-1")) >= heard + 2)

    assert "shop.internal" in asked
    assert built.of("shop/control")
    assert {one.address for one in built.of("anycast-1")} == {"127.0.0.77"}


async def test_a_spent_budget_is_recorded_as_such_and_not_as_loss(agent):
    async with accepting() as port:
        built = agent(tcp(1, port))
        built.pacer.set_budget("lo", 1000)
        built.pacer.spend("lo", 2000)
        await built.run(1.5)

    assert {one.failure for one in built.seen} == {failure.BUDGET_SPENT}
    assert sum(one.spent_bytes for one in built.seen) == 0
    built.pipeline.evaluate(SystemClock().now())
    (lane,) = built.pipeline.status(SystemClock().now(), {}, ()).uplinks
    assert lane.lines[0].loss_ratio is None


@contextlib.asynccontextmanager
async def serving_slowly(size):
    """Serve *size* bytes in half a second; tell how many were served at once."""
    under_way, most = 0, [0]

    async def serve(reader, writer):
        nonlocal under_way
        await reader.readuntil(b"\r\n\r\n")
        under_way += 1
        most[0] = max(most[0], under_way)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(8):
            await asyncio.sleep(0.06)
            writer.write(bytes(size // 8))
        under_way -= 1
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], most
    finally:
        server.close()
        await server.wait_closed()


def fetches(port, count):
    url = f"http://127.0.0.1:{port}/"
    made = tcp(0, port, url=url)
    return [
        replace(made, name=f"fetch-{n}", host="127.0.0.1", probes=(Probe.FETCH,))
        for n in range(count)
    ]


async def test_transfers_that_are_due_together_do_not_overdraw_the_budget(agent):
    """Half of it is theirs: 1.25 MB, and after two of 512 KiB a third is too much."""
    async with serving_slowly(512 * 1024) as (port, most):
        built = agent(*fetches(port, 4))
        built.pacer.set_budget("lo", 2_500_000)
        running = asyncio.create_task(built.runner.run())
        await asyncio.sleep(1.0)
        for target in fetches(port, 4):  # all at once, as a burst would
            built.runner.probe(KEY, target, Probe.FETCH, doubt=1)
        await asyncio.sleep(2.5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    good = [one for one in built.seen if one.ok]
    refused = [one for one in built.seen if not one.ok]
    assert len(good) == 2
    assert most == [1]
    assert {one.failure for one in refused} == {failure.BUDGET_SPENT}
    assert built.pacer.spent("lo", SystemClock().now()) <= 1_250_000


async def test_silence_while_our_own_test_fills_the_line_is_no_loss_of_the_line(
    agent, monkeypatch
):
    filling = asyncio.Event()

    async def silent(aim):
        return aim.observe(
            Probe.TCP, SystemClock().now(), failure=failure.GENERIC_TIMEOUT
        )

    async def fill(aim):
        begun = SystemClock().now()
        await filling.wait()
        return aim.observe(Probe.THROUGHPUT, begun, value=1e6)

    monkeypatch.setitem(PROBES, Probe.TCP, silent)
    monkeypatch.setitem(PROBES, Probe.THROUGHPUT, fill)
    test = replace(tcp(1, 9), name="throughput-download", probes=(Probe.THROUGHPUT,))
    built = agent(tcp(0, 9), test)

    def told_of(target):
        return [one.failure for one in built.of(target)]

    async with built.running():
        await wait(10.0, lambda: failure.OWN_LOAD in told_of("anycast-0"))
        during = len(built.of("anycast-0"))
        filling.set()
        await wait(10.0, lambda: built.of("throughput-download"))
        await wait(
            10.0, lambda: failure.GENERIC_TIMEOUT in told_of("anycast-0")[during:]
        )

    assert failure.OWN_LOAD in told_of("anycast-0")[:during]
    assert failure.GENERIC_TIMEOUT in told_of("anycast-0")[during:]
    assert set(told_of("throughput-download")) == {None}


async def test_a_transfer_whose_line_goes_before_its_turn_is_not_made(agent):
    async with serving_slowly(64 * 1024) as (port, _):
        built = agent(*fetches(port, 2))
        running = asyncio.create_task(built.runner.run())
        for target in fetches(port, 2):
            built.runner.probe(KEY, target, Probe.FETCH, doubt=1)
        await asyncio.sleep(0.2)
        built.rigs.follow([])
        built.runner.retarget()
        await asyncio.sleep(1.0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert len(built.seen) <= 1


async def test_cancelled_it_leaves_no_task_behind(agent):
    before = asyncio.all_tasks()
    with black_hole() as hole:
        built = agent(*(tcp(n, hole) for n in range(5)))
        running = asyncio.create_task(built.runner.run())
        await wait(10.0, lambda: len(asyncio.all_tasks()) > len(before) + 5)
        assert len(asyncio.all_tasks()) > len(before) + 1
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert asyncio.all_tasks() == before


async def test_what_is_probed_may_change_at_any_time(agent):
    async with accepting() as port:
        built = agent(tcp(1, port))
        async with built.running():
            await wait(10.0, lambda: built.of("anycast-1"))
            built.rigs._common = (tcp(2, port),)
            built.rigs.follow([uplink()])
            built.runner.retarget()
            changed = SystemClock().now()
            await wait(10.0, lambda: len(built.of("anycast-2")) >= 2)
            built.rigs.follow([])
            built.runner.retarget()
            gone = SystemClock().now()
            await asyncio.sleep(1.2)

    assert {o.target for o in built.seen if o.time < changed} == {"anycast-1"}
    assert {o.target for o in built.seen if changed < o.time < gone} == {"anycast-2"}
    assert not [o for o in built.seen if o.time > gone]


async def test_a_dead_resolver_takes_no_service_down(
    agent, second_answers, monkeypatch
):
    """Neither as the first of three nor as the last."""
    monkeypatch.setattr(naming, "ATTEMPT", 0.1)
    shop = Target(
        *("shop", Rung.SERVICE, "shop.internal", (Probe.DNS, Probe.TCP)),
        interval=1.0,
        families=(4,),
        query="shop.internal",
    )
    true = {"shop.internal": ("127.0.0.77",)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        try:
            mute.bind(("127.0.0.52", 53))
        except PermissionError:
            pytest.skip("port 53 takes rights that are not here")
        async with accepting() as port, resolver("127.0.0.53", true) as asked:
            dead_first = "127.0.0.52", "127.0.0.53", "127.0.0.54"
            built = agent(replace(shop, port=port), resolvers=dead_first)
            kinds = {Probe.DNS, Probe.TCP}
            await built.run(
                10.0, lambda: {one.probe for one in built.of("shop")} >= kinds
            )

    assert asked
    names = [one for one in built.of("shop") if one.probe is Probe.DNS]
    assert {(one.failure, one.address) for one in names} == {(None, "127.0.0.53")}
    assert {one.address for one in built.of("shop") if one.ok} >= {"127.0.0.77"}


async def test_what_was_held_for_a_probe_whose_line_went_is_given_back(agent):
    """Else the day's budget would shrink with every interface that comes and goes."""
    with black_hole() as hole:
        built = agent(replace(tcp(1, hole), url=f"http://127.0.0.11:{hole}/"))
        built.pacer.set_budget("lo", 1_000_000)
        page = replace(tcp(1, hole), url=f"http://127.0.0.11:{hole}/")
        page = replace(page, rung=Rung.SERVICE, probes=(Probe.HTTP,))
        running = asyncio.create_task(built.runner.run())
        dawn = utc_midnight(SystemClock().now()) - DAY + 1  # late, there is enough left
        whole = built.pacer.interval(KEY, page, Probe.HTTP, dawn)
        for number in range(12):  # 64 KiB are held for each page never fetched before
            one = replace(page, name=f"page-{number}")
            built.runner.probe(KEY, one, Probe.HTTP, doubt=1)
        await asyncio.sleep(0.1)
        held = built.pacer.interval(KEY, page, Probe.HTTP, dawn)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        freed = built.pacer.interval(KEY, page, Probe.HTTP, dawn)

    assert held > whole
    assert freed == pytest.approx(whole, rel=1e-3)


async def test_what_was_under_way_when_the_clock_stepped_is_never_told(agent):
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def late(reader, writer):
        with suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await go_on.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(late, "127.0.0.11", 0) as server:
        port = server.sockets[0].getsockname()[1]
        page = replace(tcp(1, port), url=f"http://127.0.0.11:{port}/")
        built = agent(replace(page, rung=Rung.SERVICE, probes=(Probe.HTTP,)))
        running = asyncio.create_task(built.runner.run())
        async with asyncio.timeout(10):
            await asked.wait()
        built.runner.break_off()
        go_on.set()
        await asyncio.sleep(0.2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert built.seen == []


async def test_a_silence_in_one_family_has_the_other_asked_at_once(agent):
    """Long before its own turn: both are asked only every half minute here."""
    async with accepting_6() as port:
        with black_hole() as hole:
            four = replace(tcp(1, hole), interval=30.0)
            six = replace(tcp(1, port), name="v6", host="::1", families=(6,))
            built = agent(four, replace(six, interval=30.0))
            lines = Line(4, "127.0.0.1", ""), Line(6, "::1", "")
            both = Uplink("lo", "lo", 1, "wired", carrier=True, lines=lines)
            now = SystemClock().now()
            built.rigs.follow([both])
            built.pipeline.set_uplinks([both], built.rigs.targets(), now)
            built.runner.retarget()
            await built.run(10.0, lambda: len(built.of("v6")) >= 2)

    first, second, *_ = [one.time - now for one in built.of("v6")]
    assert first < SECOND
    assert second < 4 * SECOND
    assert all(one.ok for one in built.of("v6"))


@contextlib.asynccontextmanager
async def accepting_6():
    """Accept connections on the IPv6 loopback address."""

    def accept(_, writer):
        writer.close()

    try:
        server = await asyncio.start_server(accept, "::1", 0)
    except OSError:
        pytest.skip("no IPv6 on loopback here")
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
