"""What sane readings teach: scale, correlation, level, and the slot's value."""

from math import sqrt

from rabta.detect.layout import (
    ADDITIVE,
    BAND,
    COUNTS,
    GAIN,
    HELD,
    LAST,
    LEAST,
    LEVEL,
    LEVEL_GAIN,
    NUMBER,
    POWER,
    REFUSED,
    REFUSED_SLOT,
    SCALES,
    SHARED,
    SIGN,
    SLEEPLESS,
    SLOT,
    SUM,
    Buffer,
)
from rabta.detect.settings import (
    EMPTY_REFUSALS,
    GUESSED_REFUSALS,
    HALF_GONE,
    LARGEST_CORRELATION,
    NOTHING_LEFT,
    REFUSALS,
    SANE,
    WEEKS,
)


MAD = 1.4826
"""Standard deviations of a normal distribution per median absolute deviation."""
FLOOR = 8.0
"""The standard deviation is at least the least effect over this."""
BANDS = 6
"""How many ``band_of`` tells apart."""
YOUNG = 20.0
"""Readings that a scale taken over from another band is credited with."""


def stabilised(residual: float, sign: float, sigma: float) -> float:
    """Return the residual of a count on a scale on which its noise is even.

    The noise of a count grows with the root of what is expected, so chance lifts it
    far and lowers it little: of five, nothing at all is but 2.2 standard deviations
    down, and yet comes once in 150 readings; nine in a row never do. Anscombe's root
    (Biometrika 35, 1948) of count + 3/8 evens that out. Which unit counts as one is
    seen from the noise itself: *sigma* squared is 1 / count where noise is Poisson's,
    so the unit of the signal does not matter, and where noise is small against the
    signal hardly anything changes.
    """
    few = 0.375 * sigma * sigma
    ratio = max(1.0 + sign * residual, 0.0)
    return sign * 2.0 * (sqrt(ratio + few) - sqrt(1.0 + few))


def band_of(usual: float) -> int:
    """Return which of six scales goes with a baseline, in units of the level.

    Noise depends on the level: background radiation at night is noisier, as a share,
    than by day. The bands are octaves, none of them with an edge at the level itself.
    """
    if usual < 0.35:
        return 1 if usual >= 0.18 else 2
    if usual >= 1.41:
        return 3 if usual < 2.83 else 4
    return 5 if usual < 0.71 else 0


def scale_of(row: Buffer, band: int) -> float:
    """Return the scale of *band*; a band not seen before takes over the last one."""
    if row[COUNTS + band] == 0.0:
        last = int(row[BAND])
        if row[COUNTS + last] > 0.0:
            row[SCALES + band] = row[SCALES + last]
            row[COUNTS + band] = YOUNG
    row[BAND] = band
    scale: float = row[SCALES + band]
    return scale


def learn_scale(
    row: Buffer, traits: Buffer, grid: Buffer, band: int, size: float
) -> None:
    """Move the median of the absolute residual a step towards *size*."""
    scale, known = row[SCALES + band], row[COUNTS + band]
    step = min(0.5, max(grid[GAIN], 2.0 / (known + 2.0)))
    if known == 0.0:
        scale = size
    elif size > scale:
        scale *= 1.0 + step
        if known < YOUNG:  # begun too small, it would climb by its own little steps
            scale = max(scale, 0.25 * size)
    else:
        scale *= 1.0 - step
    row[SCALES + band] = max(scale, traits[LEAST] / (4.0 * FLOOR))
    row[COUNTS + band] = known + 1.0


def learn_correlation(row: Buffer, grid: Buffer, z: float) -> None:
    """Follow the autocovariance of z at lags 0 and 1."""
    row[POWER] += grid[GAIN] * (z * z - row[POWER])
    if abs(row[LAST]) <= SANE:
        row[SHARED] += grid[GAIN] * (z * row[LAST] - row[SHARED])
    row[SHARED] = min(max(row[SHARED], 0.0), LARGEST_CORRELATION * row[POWER])


def learn_level(
    row: Buffer,
    traits: Buffer,
    grid: Buffer,
    residual: float,
    scale: float,
    place: int,
) -> None:
    """Move the level a step along the residual; no outlier moves it far."""
    move = min(max(residual, -3.0 * scale), 3.0 * scale)
    move *= traits[SIGN] * grid[LEVEL_GAIN]
    if traits[ADDITIVE] != 0.0:
        row[place] += move
    else:
        row[place] *= 1.0 + move


def learn_trend(
    row: Buffer,
    traits: Buffer,
    grid: Buffer,
    ring: Buffer,
    filled: Buffer,
    slot: int,
    value: float,
    scale: float,
) -> None:
    """Move the level of a count along how its slot differs from a week ago.

    As a share of the mean of both, or the noise of the one would lift it.
    """
    if int(filled[slot]) & HELD != 1:
        return
    before = ring[slot * WEEKS] * row[LEVEL]
    if value + before > 0.0:
        change = 2.0 * (value - before) / (value + before)
        learn_level(row, traits, grid, traits[SIGN] * change, scale, LEVEL)


def refuse(
    row: Buffer, traits: Buffer, filled: Buffer, slot: int, residual: float
) -> bool:
    """Count a slot that is not learnt from, once a visit; tell when that ends.

    A shape of the day that has changed for good (a season of other hours, a law on
    summer time that the zone does not know yet) would otherwise never be learnt. Of
    what has no nights, such as routes, the loss of half or more never is.
    """
    held = int(filled[slot])
    if row[REFUSED_SLOT] != slot:
        row[REFUSED_SLOT] = slot
        if held // REFUSED < EMPTY_REFUSALS:
            held += REFUSED
            filled[slot] = held
    if traits[SLEEPLESS] != 0.0 and residual < HALF_GONE:
        return False
    needed = GUESSED_REFUSALS
    if held & HELD >= 2:
        needed = EMPTY_REFUSALS if residual < NOTHING_LEFT else REFUSALS
    return held // REFUSED >= needed


def refused_before(row: Buffer, filled: Buffer, slot: int) -> bool:
    """Tell whether a slot was not learnt from on the visit before this one either."""
    refusals = int(filled[slot]) // REFUSED
    return refusals > 1 or (refusals == 1 and row[REFUSED_SLOT] != slot)


def gather(row: Buffer, traits: Buffer, slot: int, value: float, level: float) -> None:
    """Add a reading to its slot of the week, in units of the level of its time."""
    row[SLOT] = slot
    row[SUM] += value - level if traits[ADDITIVE] != 0.0 else value / level
    row[NUMBER] += 1.0
