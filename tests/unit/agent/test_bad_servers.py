"""The whole daemon beside servers that misbehave: it goes on, and says so."""

import asyncio
import contextlib
from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.rrset
import pytest

from rabta import failure
from rabta.agent import daemon
from rabta.clock import SystemClock
from rabta.config import Config
from rabta.config import Store as StoreSettings
from rabta.model import Line, Probe, Rung, State, Target, Uplink
from rabta.probes.certificate_trust import trust_store
from rabta.store import Store
from tests.unit.probes.authority import Authority
from tests.unit.probes.loopback import answering, datagrams, serving


pytestmark = pytest.mark.slow

LOOPBACK = Uplink("lo", "lo", 1, "wired", True, (Line(4, "127.0.0.1", ""),))
GIGABYTE = 1 << 30
RECORDS = 1000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


async def pour(reader, writer):
    """Send a gigabyte to whoever reads it."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(HEAD % GIGABYTE)
    block = bytes(1 << 16)
    for _ in range(GIGABYTE // len(block)):
        writer.write(block)
        await writer.drain()


async def drip(reader, writer):
    """Send a header a second, and never the last one."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(1)


def many_records(wire):
    asked = dns.message.from_wire(wire)
    answer = dns.message.make_response(asked)
    answer.flags |= dns.flags.RA
    found = [f"8.{n // 256}.{n % 256}.1" for n in range(RECORDS)]
    name = asked.question[0].name
    answer.answer.append(dns.rrset.from_text_list(name, 60, "IN", "A", found))
    return [(0.0, answer.to_wire(max_size=65535))]


@pytest.fixture
def root(monkeypatch, tmp_path):
    """Trust one authority and nobody else."""
    authority = Authority()
    (tmp_path / "roots.pem").write_bytes(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    trust_store.cache_clear()
    yield authority
    trust_store.cache_clear()


def anycast(number, port, probe=Probe.TCP, **more):
    host = f"127.0.0.{10 + number}" if probe is Probe.TCP else "127.0.0.1"
    name = f"anycast-{number}"
    return Target(
        *(name, Rung.ANYCAST, host, (probe,)),
        interval=1.0,
        families=(4,),
        port=port,
        **more,
    )


def service(name, port, scheme="http"):
    return Target(
        *(name, Rung.SERVICE, "127.0.0.1", (Probe.HTTP,)),
        interval=2.0,
        families=(4,),
        port=port,
        url=f"{scheme}://127.0.0.1:{port}/",
    )


async def one_uplink(_):
    yield (LOOPBACK,)
    await asyncio.Event().wait()


async def until(true, seconds=60):
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - a status has no event
            await asyncio.sleep(0.2)


async def test_the_daemon_goes_on_beside_servers_that_misbehave(
    monkeypatch, tmp_path, root
):
    monkeypatch.setattr(daemon, "watch", one_uplink)
    epoch = {
        "not_before": datetime(1970, 1, 1, tzinfo=UTC),
        "not_after": datetime(1970, 2, 1, tzinfo=UTC),
    }
    expired = root.context(tmp_path, "127.0.0.1", **epoch)
    valid = root.context(tmp_path, "127.0.0.1")
    fine = answering(HEAD % 2, b"ok")
    async with contextlib.AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(accepting())
        resolver = await stack.enter_async_context(datagrams(many_records))
        ports = {
            name: await stack.enter_async_context(serving(handler, context))
            for name, handler, context in (
                ("well", fine, valid),
                ("gigabyte", pour, None),
                ("slowloris", drip, None),
                ("from-1970", fine, expired),
            )
        }
        secure = {"well", "from-1970"}
        (tmp_path / "targets.toml").write_text("")
        config = Config(
            StoreSettings(tmp_path / "store"),
            targets_file=tmp_path / "targets.toml",
            learn_providers=False,
            extra_targets=(
                *(anycast(n, upstream) for n in range(3)),
                anycast(3, resolver, Probe.DNS, query="many.example"),
                *(
                    service(name, port, "https" if name in secure else "http")
                    for name, port in ports.items()
                ),
            ),
        )
        store = stack.enter_context(Store.open(config.store.path, clock=SystemClock()))
        agent = daemon.Agent(config, store)
        running = asyncio.create_task(agent.run())

        def states():
            status = agent.hub.status()
            return {one.name: one.verdict.state for one in status.services}

        def told():
            wrong = {State.UP, State.UNKNOWN}
            found = states()
            return (
                len(found) == len(ports)
                and found["well"] is found["gigabyte"] is State.UP
                and found["slowloris"] not in wrong
                and found["from-1970"] not in wrong
            )

        def newer(than):
            return agent.hub.status().time > than.time

        try:
            await until(lambda: running.done() or told())
            seen = agent.hub.status()
            await until(  # and it measures on
                lambda: (
                    running.done() or (agent.hub.status().time > seen.time and told())
                )
            )
        finally:
            ended = running.done()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        assert not ended
        kept = {
            name: store.observations(start=0, stop=2**62, target=name, limit=1000)
            for name in (*ports, "anycast-3")
        }

    (lane,) = seen.uplinks
    assert lane.verdict.state is State.UP
    assert seen.health.problems == ()
    bad = {one.name: one.verdict for one in seen.services}
    assert all(bad[name].evidence for name in ("slowloris", "from-1970"))
    assert {one.detail.body_bytes for one in kept["gigabyte"]} == {1 << 16}
    assert {one.failure for one in kept["slowloris"]} == {failure.GENERIC_TIMEOUT}
    assert failure.SSL_INVALID_CERTIFICATE in {one.failure for one in kept["from-1970"]}
    counts = {one.detail.answer_count for one in kept["anycast-3"] if one.ok}
    assert counts == {RECORDS}


@contextlib.asynccontextmanager
async def accepting():
    """Accept connections on every loopback address."""
    server = await asyncio.start_server(lambda _, w: w.close(), "0.0.0.0", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
