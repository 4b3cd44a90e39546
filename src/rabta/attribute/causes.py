"""From a row's shares to ranked causes."""

from typing import Final

from rabta.model import Cause


GATED: Final = 0.5
"""No more for a cause whose hard evidence is out of a single host's reach."""
_GATED: Final = (Cause.SHUTDOWN, Cause.CABLE)
_BATTERY: Final = 0.6


def ranked(
    shares: tuple[tuple[Cause, float], ...],
    confidence: float,
    *,
    power_lost: bool = False,
    networks: int = 2,
) -> tuple[tuple[Cause, float], ...]:
    """Turn *shares* into probabilities, highest first; they sum to at most 1.

    What the verdict is not sure of goes to the unknown. Power gains when the host
    itself lost the mains at that moment. A shutdown needs two independent *networks*,
    and neither it nor a cable can pass one half without outside evidence.
    """
    held = dict(shares)
    if power_lost and Cause.POWER in held:
        rest = 1 - max(held[Cause.POWER], _BATTERY)
        others = sum(share for cause, share in held.items() if cause is not Cause.POWER)
        scale = min(1.0, rest / others) if others else 0.0
        held = {cause: share * scale for cause, share in held.items()}
        held[Cause.POWER] = 1 - rest
    if networks < 2:
        held.pop(Cause.SHUTDOWN, None)
    found = {cause: share * confidence for cause, share in held.items()}
    for cause in _GATED:
        if cause in found:
            found[cause] = min(found[cause], GATED)
    found[Cause.UNKNOWN] = max(0.0, 1 - sum(found.values()))
    order = sorted(found.items(), key=lambda item: (-item[1], item[0].value))
    return tuple((cause, round(p, 3)) for cause, p in order if p >= 0.005)
