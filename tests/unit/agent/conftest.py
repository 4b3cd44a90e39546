"""A simulated office over a real store, as fast as it goes."""

import pytest

from rabta.agent.demo.driver import Driver
from rabta.agent.demo.office import PROFILES, UPLINKS
from rabta.agent.demo.places import targets
from rabta.agent.demo.world import World
from rabta.agent.pipeline import Pipeline
from rabta.attribute import Context
from rabta.clock import MINUTE, SECOND, ManualClock
from rabta.store import Store


START = 1_760_000_000 * SECOND


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "store", clock=ManualClock(START)) as opened:
        yield opened


class Office:
    """Two uplinks at the daemon's own cadence; *said* is each new code and its time."""

    def __init__(self, store, incidents=(), seed=1):
        self.store = store
        self.pipeline = self._pipeline(START)
        self.world = World(PROFILES, incidents, seed)
        self.seen = []
        self.now = START
        self._driver = self._drive()

    def _pipeline(self, started):
        context = Context(country="PK", uplinks=UPLINKS, on_mains=True)
        return Pipeline(self.store, context, started=started)

    def _drive(self):
        driver = Driver(self.pipeline, self.world, targets(), self.seen.append, seed=1)
        driver.announce(UPLINKS, self.now, pace=1.0)
        return driver

    def run(self, until):
        """Simulate up to *until*, microseconds after the start."""
        self._driver.run(self.now, START + until)
        self.now = START + until

    def restart(self, after=0):
        """End this agent and start another on the same store, *after* microseconds."""
        self.pipeline.remember_usual(self.now)
        self.now += after
        self.pipeline = self._pipeline(self.now)
        self._driver = self._drive()

    def sleep(self, microseconds):
        """Measure nothing for a while, and go on as the daemon does."""
        self.store.note_gap(self.now, self.now + microseconds)
        self.now += microseconds
        self.pipeline.restart()
        self._driver = self._drive()

    def disruptions(self, entity=None):
        """Oldest first."""
        return self.store.disruptions(entity=entity)[::-1]

    def host(self):
        return self.pipeline.status(self.now, {}, ()).host


@pytest.fixture
def office(store):
    """Build an office in which *incidents* happen."""
    return lambda *incidents, seed=1: Office(store, incidents, seed)


WARM = 3 * MINUTE
"""Microseconds after which every target has been heard of often enough."""
