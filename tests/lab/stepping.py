"""``rabta`` with a wall clock that a signal sets forward by a year."""

import signal
from functools import partial

from rabta.agent.daemon import Agent
from rabta.api import up
from rabta.cli import main
from rabta.clock import DAY, SystemClock


class Stepping(SystemClock):
    """The machine's clock, and what was added to it."""

    added = 0

    def now(self) -> int:
        """Wall clock, microseconds UTC."""
        return super().now() + Stepping.added


def _step(*_: object) -> None:
    Stepping.added += 365 * DAY


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _step)
    up.Agent = partial(Agent, system=Stepping())  # type: ignore[assignment,misc]
    up.SystemClock = Stepping  # type: ignore[misc]
    main()
