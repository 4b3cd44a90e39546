"""One reading at a time: baseline, scale, correlation, evidence, anomaly.

Plain arithmetic over flat buffers, so that the same source runs as it stands (over
memoryviews) and compiled by numba (over the arrays beneath them), with the same bits
either way: no fused operations, no transcendental functions, single precision only
where a value is stored.

The baseline of a slot of the local week is the median of its last six values, each
divided by the level of its time (RTT: less the level), times the level of today.
Evidence is summed one-sidedly for three reference values (Page, Biometrika 41, 1954)
against thresholds widened by the square root of (1 + phi) / (1 - phi), phi being the
correlation from bin to bin: the long-run standard deviation of an AR(1) series.
"""

from math import isnan, nan, sqrt

from rabta.detect.evidence import learn_wild, opens, recovers, weigh_anew
from rabta.detect.layout import (
    ADDITIVE,
    ALIKE,
    BAND,
    BLEND,
    COUNTED,
    FORMER,
    GUESSED,
    HELD,
    LAST,
    LEAST,
    LEVEL,
    MOST,
    NEWS,
    NEXT,
    NUMBER,
    OPEN,
    POOLED,
    POOLED_AT,
    POWER,
    REACH,
    REFUSED_SLOT,
    ROLLING,
    ROW,
    RUN,
    SCALES,
    SEEN,
    SHARED,
    SIGN,
    SLEEPLESS,
    SLOT,
    SLOTS,
    STEADY,
    STEP,
    SUM,
    TODAY,
    TRAITS,
    WIDTH,
    Buffer,
)
from rabta.detect.learning import (
    FLOOR,
    MAD,
    band_of,
    gather,
    learn_correlation,
    learn_level,
    learn_scale,
    learn_trend,
    refuse,
    refused_before,
    scale_of,
    stabilised,
)
from rabta.detect.levels import accept, go_back, known_from_before
from rabta.detect.medians import commit
from rabta.detect.settings import (
    APART,
    CLIP,
    COLD_EFFECT,
    DAY_OFF,
    FEW,
    FIRST_READINGS,
    HALF_GONE,
    MOST_OFF,
    POOLABLE,
    QUIET_NIGHT,
    SANE,
    SHARED_FOR,
    SPARSE,
    WEEKS,
)
from rabta.detect.track import BAD, FIRED, Maturity


DAILY = int(Maturity.DAILY)
WEEKLY = int(Maturity.WEEKLY)
TINY = 1e-6


def blended(grid: Buffer, medians: Buffer, slot: int, past: float) -> float:
    """Return the quadratic B-spline through the medians, *past* the slot's start.

    Where several bins share a slot, so that the baseline has no stairs.
    """
    usual: float = medians[slot]
    before = medians[slot - 1 if slot > 0 else int(grid[SLOTS]) - 1]
    after = medians[slot + 1 if slot + 1 < grid[SLOTS] else 0]
    if not (isnan(before) or isnan(after)):
        p = past / grid[WIDTH] - 0.5
        usual = (
            0.5 * (0.5 - p) * (0.5 - p) * before
            + (0.75 - p * p) * usual
            + 0.5 * (0.5 + p) * (0.5 + p) * after
        )
    return usual


def alike(row: Buffer, traits: Buffer, grid: Buffer) -> int:
    """Return how many slots on either side a count may share its usual value with.

    None, but where readings are so few that a slot's own six say next to nothing: the
    more the fewer they are, and never further than what may be alike.
    """
    scale = MAD * row[SCALES + int(row[BAND])]
    if traits[COUNTED] == 0.0 or scale < SPARSE:
        return 0
    return min(1 + int(POOLABLE * scale * scale), int(grid[ALIKE]))


def pooled(
    row: Buffer,
    grid: Buffer,
    medians: Buffer,
    slot: int,
    sides: int,
    now: float,
    guessed: float,
) -> float:
    """Return the mean of the medians of *slot* and of those near it that are alike.

    What lies beyond the noise of both is another part of the day: an edge stays. Where
    most of them hold nothing, nothing is usual. The mean holds for the next few bins
    too, but while it is *guessed*, for then it is itself little but noise.
    """
    usual: float = medians[slot]
    held = (now - row[POOLED_AT]) * grid[STEP] <= SHARED_FOR * sides * grid[WIDTH]
    if held and guessed == 0.0 and abs(usual - row[POOLED]) <= row[REACH]:
        return float(row[POOLED])
    reach = APART * MAD * usual * row[SCALES + band_of(usual)]
    total, number, empty = 0.0, 0.0, 0.0
    first = slot - sides
    if slot + sides >= int(grid[SLOTS]):  # negative ones count from the week's end
        first -= int(grid[SLOTS])
    for other in range(first, first + 2 * sides + 1):
        near = medians[other]
        apart = abs(near - usual)
        if apart <= reach or apart <= APART * MAD * near * row[SCALES + band_of(near)]:
            total += near
            number += 1.0
            if near <= 0.0:
                empty += 1.0
    row[POOLED_AT] = now
    row[POOLED] = total / number if 2.0 * empty <= number else 0.0
    row[REACH] = reach
    return float(row[POOLED])


def take(
    series: int,
    row: Buffer,
    traits: Buffer,
    grid: Buffer,
    ring: Buffer,
    medians: Buffer,
    filled: Buffer,
    scratch: Buffer,
    slot: int,
    past: float,
    value: float,
    noise: float,
    given: float,
    at: int,
    baselines: Buffer,
    residuals: Buffer,
    zs: Buffer,
    inflations: Buffer,
    flags: Buffer,
    news: Buffer,
    count: Buffer,
) -> None:
    """Take one reading of one series; NaN when there was none.

    *noise* is 1 / n for a fraction of n observations, else 0. *given* is NaN unless
    the caller knows the baseline, in which case nothing is learnt but the scale.
    """
    now = row[NEXT]
    row[NEXT] = now + 1.0
    own = isnan(given)
    missing = isnan(value)
    additive = traits[ADDITIVE] != 0.0
    if row[NUMBER] > 0.0 and row[SLOT] != slot:
        commit(row, grid, ring, medians, filled, scratch)
        row[SUM] = 0.0
        row[NUMBER] = 0.0
    if not missing:
        if row[SEEN] == 0.0 or (row[LEVEL] == 0.0 and not additive):
            row[LEVEL] = value
        row[SEEN] += 1.0
    # nothing but zeros so far: they are zeros in any unit
    level = row[LEVEL] if additive or row[LEVEL] != 0.0 else 1.0

    maturity = WEEKLY
    guessed = 0.0
    baseline = given
    if own:
        usual = medians[slot]
        if isnan(usual):
            maturity = 0
            usual = row[ROLLING]
        else:
            if int(filled[slot]) & HELD < 2:
                maturity = DAILY
                guessed = traits[COUNTED]
            sides = alike(row, traits, grid)
            if sides > 0:
                usual = pooled(row, grid, medians, slot, sides, now, guessed)
            elif grid[BLEND] != 0.0:
                usual = blended(grid, medians, slot, past)
        baseline = usual + level if additive else usual * level
        if guessed != 0.0:
            baseline *= row[TODAY]
    else:
        usual = given if additive else given / level
    cold = maturity == 0
    inflation = sqrt(
        (row[POWER] + row[SHARED] + TINY) / (row[POWER] - row[SHARED] + TINY)
    )
    baselines[at] = baseline
    inflations[at] = inflation

    if missing or not (baseline > 0.0 or (additive and not isnan(baseline))):
        residuals[at] = nan
        zs[at] = nan
        flags[at] = maturity | (BAD if row[OPEN] != 0.0 else 0)
        row[LAST] = nan
        if own and not missing:
            gather(row, traits, slot, value, level)
        return

    band = 0 if additive else band_of(usual)
    sigma = max(MAD * scale_of(row, band), traits[LEAST] / FLOOR)
    effect = min(max(3.0 * sigma, traits[LEAST]), traits[MOST])
    if cold:
        effect = QUIET_NIGHT if traits[COUNTED] != 0.0 else COLD_EFFECT
    if noise > 0.0:  # of a fraction of few: Agresti and Coull, Am. Stat. 52, 1998
        expected = (min(max(baseline, 0.0), 1.0) + noise) / (1.0 + 2.0 * noise)
        sigma = sqrt(sigma * sigma + (1.0 - expected) * noise / expected)
    residual = traits[SIGN] * (value - baseline)
    if not additive:
        residual /= baseline
    steady = residual
    if traits[COUNTED] != 0.0 and sigma > FEW:
        steady = stabilised(residual, traits[SIGN], sigma)
    z = min(max(steady / sigma, -CLIP), CLIP)
    sane = abs(residual) <= SANE * sigma
    residuals[at] = residual
    doubt = 0.0  # of a day never seen, until it lasts longer than days off do
    if guessed != 0.0 and row[RUN] + 1.0 < MOST_OFF * grid[STEADY]:
        doubt = QUIET_NIGHT if refused_before(row, filled, slot) else DAY_OFF
    elif guessed == 0.0 and row[GUESSED] != 0.0:
        weigh_anew(row)
    row[GUESSED] = guessed
    zs[at] = z

    explained = not isnan(row[FORMER]) and known_from_before(
        row, traits, grid, now, value, baseline, residual, sigma
    )
    fired = 0
    off = not sane
    alert = row[OPEN] == 0.0 and not explained and row[SEEN] > FIRST_READINGS
    if alert and opens(row, now, residual, steady, z, sigma, effect, inflation, doubt):
        fired = FIRED
    if row[OPEN] != 0.0:
        ended = recovers(row, news, count, series, now, residual, sigma, effect)
        off = not (ended and sane)
    flags[at] = maturity | fired | (BAD if row[OPEN] != 0.0 else 0)

    learn_wild(row, now, z)
    healthy = sane and row[OPEN] == 0.0
    if healthy:
        learn_correlation(row, grid, z)
    last = row[LAST]
    row[LAST] = z
    gone = traits[SLEEPLESS] != 0.0 and residual < HALF_GONE
    if healthy or (cold and not gone):  # a guess must not keep its refutation out
        learn_scale(row, traits, grid, band, abs(steady))
        if own:
            gather(row, traits, slot, value, level)
            row[REFUSED_SLOT] = -1.0
            filled[slot] = int(filled[slot]) & HELD
            if guessed != 0.0:
                learn_level(row, traits, grid, residual, sigma / MAD, TODAY)
                learn_trend(row, traits, grid, ring, filled, slot, value, sigma / MAD)
            elif not cold:
                learn_level(row, traits, grid, residual, sigma / MAD, LEVEL)
    else:
        to_and_fro = min(z, last) <= -SANE and max(z, last) >= SANE
        if to_and_fro and row[OPEN] == 0.0:  # no disruption: the scale is too small
            learn_scale(row, traits, grid, band, abs(steady))
        if own and not explained and refuse(row, traits, filled, slot, residual):
            gather(row, traits, slot, value, level)
    if own:
        if explained:
            go_back(row, traits, news, count, series, now)
        elif off and (gone or not cold):
            guessed = maturity <= DAILY
            accept(
                row, traits, grid, news, count, series, now, residual, sigma, guessed
            )
        else:
            row[RUN] = 0.0


def advance(
    rows: Buffer,
    traits: Buffer,
    grid: Buffer,
    ring: Buffer,
    medians: Buffer,
    filled: Buffer,
    scratch: Buffer,
    slot: int,
    past: float,
    values: Buffer,
    noises: Buffer,
    given: Buffer,
    series: int,
    bins: int,
    baselines: Buffer,
    residuals: Buffer,
    zs: Buffer,
    inflations: Buffer,
    flags: Buffer,
    news: Buffer,
    count: Buffer,
) -> int:
    """Take *bins* readings of each of *series* series, series after series.

    All bins lie under one offset from UTC; *slot* and *past* are those of the first.
    *noises* and *given* are empty where there are none. Returns the number of bins
    taken, fewer than asked when *news* is full.
    """
    slots = int(grid[SLOTS])
    room = len(news) // NEWS - 3
    noisy = len(noises) > 0
    told = len(given) > 0
    for i in range(series):
        row = rows[i * ROW : (i + 1) * ROW]
        trait = traits[i * TRAITS : (i + 1) * TRAITS]
        own_ring = ring[i * slots * WEEKS : (i + 1) * slots * WEEKS]
        own_medians = medians[i * slots : (i + 1) * slots]
        own_filled = filled[i * slots : (i + 1) * slots]
        place, beyond = slot, past
        for t in range(bins):
            if count[0] > room:
                return t
            at = i * bins + t
            take(
                i,
                row,
                trait,
                grid,
                own_ring,
                own_medians,
                own_filled,
                scratch,
                place,
                beyond,
                values[at],
                noises[at] if noisy else 0.0,
                given[at] if told else nan,
                at,
                baselines,
                residuals,
                zs,
                inflations,
                flags,
                news,
                count,
            )
            beyond += grid[STEP]
            if beyond >= grid[WIDTH]:
                beyond -= grid[WIDTH]
                place += 1
                if place == slots:
                    place = 0
    return bins
