"""Whoever counts disruptions counts each window once, whether it comes again or not."""

from dataclasses import replace

import pytest

from rabta.agent.costing import country_stored, own_stored
from rabta.agent.patterns import regroup
from rabta.alerts.policy import orders_for
from rabta.clock import DAY, HOUR, ManualClock
from rabta.config import Channel
from rabta.config.load import profile
from rabta.cost.firm.table import firm_of
from rabta.model import Rung
from rabta.report.period import period_of
from rabta.report.select import Wanted, select
from rabta.store import Store
from tests.unit.cost.test_table import PROFILE
from tests.unit.store.helpers import ping

from .windows import KARACHI, LINE, at, evenings, window


FIRST, STOP = at("2026-09-01", "00:00"), at("2026-10-01", "00:00")
CHANNEL = Channel("hook", "webhook", "http://127.0.0.1/x")


class Rungs(dict):
    """Every target is abroad."""

    def __missing__(self, key):
        return Rung.ANYCAST


@pytest.fixture
def store(tmp_path):
    """Two hours of twenty evenings, of a line and of the country, and a noon."""
    with Store.open(tmp_path, clock=ManualClock(STOP)) as opened:
        opened.record([ping(at) for at in range(FIRST, STOP, HOUR)])
        evenings(opened, "2026-09-02", 20)
        evenings(opened, "2026-09-02", 20, entity="country/PK")
        window(opened, at("2026-09-10", "11:00"), 1)
        yield opened


def readings(store):
    """What alerts, costs and reports make of the same month."""
    firm = replace(firm_of(profile(PROFILE)), home="ptcl")
    mine = store.disruptions(own_only=True, limit=1000)
    wanted = Wanted("management", period_of("2026-09", KARACHI), KARACHI, Rungs())
    report = select(store, wanted, now=STOP)
    return (
        [order.key for order in orders_for(mine, CHANNEL, FIRST, STOP)],
        own_stored(store, firm, FIRST, STOP, ManualClock(STOP)).cost.lost_hours,
        country_stored(store, "country/PK", FIRST, STOP).classes,
        [(one.onset, one.end) for one in report.incidents],
        report.lines,
    )


def test_alerts_costs_and_reports_are_the_same_with_a_pattern_and_without(store):
    before = readings(store)
    for entity in (LINE, "country/PK"):
        (one,) = regroup(store, entity, KARACHI, FIRST - DAY)
        assert one.pattern.occurrences == 20

    after = readings(store)

    assert after == before
    orders, hours, _, incidents, _ = after
    assert len(incidents) == 21
    assert len(set(orders)) == len(orders) == 42  # that it began, that it is over
    assert hours.likely > 0
