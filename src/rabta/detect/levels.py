"""Levels that change for good, and former ones that return."""

from math import nan

from rabta.detect.evidence import tell
from rabta.detect.layout import (
    ADDITIVE,
    ANY,
    BACK,
    BACK_FROM,
    FIRE,
    FORMER,
    GOOD,
    LEVEL,
    LOWEST,
    MEMORY,
    ONSET,
    OPEN,
    REPLACED,
    RETURN,
    RUN,
    RUN_FROM,
    RUN_MEAN,
    RUN_SPREAD,
    SHIFT,
    SHIFTED,
    SIGN,
    STEADY,
    Buffer,
)
from rabta.detect.settings import HALF_GONE, MOST_OFF, NOTHING_LEFT, RETURNED


def known_from_before(
    row: Buffer,
    traits: Buffer,
    grid: Buffer,
    now: float,
    value: float,
    baseline: float,
    residual: float,
    sigma: float,
) -> bool:
    """Tell whether a reading that looks off fits the level before the last shift."""
    former, level = row[FORMER], row[LEVEL]
    if now - row[SHIFTED] > grid[MEMORY]:
        row[FORMER] = nan
        return False
    if traits[ADDITIVE] != 0.0:
        there = residual + traits[SIGN] * (level - former)
    else:
        there = traits[SIGN] * (value * level / (baseline * former) - 1.0)
    far = abs(residual)
    if far > 3.0 * sigma and abs(there) <= min(5.0 * sigma, 0.5 * far):
        if row[BACK] == 0.0:
            row[BACK_FROM] = now
        row[BACK] += 1.0
        return True
    row[BACK] = max(0.0, row[BACK] - 1.0)
    return False


def go_back(
    row: Buffer, traits: Buffer, news: Buffer, count: Buffer, series: int, now: float
) -> None:
    """Take up the former level once enough readings in a row fit it."""
    if row[BACK] < RETURNED:
        return
    former, level = row[FORMER], row[LEVEL]
    magnitude = former - level if traits[ADDITIVE] != 0.0 else former / level - 1.0
    if row[OPEN] != 0.0:
        tell(row, news, count, REPLACED, series, nan, now)
    row[ONSET] = row[BACK_FROM]
    row[FIRE] = now
    row[LOWEST] = traits[SIGN] * magnitude
    tell(row, news, count, RETURN, series, nan, nan)
    row[LEVEL] = former
    row[FORMER] = nan
    row[BACK] = 0.0


def accept(
    row: Buffer,
    traits: Buffer,
    grid: Buffer,
    news: Buffer,
    count: Buffer,
    series: int,
    now: float,
    residual: float,
    sigma: float,
    guessed: bool,  # noqa: FBT001
) -> None:
    """Count a reading that is off the level; accept a new level that has lasted.

    After a day if it is steady and more than half is left, after a week if anything
    is left at all. While the usual value is *guessed* from other days of the week, it
    may be but a week-end, and has to last longer than one.
    """
    if row[RUN] == 0.0:
        row[RUN_MEAN] = residual
        row[RUN_SPREAD] = 0.0
        if row[OPEN] == 0.0:
            row[RUN_FROM] = now
    row[RUN] += 1.0
    gain = max(1.0 / row[RUN], 2.0 / grid[STEADY])
    row[RUN_SPREAD] += gain * (abs(residual - row[RUN_MEAN]) - row[RUN_SPREAD])
    row[RUN_MEAN] += gain * (residual - row[RUN_MEAN])
    mean = row[RUN_MEAN]
    additive = traits[ADDITIVE] != 0.0
    if row[RUN] < grid[STEADY] or (row[OPEN] != 0.0 and row[GOOD] > 0.0):
        return
    if not additive and mean < NOTHING_LEFT:
        return
    steady = row[RUN_SPREAD] <= 2.0 * sigma and mean > HALF_GONE
    if guessed and row[RUN] < MOST_OFF * grid[STEADY]:
        steady = False
    if not steady and row[RUN] < grid[ANY]:
        return
    if row[OPEN] != 0.0:
        tell(row, news, count, REPLACED, series, nan, now)
    row[ONSET] = row[RUN_FROM]
    row[FIRE] = now
    row[LOWEST] = mean
    tell(row, news, count, SHIFT, series, nan, nan)
    level = row[LEVEL]
    row[FORMER] = level
    row[SHIFTED] = now
    row[BACK] = 0.0
    mean *= traits[SIGN]
    row[LEVEL] = level + mean if additive else level * (1.0 + mean)
