"""The simulated month, through the real pipeline and store."""

import asyncio
import contextlib
import itertools

import pytest

from rabta.agent.demo.office import CELLULAR, FIBRE, edges, month
from rabta.agent.demo.run import Demo, stretches
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


def found(store, code):
    """Disruptions that were called *code* at some time, oldest first."""
    everything = store.disruptions(limit=1000)[::-1]
    return [d for d in everything if code in {v.code for v in d.verdicts}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "entity", "kind", "begin", "length"),
    [
        ("lan-wifi", FIBRE.entity, Kind.DEGRADATION, 4 * DAY + 360 * MINUTE, 80),
        ("isp-access", FIBRE.entity, Kind.OUTAGE, 18 * DAY + 300 * MINUTE, 95),
        ("sni-blocking", "service/code", Kind.BLOCKING, 22 * DAY + 660 * MINUTE, 420),
        (
            "service-outage",
            "service/payments",
            Kind.OUTAGE,
            25 * DAY + 540 * MINUTE,
            50,
        ),
        ("local-power", FIBRE.entity, Kind.OUTAGE, 28 * DAY + 780 * MINUTE, 35),
    ],
)
def test_each_thing_that_happened_is_found_once(
    demo, code, entity, kind, begin, length
):
    _, store, _, _ = demo
    start = START - 30 * DAY + begin

    here = [d for d in found(store, code) if abs(d.onset - start) < 10 * MINUTE]

    assert [(d.entity, d.kind) for d in here] == [(entity, kind)]
    assert (
        abs(here[0].end - (start + length * MINUTE)) < 45 * MINUTE
    )  # the pace is coarse


@pytest.mark.slow
def test_the_cable_is_seen_on_both_uplinks_for_a_week(demo):
    _, store, _, _ = demo

    begin = START - 21 * DAY
    # far from incidents the cadence is an hour, which a noisy line needs many of
    for uplink, late in ((FIBRE, DAY / 4), (CELLULAR, 3 * DAY)):
        (week,) = [
            d
            for d in found(store, "corridor-degradation-national")
            if d.entity == uplink.entity
        ]
        assert abs(week.onset - begin) < DAY / 4
        assert -DAY / 4 < week.end - (begin + 7 * DAY) < late


@pytest.mark.slow
def test_nothing_is_found_that_did_not_happen(demo):
    _, store, _, _ = demo
    moments = edges(month(START, "code", "payments"))

    for one in store.disruptions(limit=1000):
        assert min(abs(one.onset - moment) for moment in moments) < 20 * MINUTE, one


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
    for moment in edges(incidents):
        around = [p for a, b, p in cuts if a <= moment < b or a < moment <= b]
        assert all(pace <= 12 for pace in around)
