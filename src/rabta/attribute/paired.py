"""The paired test of speed: the service's name against another, on one address.

Two rounds, each of alternating pairs. In each the medians, the Kolmogorov-Smirnov
test and Wehe's area between the quantile functions (Li et al., SIGCOMM 2019) must
agree; over several services or lines at once the levels follow Holm (1979).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from rabta.attribute.throttling import MAX_P, MAX_RATIO, MIN_AREA, area, ks_p


ROUNDS: Final = 2
PAIRS: Final = 5
_STEADY: Final = 0.15
"""Variation of the rate within a round, above which no fixed limit holds."""
_DRIFT: Final = 0.10
_SWOLLEN: Final = 2.0
"""How many times its usual a round trip grows under load where a queue holds back."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One timed transfer."""

    rate: float
    """Bits per second."""
    rtt: float = 0.0
    """Seconds of a round trip before the load; 0 where unknown."""
    loaded_rtt: float = 0.0
    """The same while it went on."""


@dataclass(frozen=True, slots=True)
class Couple:
    """The service's name and the other, one after the other."""

    target: Transfer
    control: Transfer


@dataclass(frozen=True, slots=True)
class Pace:
    """What the rounds of one line say."""

    throttled: bool
    decided: bool
    """Whether there was enough to say either."""
    ratio: float
    """Median of the target's rates over that of the control's, the worse round."""
    p: float
    """The greater of the rounds' p."""
    area: float
    """The smaller of the rounds' areas."""
    pairs: int
    rate: float
    """Median of the target's rates, bits per second."""
    control_rate: float
    limiter: str = ""
    """``policed`` (drops what exceeds a fixed rate), ``shaped`` (holds it back)."""
    chance: float = 1.0
    """That luck makes every round at least so unlike: what Holm's levels are held to.
    Five pairs a round cannot do better than 0.008, which over seven lines and more is
    no level at all; two such rounds by luck are one in 16,000."""


NOTHING: Final = Pace(False, False, 1.0, 1.0, 0.0, 0, 0.0, 0.0)


def judge(rounds: Sequence[Sequence[Couple]], level: float = MAX_P) -> Pace:
    """Judge the rounds of one line; *level* is what ``Pace.chance`` must stay below.

    Each round must be clear by itself, too.
    """
    full = [one for one in rounds if len(one) >= PAIRS]
    if not full:
        return NOTHING
    measured = [_measure(one) for one in full]
    ratio = max(one[0] for one in measured)
    p = max(one[1] for one in measured)
    least = min(one[2] for one in measured)
    slow = ratio <= MAX_RATIO and p < MAX_P and least > MIN_AREA
    throttled = slow and len(full) >= ROUNDS and p ** len(full) < level
    targets = [one.target for some in full for one in some]
    controls = [one.control for some in full for one in some]
    return Pace(
        throttled=throttled,
        decided=len(full) >= ROUNDS,
        ratio=ratio,
        p=p,
        area=least,
        chance=p ** len(full),
        pairs=len(targets),
        rate=median(one.rate for one in targets),
        control_rate=median(one.rate for one in controls),
        limiter=limiter(full) if throttled else "",
    )


def holm(found: Sequence[float], level: float = MAX_P) -> list[float]:
    """Return the level for each p, in their order: Holm's step-down.

    The smallest is held to level/n, the next to level/(n-1); after the first that
    fails all others do.
    """
    order = sorted(range(len(found)), key=lambda i: found[i])
    levels = [0.0] * len(found)
    for place, index in enumerate(order):
        held = level / (len(found) - place)
        if found[index] >= held:
            break
        levels[index] = held
    return levels


def _measure(couples: Sequence[Couple]) -> tuple[float, float, float]:
    target = sorted(one.target.rate for one in couples)
    control = sorted(one.control.rate for one in couples)
    usual = median(control)
    ratio = median(target) / usual if usual else 1.0
    return ratio, ks_p(target, control), area(target, control)


def limiter(rounds: Sequence[Sequence[Couple]]) -> str:
    """Tell a policer from a shaper: both hold one rate, a shaper's queue grows.

    "" where the rate varies as congestion's does, or drifts between the rounds.
    """
    rates = [[one.target.rate for one in some] for some in rounds]
    middles = [median(some) for some in rates]
    steady = all(_spread(some) < _STEADY for some in rates)
    if not steady or max(middles) / min(middles) - 1 > _DRIFT:
        return ""
    every = [one for some in rounds for couple in some for one in _both(couple)]
    # a busy host sees a round trip late, and none too early
    idle = min((one.rtt for one in every if one.rtt > 0), default=0.0)
    loaded = [one.target.loaded_rtt for some in rounds for one in some]
    known = [one for one in loaded if one > 0]
    if idle and known and median(known) >= _SWOLLEN * idle:
        return "shaped"
    return "policed"


def _both(couple: Couple) -> tuple[Transfer, Transfer]:
    return couple.target, couple.control


def _spread(rates: Sequence[float]) -> float:
    """Return the spread about the median, as a share of it; one outlier is let pass.

    1.4826 times the median absolute deviation: the standard deviation, were it normal.
    """
    middle = median(rates)
    return 1.4826 * median(abs(one - middle) for one in rates) / middle
