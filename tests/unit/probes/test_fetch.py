"""Rates are those of the transfer, and slow is a result."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.clock import SECOND, ManualClock, SystemClock
from rabta.model import Probe
from rabta.probes import fetch
from tests.unit.probes.authority import Authority
from tests.unit.probes.loopback import aim, answering, serving, silent


POLICED = 1.5e6  # bits per second
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


def paced(total: int, piece: int, pause: float):
    """Serve *total* bytes in pieces with pauses: a policed line."""

    async def handle(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % total)
        for _ in range(total // piece):
            writer.write(bytes(piece))
            await writer.drain()
            await asyncio.sleep(pause)

    return handle


async def fetched(handler, seconds=5.0, context=None, **target):
    async with serving(handler, context) as port:
        scheme = "https" if context else "http"
        url = f"{scheme}://www.example.com:{port}/64k"
        return await fetch.probe(aim(seconds, url=url, **target))


def first(seen) -> int:
    """Return the bytes that came at once, which tell nothing about the rate."""
    return seen.detail.cumulative[0][1]


async def test_the_rate_is_that_of_the_transfer():
    seen = await fetched(paced(64 * 1024, 4096, 8 * 4096 / POLICED))

    assert seen.failure is None
    assert seen.probe is Probe.FETCH
    assert seen.detail.received_bytes == 65536
    assert seen.value == pytest.approx(8 * (65536 - first(seen)) / seen.detail.seconds)
    assert 0.1 * POLICED < seen.value < 1.1 * POLICED


async def test_samples_accumulate():
    seen = await fetched(paced(64 * 1024, 4096, 0.005))

    times, totals = zip(*seen.detail.cumulative, strict=True)
    assert list(times) == sorted(times)
    assert list(totals) == sorted(totals)
    assert totals[-1] == 65536
    assert times[0] == 0
    assert len(totals) > 1


async def test_it_stops_at_512_kib():
    seen = await fetched(paced(1 << 30, 1 << 16, 0))

    assert seen.failure is None
    assert seen.detail.received_bytes == 512 * 1024
    assert len(seen.detail.cumulative) <= 128
    assert seen.spent_bytes < 2_000_000


async def test_time_running_out_is_a_low_rate_and_no_failure():
    seen = await fetched(paced(1 << 20, 1024, 0.05), seconds=0.6)

    assert seen.failure is None
    assert 0 < seen.value < 1.2 * 8 * 1024 / 0.05
    assert seen.detail.received_bytes < 1 << 20


async def test_a_stall_counts_as_time():
    async def stall(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD % 100_000 + bytes(1000))
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(bytes(1000))
        await asyncio.sleep(5)

    seen = await fetched(stall, seconds=0.8)

    assert seen.failure is None
    assert seen.detail.seconds > 0.5
    assert seen.value < 8 * 2000 / 0.5


async def test_a_body_in_one_piece_has_the_rate_of_the_wait_for_it():
    size = fetch.TELLING_BYTES
    seen = await fetched(answering(HEAD % size + bytes(size)))

    assert seen.failure is None
    assert seen.value > 0


async def test_a_body_that_is_over_before_it_gained_speed_has_no_rate():
    for size in (500, fetch.TELLING_BYTES - 1):
        seen = await fetched(answering(HEAD % size + bytes(size)))

        assert seen.ok
        assert seen.value is None
        assert seen.detail.received_bytes == size


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (silent, failure.GENERIC_TIMEOUT),
        (answering(b"HTTP/1.1 404 No\r\n\r\nnothing"), failure.HTTP_STATUS),
        (answering(HEAD % 0), failure.EOF),
        (answering(HEAD % 9000 + bytes(5000)), failure.EOF),
    ],
)
async def test_what_is_no_transfer_fails(handler, expected):
    seen = await fetched(handler, seconds=0.3)

    assert seen.failure == expected
    assert seen.value is None


async def test_a_false_certificate_makes_no_rate(trusted):
    context = Authority("Else").context(trusted, "www.example.com")

    seen = await fetched(paced(65536, 8192, 0), context=context)

    assert seen.failure == failure.SSL_UNKNOWN_AUTHORITY
    assert seen.detail.received_bytes == 65536


async def test_an_innocuous_name_on_the_same_server_is_a_fair_pair(trusted, root):
    context = root.context(trusted, "www.example.com")

    seen = await fetched(
        paced(65536, 8192, 0),
        context=context,
        sni="harmless.example",
        role="innocuous-sni",
    )

    assert seen.failure is None


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 10**6)), min_size=2))
def test_the_meter_keeps_few_samples_and_the_right_total(steps):
    clock = ManualClock(0)
    meter = fetch.Meter(clock)
    for milliseconds, size in steps * 20:
        meter.add(size)
        clock.advance(milliseconds * SECOND // 1000)
    meter.stop()

    detail = meter.detail()
    elapsed = sum(ms for ms, _ in steps) * 20 / 1000
    assert detail.received_bytes == sum(size for _, size in steps) * 20
    assert len(detail.cumulative) <= 128
    assert detail.seconds == pytest.approx(elapsed)
    assert meter.rate == pytest.approx(
        8 * (detail.received_bytes - steps[0][1]) / elapsed
    )


def metered(*seconds: int) -> fetch.Meter:
    """What each second brought, ten pieces in each."""
    clock = ManualClock(0)
    meter = fetch.Meter(clock)
    for size in seconds:
        for _ in range(10):
            if size:
                meter.add(size // 10)
            clock.advance(SECOND // 10)
    meter.add(1)
    return meter


def test_a_rate_that_is_held_is_known_after_three_seconds_of_it():
    assert not metered(60_000, 17_000, 18_000).settled
    assert metered(60_000, 17_000, 18_000, 17_500).settled


def test_a_rate_that_jumps_about_or_has_stalled_is_not_known():
    assert not metered(60_000, 5_000, 40_000, 17_000).settled
    assert not metered(60_000, 0, 0, 0, 0).settled


class Hasty(SystemClock):
    """Ten seconds pass in one."""

    def monotonic(self) -> float:
        return 10 * super().monotonic()


async def test_a_held_rate_ends_the_fetch_early():
    """The whole of it would take thirteen of its seconds."""
    async with serving(paced(262_144, 1_000, 0.005)) as port:
        there = aim(5.0, url=f"http://www.example.com:{port}/256k")
        seen = await fetch.probe(replace(there, clock=Hasty()))

    assert seen.failure is None
    assert 4 <= seen.detail.seconds < 8
