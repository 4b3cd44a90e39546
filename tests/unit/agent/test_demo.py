"""The simulated month, through the real pipeline and store."""

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from rabta.agent.demo.office import CELLULAR, FIBRE, month
from rabta.agent.demo.run import Demo, stretches
from rabta.api.views import Views
from rabta.clock import DAY, MINUTE, SECOND, ManualClock
from rabta.model import Kind, State
from rabta.store import Store

from .conftest import START


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One simulated month, which takes some seconds."""
    clock = ManualClock(START)
    with Store.open(tmp_path_factory.mktemp("demo"), clock=clock) as store:
        built = Demo(store, clock)
        shares = []
        built.simulate_month(shares.append)
        yield built, store, clock, shares


CABLE = "corridor-degradation-national"
HAPPENED = [
    ("lan-wifi", FIBRE.entity, Kind.DEGRADATION, 4 * DAY + 360 * MINUTE, 80),
    (CABLE, FIBRE.entity, Kind.DEGRADATION, 9 * DAY, 7 * 1440),
    (CABLE, CELLULAR.entity, Kind.DEGRADATION, 9 * DAY, 7 * 1440),
    ("isp-access", FIBRE.entity, Kind.OUTAGE, 18 * DAY + 300 * MINUTE, 95),
    ("sni-blocking", "service/code", Kind.BLOCKING, 22 * DAY + 660 * MINUTE, 420),
    ("service-outage", "service/payments", Kind.OUTAGE, 25 * DAY + 540 * MINUTE, 50),
    ("local-power", FIBRE.entity, Kind.OUTAGE, 28 * DAY + 780 * MINUTE, 35),
    ("isp-access", FIBRE.entity, Kind.OUTAGE, 30 * DAY - 180 * MINUTE, 6),
]


@pytest.mark.slow
def test_what_happened_is_found_once_by_its_name_and_to_the_minute(demo):
    """And nothing else is; the cable is repaired while much is still lost."""
    _, store, _, _ = demo
    everything = sorted(store.disruptions(limit=1000), key=lambda one: one.onset)

    assert sorted((d.verdict.code, d.entity, d.kind) for d in everything) == sorted(
        happened[:3] for happened in HAPPENED
    )
    for code, entity, _, begin, minutes in HAPPENED:
        start = START - 30 * DAY + begin
        near = [d for d in everything if abs(d.onset - start) < 2 * MINUTE]
        (one,) = (d for d in near if d.entity == entity and d.verdict.code == code)
        assert abs(one.end - (start + minutes * MINUTE)) < 5 * MINUTE, one


_AGAIN = """
import sys
from pathlib import Path
from rabta.agent.demo.run import Demo
from rabta.clock import ManualClock
from rabta.store import Store
clock = ManualClock(int(sys.argv[2]))
with Store.open(Path(sys.argv[1]), clock=clock) as store:
    Demo(store, clock).simulate_month(lambda share: None)
"""


@pytest.mark.slow
def test_another_process_simulates_the_same_month(demo, tmp_path):
    """Whatever order its sets are in."""
    _, store, clock, _ = demo
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    subprocess.run(
        [sys.executable, "-c", _AGAIN, str(tmp_path), str(START)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
    )

    with Store.open(tmp_path, clock=clock, read_only=True) as other:
        assert other.disruptions(limit=1000) == store.disruptions(limit=1000)


@pytest.mark.slow
def test_every_minute_of_the_last_hour_has_a_beat_of_each_service(demo):
    built, store, _, _ = demo
    status = built._pipeline.status(START, {}, ())

    bars = Views(store, {}).beats(replace(status, time=START - MINUTE))

    assert len(bars) == 4
    assert {(bar.up, bar.gaps) for bar in bars.values()} == {(60, 0)}


@pytest.mark.slow
def test_progress_goes_from_nothing_to_all(demo):
    *_, shares = demo

    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.slow
async def test_it_goes_on_live_and_is_marked_as_simulated(demo):
    built, _, clock, _ = demo
    clock.advance(20 * SECOND)

    task = asyncio.create_task(built.run())
    await asyncio.sleep(0.3)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

    status = built.hub.status()
    assert status.simulated
    assert status.time == START + 20 * SECOND
    assert {one.verdict.state for one in status.uplinks} == {State.UP}
    assert not [u for u in status.uplinks if "simulated" not in u.uplink.isp]


def test_the_span_is_cut_without_gaps_and_is_fine_where_something_begins():
    incidents = month(START, "code", "payments")
    begin = START - 30 * DAY

    cuts = list(stretches(begin, START, incidents))

    assert cuts[0][0] == begin
    assert cuts[-1][1] == START
    assert all(a[1] == b[0] for a, b in itertools.pairwise(cuts))
    for one in incidents:
        if one.name == "cable-peak":  # in the middle of a worse one
            continue
        for moment in (one.start, one.end):
            paces = [pace for first, _, pace in cuts if first == moment]
            before = [pace for _, last, pace in cuts if last == moment]
            if moment < START:
                assert paces == [1.0]
                assert before[0] <= 6
