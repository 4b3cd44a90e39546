"""Forecasts take what was measured, and rates of the right way, as charts do."""

import pytest

from rabta.api.panels import Rungs, panel_of
from rabta.clock import DAY, HOUR, SECOND, ManualClock
from rabta.model import Call, Kind, Observation, Order, Probe
from rabta.model.target import DOWNLOAD, UPLOAD
from rabta.outbox.past import _measured, histories
from rabta.store import Store
from rabta.store.outbox import Queue
from tests.unit.store.helpers import verdict


T0 = 1_790_000_000 * SECOND


def seen(probe, target, value, at=0):
    return Observation(T0 + at, "ptcl", 4, target, probe, value)


FETCHES = [
    seen(Probe.FETCH, "far", 4e6),
    seen(Probe.FETCH, "github/fetch", None, SECOND),  # too short to tell
]
TESTS = [
    seen(Probe.THROUGHPUT, DOWNLOAD, 50e6, 2 * SECOND),
    seen(Probe.THROUGHPUT, UPLOAD, 7e6, 3 * SECOND),
]


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "store", clock=ManualClock(T0 + DAY)) as opened:
        yield opened


def rates(store, *, up):
    return _measured(store, "ptcl", T0 - SECOND, T0 + DAY, up=up)


def charted(store):
    rate = panel_of("ptcl", store.series(), Rungs(())).rate
    return {one.target for one in rate.series}


def test_of_an_outage_only_what_was_measured_is_passed_on(store):
    store.record([seen(Probe.LINK, "link", 1.0, at) for at in (0, DAY - HOUR)])
    number = store.open_disruption(
        "uplink/ptcl", Kind.OUTAGE, T0 + HOUR, 0.0, 1.0, verdict(T0 + HOUR)
    )
    store.close_disruption(number, T0 + 10 * HOUR)
    store.note_gap(T0 + 2 * HOUR, T0 + 9 * HOUR)
    order = Order(Call("http://localhost/"), "one", size=1000)
    with Queue.open(store.path, clock=ManualClock(T0 + DAY)) as queue:
        (number,) = queue.add([(order, "")])
        (found,) = histories(store, queue, queue.job(number), T0 + DAY)

    assert found.outages == (
        (T0 + HOUR, T0 + 2 * HOUR),
        (T0 + 9 * HOUR, T0 + 10 * HOUR),
    )


def test_fetches_tell_how_fast_things_come_down_and_nothing_of_the_way_up(store):
    store.record(FETCHES)

    assert rates(store, up=False) == [4e6]
    assert rates(store, up=True) == []
    assert charted(store) == {"far", "github/fetch"}


def test_each_way_has_its_own_test(store):
    store.record(FETCHES + TESTS)

    assert rates(store, up=False) == [50e6]
    assert rates(store, up=True) == [7e6]
    assert charted(store) == {DOWNLOAD}


def test_a_test_that_is_made_no_longer_gives_way_to_fetches(store):
    store.record([*TESTS, seen(Probe.FETCH, "far", 4e6, DAY + 9 * SECOND)])

    assert charted(store) == {"far", DOWNLOAD}
