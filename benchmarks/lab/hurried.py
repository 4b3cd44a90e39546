"""``rabta`` with the pauses that no configuration shortens shortened as well.

    python -m benchmarks.lab.hurried PACE [--config FILE]

The other Rabta is asked every 60 PACE seconds, the mains are looked at every 10 PACE
seconds, the interfaces' counters every 5 PACE seconds, somebody else's claim to our
address every 30 PACE seconds, the two rounds of the throttling test are 10 PACE minutes
apart, and what was found to be held back is tried again every 3 PACE minutes; the rules
are the same.
"""

import sys
from importlib import import_module

from rabta.agent import chores, traffic, vantages
from rabta.cli import main


def hurry(pace: float) -> None:
    """Multiply the constants by *pace*."""
    vantages._VANTAGE *= pace  # noqa: SLF001
    chores._POWER *= pace  # noqa: SLF001
    traffic._LOOK *= pace  # noqa: SLF001
    conflict = import_module("rabta.probes.uplinks.conflict")
    conflict.PROBE_INTERVAL *= pace  # type: ignore[attr-defined]
    conflict.MEMORY *= pace  # type: ignore[attr-defined]
    pairing = import_module("rabta.attribute.pairing")
    pairing.RECHECK = int(pairing.RECHECK * pace)  # type: ignore[attr-defined]
    gap = int(pairing.ROUND_GAP * pace)  # type: ignore[attr-defined]
    throttling = import_module("rabta.attribute.throttling")
    throttling.ROUND_GAP = pairing.ROUND_GAP = gap  # type: ignore[attr-defined]


if __name__ == "__main__":
    hurry(float(sys.argv.pop(1)))
    sys.argv.insert(1, "up")
    main()
