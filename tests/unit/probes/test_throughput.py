"""ndt7 against a small server of its own: rates, bounds and refusals."""

import asyncio
import struct
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.model import Probe
from rabta.probes import throughput
from rabta.probes.stream import BadAnswerError
from rabta.probes.throughput_frames import Frame, FrameReader, Opcode, load, masked
from tests.unit.probes.authority import Authority
from tests.unit.probes.loopback import aim, closed_port, serving
from tests.unit.probes.ndt7_server import Ndt7, frame


@pytest.fixture(autouse=True)
def _short_tests(monkeypatch):
    monkeypatch.setattr(throughput, "TEST_SECONDS", 0.6)
    monkeypatch.setattr(throughput, "_GRACE_SECONDS", 0.2)


async def measured(server, direction="download", context=None):
    async with serving(server, context) as port:
        scheme = "wss" if context else "ws"
        url = f"{scheme}://www.example.com:{port}/ndt/v7/{direction}"
        return await throughput.probe(aim(url=url))


async def test_a_download_is_counted_to_the_byte():
    server = Ndt7(total=1 << 20)

    seen = await measured(server)

    assert seen.failure is None
    assert seen.probe is Probe.THROUGHPUT
    assert seen.detail.received_bytes == 1 << 20
    assert seen.value > 0
    assert 2 < len(seen.detail.cumulative) <= 128
    assert seen.spent_bytes > 1 << 20
    assert (10, b"alive") in server.frames
    assert b"Sec-WebSocket-Protocol: net.measurementlab.ndt.v7" in server.heads[0]


async def test_a_paced_download_has_the_pace():
    seen = await measured(Ndt7(total=1 << 30, pause=0.02))

    assert seen.failure is None
    assert seen.detail.seconds >= 0.5
    assert 0 < seen.value < 1.2 * 8 * 8192 / 0.02


async def test_it_works_over_tls(trusted, root):
    context = root.context(trusted, "www.example.com")

    seen = await measured(Ndt7(), context=context)

    assert seen.failure is None
    assert seen.detail.received_bytes == 1 << 20


async def test_a_false_certificate_ends_it_before_it_begins(trusted):
    context = Authority("Else").context(trusted, "www.example.com")

    seen = await measured(Ndt7(), context=context)

    assert seen.failure == failure.SSL_UNKNOWN_AUTHORITY
    assert seen.detail.received_bytes == 0


async def test_an_upload_believes_what_the_server_counted():
    server = Ndt7(total=1 << 20)

    seen = await measured(server, "upload")

    assert seen.failure is None
    assert server.received >= 1 << 20
    assert seen.value > 0
    assert (10, b"alive") in server.frames


async def test_a_slow_upload_does_not_count_what_waits_in_our_own_buffers():
    """The system takes megabytes at once; the line takes 8 KiB every 50 ms."""

    class Slow(Ndt7):
        async def _take(self, reader, writer):
            reader._transport.pause_reading()
            sock = writer.get_extra_info("socket")
            while True:
                await asyncio.sleep(0.05)
                try:
                    self.received += len(sock._sock.recv(8192))
                except BlockingIOError:
                    continue

    seen = await measured(Slow(tells=False), "upload")

    assert seen.failure is None
    handed_over = 8 * seen.detail.received_bytes / seen.detail.seconds
    assert handed_over > 20e6
    assert seen.value < 10e6


async def test_the_byte_cap_ends_it(monkeypatch):
    monkeypatch.setattr(throughput, "MAX_BYTES", 300_000)

    down = await measured(Ndt7(total=1 << 30))
    up = await measured(Ndt7(total=1 << 30), "upload")

    assert down.failure is up.failure is None
    assert 300_000 <= down.detail.received_bytes < 400_000
    assert 300_000 <= up.detail.received_bytes < 450_000


async def test_what_the_budget_leaves_ends_it():
    async with serving(Ndt7(total=1 << 30)) as port:
        url = f"ws://www.example.com:{port}/ndt/v7/download"
        seen = await throughput.probe(replace(aim(url=url), payload=250_000))

    assert seen.failure is None
    assert 250_000 <= seen.detail.received_bytes < 330_000


@pytest.mark.parametrize("direction", ["download", "upload"])
async def test_a_reset_in_the_middle_is_named(direction):
    class Breaking(Ndt7):
        async def _give(self, _reader, writer):
            writer.write(frame(2, bytes(1000)))
            await writer.drain()
            await asyncio.sleep(0.1)
            sock = writer.get_extra_info("socket")
            sock.setsockopt(1, 13, struct.pack("ii", 1, 0))
            writer.transport.abort()

        _take = _give

    seen = await measured(Breaking(), direction)

    assert seen.failure == failure.CONNECTION_RESET


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (Ndt7(status=b"403 Forbidden"), failure.HTTP_STATUS),
        (Ndt7(status=b"200 OK"), failure.HTTP_STATUS),
        (Ndt7(accept=b"AAAA"), failure.HTTP_MALFORMED),
        (Ndt7(noise=b"\x0f\xff"), failure.HTTP_MALFORMED),
        (Ndt7(noise=frame(1, bytes(70_000))), failure.HTTP_MALFORMED),
        (Ndt7(noise=frame(8, b"")), failure.EOF),
    ],
    ids=["forbidden", "a page", "a wrong key", "garbage", "long text", "closed"],
)
async def test_what_is_no_ndt7_fails(server, expected):
    seen = await measured(server)

    assert seen.failure == expected
    assert seen.value is None


async def test_nobody_there_is_named():
    url = f"ws://www.example.com:{closed_port()}/ndt/v7/download"

    seen = await throughput.probe(aim(url=url))

    assert seen.failure == failure.CONNECTION_REFUSED


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 2, 9]), st.binary(max_size=300)), max_size=20
    ),
    st.integers(1, 97),
)
def test_frames_survive_any_cutting(messages, step):
    wire = b"".join(frame(opcode, payload) for opcode, payload in messages)
    reader = FrameReader()
    seen: list[Frame] = []
    for i in range(0, len(wire), step):
        seen += reader.feed(wire[i : i + step])

    kept = [(f.opcode, f.payload) for f in seen if f.opcode is not Opcode.BINARY]
    assert kept == [(opcode, payload) for opcode, payload in messages if opcode != 2]
    counted = sum(f.size for f in seen if f.opcode is Opcode.BINARY)
    assert counted == sum(len(payload) for opcode, payload in messages if opcode == 2)


@given(st.binary(max_size=500))
def test_hostile_frames_are_malformed_or_counted(noise):
    reader = FrameReader()
    counted = 0
    with suppress(BadAnswerError):
        for seen in reader.feed(noise):
            counted += seen.size

    assert counted <= len(noise)


def test_a_frame_of_any_length_costs_no_memory():
    reader = FrameReader()
    list(reader.feed(b"\x82\x7f" + (1 << 60).to_bytes(8, "big")))

    for _ in range(100):
        assert [f.size for f in reader.feed(bytes(65536))] == [65536]
    assert len(reader._buffer) == 0


def test_clients_frames_are_masked():
    wire = masked(Opcode.PONG, b"alive")

    assert wire[:2] == bytes((0x8A, 0x85))
    assert bytes(b ^ wire[2 + i % 4] for i, b in enumerate(wire[6:])) == b"alive"
    assert load(bytes(9))[:10] == b"\x82\xff" + (9).to_bytes(8, "big")
    assert len(load(bytes(9))) == 14 + 9
