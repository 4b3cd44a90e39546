"""How a line feels to those who use it. Pure."""

from typing import Literal


Traffic = Literal["bulk", "calls"]
"""What is told apart: everything, and the speech and video of calls."""

CALLS_SUFFER, CALLS_RECOVER = 70.0, 80.0
"""R factors: below 70 "many users are dissatisfied", from 80 "satisfied" (ITU-T G.107,
annex B)."""
BULK_SUFFERS, BULK_RECOVERS = 0.25, 0.15
"""Loss at which TCP still connects and no longer carries; below, downloads are slow
where they are, and moving them would break them."""


def r_factor(rtt_seconds: float, loss_ratio: float) -> float:
    """Return how speech over a line is rated, 0 (unusable) to 93.2 (excellent).

    The E-model (ITU-T G.107, with the delay term of Cole and Rosenbluth, 2001) for
    G.711 with loss concealment (ITU-T G.113: Ie 0, Bpl 25.1); half of the round trip,
    and 60 ms for coding and the jitter buffer, are the delay.
    """
    delay = rtt_seconds * 500.0 + 60.0
    late = 0.024 * delay + 0.11 * max(0.0, delay - 177.3)
    lost = 100.0 * loss_ratio
    return max(0.0, 93.2 - late - 95.0 * lost / (lost + 25.1))


def suffers(
    traffic: Traffic, rtt_seconds: float | None, loss_ratio: float | None, *, now: bool
) -> bool:
    """Whether *traffic* suffers on a line; what was not measured is fine.

    *now*: whether it did. Both ends differ, so that a line at the limit does not go to
    and fro.
    """
    if loss_ratio is None:
        return False
    if traffic == "bulk":
        return loss_ratio > (BULK_RECOVERS if now else BULK_SUFFERS)
    rating = r_factor(rtt_seconds or 0.0, loss_ratio)
    return rating < (CALLS_RECOVER if now else CALLS_SUFFER)
