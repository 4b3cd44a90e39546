"""One bracket over methods that disagree, with its rule."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from rabta.cost.line import Line
from rabta.cost.money import Money


LEAST = 3
_Z = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True, slots=True)
class Pool:
    """A log-normal laid over the members' likely values, each with the same weight.

    It says how far methods disagree; it is no confidence interval, and no average: the
    lines stand beside it.
    """

    money: Money
    """P10, P50 (the geometric mean), P90."""
    spread: float
    """Geometric standard deviation."""
    members: tuple[str, ...]


def pooled(lines: Sequence[Line]) -> Pool | None:
    """Return the bracket; None with fewer than three members or nothing to price."""
    members = [one for one in lines if one.pooled and one.money.likely > 0]
    if len(members) < LEAST:
        return None
    centre, spread = bracket([one.money.likely for one in members])
    years = sorted({one.money.year for one in members})
    year = years[0] if len(years) == 1 else f"{years[0]}–{years[-1]}"
    low, high = centre / spread**_Z, centre * spread**_Z
    names = tuple(one.method for one in members)
    return Pool(
        Money(low, centre, high, members[0].money.currency, year), spread, names
    )


def bracket(values: Sequence[float]) -> tuple[float, float]:
    """Return the geometric mean and the geometric standard deviation (n - 1)."""
    logs = [math.log(value) for value in values]
    return math.exp(fmean(logs)), math.exp(stdev(logs))
