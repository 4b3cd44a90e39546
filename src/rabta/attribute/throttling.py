"""Is one service slower than the line allows? The paired test.

Timed transfers of the service and of an innocuous name on the same address, taken in
turn. Decision rule as Wehe's (Li et al., SIGCOMM 2019): the two-sample
Kolmogorov-Smirnov test and the area between the quantile functions must agree; here
also the medians, and two rounds at least ten minutes apart.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, exp, sqrt
from statistics import fmean, median, pstdev

from rabta.clock import MINUTE


MIN_PAIRS = 5
MAX_RATIO = 0.5
MAX_P = 0.05
MIN_AREA = 0.1
ROUND_GAP = 10 * MINUTE
EXTREME = 0.1
_POLICED_SPREAD = 0.15
_POLICED_DRIFT = 0.10
_EXACT_UP_TO = 400


@dataclass(frozen=True, slots=True)
class Pair:
    """Two transfers, one after the other, over the same line."""

    time: int
    """Microseconds UTC."""
    target: float
    """Bits per second."""
    control: float


@dataclass(frozen=True, slots=True)
class Throttling:
    """What the pairs say."""

    throttled: bool
    ratio: float
    """Median of target over median of control."""
    p: float
    """Of the Kolmogorov-Smirnov test: chance of such a difference by luck."""
    area: float
    """Between the quantile functions, as a share of the smaller maximum."""
    rounds: int
    pairs: int
    policed: bool
    """The rate hardly varies within or between rounds, as behind a policer."""
    rate: float
    """Median rate of the target, bits per second."""
    since: int


def throttling(pairs: Sequence[Pair], tests: int = 1) -> Throttling | None:
    """Test *pairs* in order of time; None while there are too few to say anything.

    *tests* is how many services are tested at once; the level is divided by it
    (Bonferroni, the first step of Holm's).
    """
    rounds = [one for one in split(pairs) if len(one) >= MIN_PAIRS]
    if not rounds:
        return None
    measured = [_measure(one) for one in rounds]
    positive = [
        ratio <= MAX_RATIO and p < MAX_P / tests and area > MIN_AREA
        for ratio, p, area in measured
    ]
    ratio, p, area = measured[-1]
    return Throttling(
        throttled=len(rounds) >= 2 and positive[-1] and positive[-2],
        ratio=ratio,
        p=p,
        area=area,
        rounds=len(rounds),
        pairs=sum(len(one) for one in rounds),
        policed=len(rounds) >= 2 and _policed(rounds[-2], rounds[-1]),
        rate=median(pair.target for pair in rounds[-1]),
        since=rounds[-2][0].time if len(rounds) >= 2 else rounds[-1][0].time,
    )


def split(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Cut *pairs* into rounds: wherever ten minutes or more lie between two of them."""
    rounds: list[list[Pair]] = []
    for pair in pairs:
        if rounds and pair.time - rounds[-1][-1].time < ROUND_GAP:
            rounds[-1].append(pair)
        else:
            rounds.append([pair])
    return rounds


def _measure(pairs: Sequence[Pair]) -> tuple[float, float, float]:
    target = sorted(pair.target for pair in pairs)
    control = sorted(pair.control for pair in pairs)
    usual = median(control)
    ratio = median(target) / usual if usual else 1.0
    return ratio, ks_p(target, control), area(target, control)


def _policed(*rounds: Sequence[Pair]) -> bool:
    rates = [[pair.target for pair in one] for one in rounds]
    middles = [median(one) for one in rates]
    if not all(middles):
        return False
    steady = all(pstdev(one) / fmean(one) < _POLICED_SPREAD for one in rates)
    return steady and max(middles) / min(middles) - 1 <= _POLICED_DRIFT


def ks_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided p of the two-sample Kolmogorov-Smirnov test of sorted samples.

    Exact by counting lattice paths (Hodges 1958) for small samples, else Smirnov's
    asymptotic series with Stephens' correction.
    """
    distance = ks_distance(first, second)
    n, m = len(first), len(second)
    if n * m <= _EXACT_UP_TO:
        return _exact(n, m, distance)
    effective = sqrt(n * m / (n + m))
    scaled = (effective + 0.12 + 0.11 / effective) * distance
    terms = ((1 if k % 2 else -1) * exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * sum(terms)))


def ks_distance(first: Sequence[float], second: Sequence[float]) -> float:
    """Largest distance between the empirical distributions of two sorted samples."""
    return max(
        abs(bisect_right(first, x) / len(first) - bisect_right(second, x) / len(second))
        for x in (*first, *second)
    )


def _exact(n: int, m: int, distance: float) -> float:
    """Share of lattice paths from (0, 0) to (n, m) that leave the band."""
    limit = distance - 1e-9
    row = [0] * (m + 1)
    for i in range(n + 1):
        for j in range(m + 1):
            if abs(i / n - j / m) >= limit:
                row[j] = 0
            elif i == j == 0:
                row[j] = 1
            else:
                row[j] = (row[j] if i else 0) + (row[j - 1] if j else 0)
    return 1 - row[m] / comb(n + m, n)


def area(target: Sequence[float], control: Sequence[float]) -> float:
    """Signed area between the quantile functions of two sorted samples.

    Positive when *target* is the slower; a share of the smaller of the two maxima.
    """
    smaller = min(target[-1], control[-1])
    if not smaller:
        return 1.0 if control[-1] else 0.0
    steps = 100
    total = 0.0
    for step in range(steps):
        y = (step + 0.5) / steps
        total += _quantile(control, y) - _quantile(target, y)
    return total / steps / smaller


def _quantile(ordered: Sequence[float], y: float) -> float:
    place = y * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])
