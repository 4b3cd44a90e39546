"""Serve the sample office, moving, to look at: ``python -m tests.browser.serve``."""

import time
from itertools import count

from rabta.api import ApiSettings
from rabta.clock import SystemClock
from tests.browser import sample
from tests.browser.office import Office, office


def move(served: Office) -> None:
    """Measure on, a little every second, until interrupted."""
    clock = SystemClock()
    before = served.now
    for _ in count():
        time.sleep(1)
        now = clock.now()
        seen = tuple(sample.observations(before, now, served.now))
        if seen:
            before = max(one.time for one in seen) + 1
            served.measure(seen)
        served.publish(sample.advance(served.live.status(), now))


if __name__ == "__main__":
    with office(ApiSettings(targets=sample.TARGETS, simulated=True)) as the_office:
        print(the_office.url, flush=True)
        move(the_office)
