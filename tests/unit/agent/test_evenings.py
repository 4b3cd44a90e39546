"""Weeks of load-shedding, through the daemon's own ladder, ledger, scribe and store."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from rabta.agent.as_usual import LONGER, facts_of
from rabta.agent.demo.driver import Driver
from rabta.agent.demo.office import FIBRE, PROFILES, UPLINKS, _isp
from rabta.agent.demo.places import targets
from rabta.agent.demo.run import stretches
from rabta.agent.demo.world import World
from rabta.agent.findings import RECURRING
from rabta.agent.patterns import Patterns
from rabta.agent.pipeline import Pipeline
from rabta.agent.recorder import Recorder
from rabta.agent.scribe import Scribe
from rabta.attribute import Context
from rabta.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from rabta.locale import LANGUAGES, render
from rabta.store import Store

from .windows import at, local


KYIV = ZoneInfo("Europe/Kyiv")
START = at("2026-03-16", "00:00", KYIV)  # two weeks before the clock goes forward
ENTITY = f"uplink/{FIBRE.name}"
EVENINGS = 20
PEACE = (5, 12)  # no shedding on these days
LATE = 8  # on this day it takes five hours, not two


def evening(day, clock="19:00", minutes=0):
    date = local(START + day * DAY + 12 * HOUR, KYIV).date().isoformat()
    return at(date, clock, KYIV) + minutes * MINUTE


def incidents():
    found = [
        _isp(evening(day, minutes=day % 4), (5 if day == LATE else 2) * HOUR)
        for day in range(EVENINGS)
        if day not in PEACE
    ]
    noon = _isp(evening(3, "12:10"), 50 * MINUTE)  # one fault like any other
    return sorted([*found, noon], key=lambda one: one.start)


class House:
    """The daemon's parts that find and write, over a simulated line."""

    def __init__(self, store):
        self.store = store
        self.incidents = incidents()
        self.world = World(PROFILES, self.incidents, 3)
        self.now = START
        self.start()

    def start(self):
        self.patterns = Patterns(self.store, KYIV)
        self.patterns.learn()
        self.scribe = Scribe(self.store, Recorder(self.store), self.patterns.closed)
        context = Context(country="UA", uplinks=UPLINKS, on_mains=True)
        self.pipeline = Pipeline(
            self.scribe, context, started=self.now, known=self.patterns.known
        )
        self.driver = Driver(
            self.pipeline, self.world, targets(), lambda _: None, seed=3
        )

    def restart(self):
        self.scribe.close()
        self.start()

    def run(self, until):
        for begin, stop, pace in stretches(self.now, until, self.incidents):
            self.driver.announce(UPLINKS, begin, pace=pace)
            self.driver.run(begin, stop, every=int(2.5 * pace * SECOND))
            self.scribe._write()
        self.now = until

    def told(self):
        """What the status of this moment says of a pattern, by entity."""
        status = self.pipeline.status(self.now, {}, ())
        verdicts = [status.host, *(one.verdict for one in status.uplinks)]
        return {one.entity: facts_of(one) for one in verdicts if facts_of(one)}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    with Store.open(folder, clock=ManualClock(START + 30 * DAY)) as store:
        yield House(store)


@pytest.mark.slow
def test_weeks_of_evenings_become_one_pattern_that_is_told_as_it_begins(house):
    """One test, as it is one story: each part of it takes up where the last ended."""
    # Nobody calls two evenings a habit.
    house.run(evening(2, "19:30"))
    assert house.told() == {}

    # The fourth one comes as three did.
    house.run(evening(3, "19:30"))
    (fact,) = house.told()[ENTITY]
    assert (fact.id, fact.nats) == (RECURRING, 0.0)
    for language in LANGUAGES:
        assert "19:0" in render(fact.says, language, UTC)
    (lasting,) = house.store.disruptions(entity=ENTITY, open_only=True)
    assert facts_of(lasting.verdicts[-1]) == (fact,)

    # A restart in the middle of it forgets nothing.
    house.restart()
    house.run(evening(3, "20:00"))
    assert house.told()[ENTITY][0].id == RECURRING

    # At noon nothing is usual, and on the late evening that it takes too long is told.
    house.run(evening(LATE, "19:30"))
    assert house.told()[ENTITY][0].id == RECURRING
    house.run(evening(LATE, "22:30"))
    assert house.told()[ENTITY][0].id == LONGER
    (lasting,) = house.store.disruptions(entity=ENTITY, open_only=True)
    said = [[fact.id for fact in facts_of(one)] for one in lasting.verdicts]
    assert [RECURRING] in said
    assert said[-1] == [LONGER]

    house.run(START + EVENINGS * DAY)
    house.restart()
    happened = house.store.disruptions(entity=ENTITY, limit=1000)[::-1]
    whole = [one for one in happened if one.end - one.onset > 10 * MINUTE]
    assert len(whole) == EVENINGS - len(PEACE) + 1
    (pattern,) = (one.pattern for one in house.store.patterns(ENTITY))
    assert abs(_minutes(pattern.start) - 19 * 60) <= 5
    assert abs(_minutes(pattern.end) - 21 * 60) <= 8
    assert (pattern.first, pattern.last) == ("2026-03-16", "2026-04-04")
    assert pattern.occurrences == EVENINGS - len(PEACE) - 1
    assert 0.8 < pattern.regularity < 0.9
    alone = [one.onset for one in whole if one.pattern is None]
    assert [round((one - START) / HOUR) for one in alone] == [
        round((evening(3, "12:10") - START) / HOUR),
        round((evening(LATE) - START) / HOUR),
    ]
    # The same evening on the whole machine is no second window of this line.
    assert all(one.pattern.id == pattern.id for one in whole if one.pattern)


def _minutes(clock):
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
