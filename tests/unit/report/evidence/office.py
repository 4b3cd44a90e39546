"""A store with some hours measured, and its evidence log."""

import random

from rabta.clock import HOUR, MINUTE, SECOND
from rabta.report.evidence.log import Log
from rabta.store import Store
from tests.unit.store.helpers import T0, clock_at, ping


FIRST = T0 // HOUR


class Office:
    """Measures, and closes hours, by a clock of its own."""

    def __init__(self, path):
        self.path = path
        self.clock = clock_at(T0)
        self.since_boot = 0
        self.boot = "a"
        self._random = random.Random(1)

    def measure(self, hours=1, *, uplinks=("ptcl", "zong"), targets=3, interval=60):
        """Measure for some hours from now on; one probe in 20 is lost."""
        made = [
            ping(
                self.clock.now() + at * SECOND + 7 * number,
                0.02 + 0.01 * self._random.random(),
                uplink=uplink,
                target=f"t{number}",
                failure="generic_timeout_error"
                if self._random.random() < 0.05
                else None,
            )
            for at in range(0, hours * 3600, interval)
            for uplink in uplinks
            for number in range(targets)
        ]
        with Store.open(self.path, clock=self.clock) as store:
            store.record(made)
        self.wait(hours * HOUR)

    def wait(self, microseconds):
        self.clock.advance(microseconds)
        self.since_boot += microseconds

    def close(self):
        """Close hours three minutes later, as the daemon does."""
        self.wait(3 * MINUTE)
        try:
            with self.log() as log:
                return log.close_hours()
        finally:
            self.wait(-3 * MINUTE)

    def work(self, hours, **how):
        """Measure hour by hour, and close each."""
        for _ in range(hours):
            self.measure(1, **how)
            self.close()

    def log(self):
        return Log.open(
            self.path, clock=self.clock, boot=lambda: (self.boot, self.since_boot)
        )
