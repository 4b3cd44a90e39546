"""``rabta`` with the pauses that no configuration shortens shortened as well.

    python -m benchmarks.lab.hurried PACE [--config FILE]

The other Rabta is asked every 60 PACE seconds, the mains are looked at every 10 PACE
seconds, somebody else's claim to our address every 30 PACE seconds, and the two rounds
of the throttling test are 10 PACE minutes apart; the rules are the same.
"""

import sys
from importlib import import_module

from rabta.agent import chores
from rabta.cli import main


def hurry(pace: float) -> None:
    """Multiply the constants by *pace*."""
    chores._VANTAGE *= pace  # noqa: SLF001
    chores._POWER *= pace  # noqa: SLF001
    conflict = import_module("rabta.probes.uplinks.conflict")
    conflict.PROBE_INTERVAL *= pace  # type: ignore[attr-defined]
    conflict.MEMORY *= pace  # type: ignore[attr-defined]
    throttling = import_module("rabta.attribute.throttling")
    throttling.ROUND_GAP = int(throttling.ROUND_GAP * pace)  # type: ignore[attr-defined]


if __name__ == "__main__":
    hurry(float(sys.argv.pop(1)))
    sys.argv.insert(1, "up")
    main()
