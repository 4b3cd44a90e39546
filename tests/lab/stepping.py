"""``rabta`` with a wall clock that signals set forward and back.

SIGUSR1 sets it forward, SIGUSR2 back, by STEP_SECONDS of the environment or a year.
With ASLEEP in the environment it was not set: the machine slept for so long.
"""

import os
import signal
from functools import partial

from rabta.agent.daemon import Agent
from rabta.api import up
from rabta.cli import main
from rabta.clock import DAY, SECOND, SystemClock


STEP = int(os.environ.get("STEP_SECONDS", 365 * DAY // SECOND)) * SECOND

ASLEEP = "ASLEEP" in os.environ


class Stepping(SystemClock):
    """The machine's clock, and what was added to it."""

    added = 0

    def now(self) -> int:
        """Wall clock, microseconds UTC."""
        return super().now() + Stepping.added

    def asleep(self) -> float:
        """Seconds the machine slept, and what was added to them."""
        return super().asleep() + (Stepping.added / SECOND if ASLEEP else 0.0)


def _step(number: int, _: object) -> None:
    Stepping.added += STEP if number == signal.SIGUSR1 else -STEP


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _step)
    signal.signal(signal.SIGUSR2, _step)
    up.Agent = partial(Agent, system=Stepping())  # type: ignore[assignment,misc]
    up.SystemClock = Stepping  # type: ignore[misc]
    main()
