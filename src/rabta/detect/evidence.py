"""When an anomaly opens, and when it is over."""

from math import sqrt

from rabta.detect.layout import (
    CLOSED,
    ENDED,
    FAST,
    FAST_FROM,
    FIRE,
    FROM,
    GOOD,
    GOOD_FROM,
    GOOD_LOST,
    GOOD_WORSE,
    KIND,
    LAST,
    LOST,
    LOST_COUNT,
    LOST_SUM,
    LOWEST,
    MIDDLE,
    MIDDLE_FROM,
    MINIMUM,
    NEWS,
    NOTICED,
    ONSET,
    OPEN,
    RUN,
    RUN_FROM,
    SERIES,
    SLOW,
    SLOW_FROM,
    UNTIL,
    WILD,
    WORSE,
    Buffer,
)
from rabta.detect.settings import (
    CLIP,
    DRIFTS,
    RARE,
    RECOVERED,
    SANE,
    THRESHOLDS,
    TWICE,
    WILD_MEMORY,
)


# compiled code takes plain numbers
DRIFT_SLOW, DRIFT_MIDDLE, DRIFT_FAST = DRIFTS
LIMIT_SLOW, LIMIT_MIDDLE, LIMIT_FAST = THRESHOLDS


def weigh_anew(row: Buffer) -> None:
    """Let evidence from a time of doubt count for no more than what would open."""
    row[SLOW] = min(row[SLOW], LIMIT_SLOW)
    row[MIDDLE] = min(row[MIDDLE], LIMIT_MIDDLE)
    row[FAST] = min(row[FAST], LIMIT_FAST)


def tell(
    row: Buffer,
    news: Buffer,
    count: Buffer,
    kind: int,
    series: int,
    until: float,
    closed: float,
) -> None:
    """Write down the anomaly or shift that stands in *row*; nothing is open then."""
    at = count[0] * NEWS
    count[0] += 1
    news[at + KIND] = kind
    news[at + SERIES] = series
    news[at + FROM] = row[ONSET]
    news[at + NOTICED] = row[FIRE]
    news[at + UNTIL] = until
    news[at + CLOSED] = closed
    news[at + LOST_SUM] = row[LOST]
    news[at + LOST_COUNT] = row[WORSE]
    news[at + MINIMUM] = row[LOWEST]
    row[OPEN] = 0.0
    row[SLOW] = 0.0
    row[MIDDLE] = 0.0
    row[FAST] = 0.0
    row[GOOD] = 0.0
    row[RUN] = 0.0


def opens(
    row: Buffer,
    now: float,
    residual: float,
    steady: float,
    z: float,
    sigma: float,
    effect: float,
    inflation: float,
    doubt: float,
) -> bool:
    """Add a reading to the three sums; tell whether an anomaly opens with it.

    Half the smallest effect comes off before the reference value does, so that a
    small lasting shift adds up to nothing. *steady* is the residual on the scale on
    which evidence adds up, see ``stabilised``. So much as *doubt* must be lost, by this
    reading and on the mean since the evidence began.
    """
    evidence = max(min((-steady - 0.5 * effect) / sigma, CLIP), -CLIP)
    if row[SLOW] == 0.0:
        row[SLOW_FROM] = now
    if row[MIDDLE] == 0.0:
        row[MIDDLE_FROM] = now
    if row[FAST] == 0.0:
        row[FAST_FROM] = now
    row[SLOW] = max(0.0, row[SLOW] + evidence - DRIFT_SLOW)
    row[MIDDLE] = max(0.0, row[MIDDLE] + evidence - DRIFT_MIDDLE)
    row[FAST] = max(0.0, row[FAST] + evidence - DRIFT_FAST)
    if residual >= -max(effect, doubt):
        return False
    wild = row[WILD]
    if wild > RARE:  # the scale does not know these readings: their variance on top
        inflation *= sqrt(1.0 + CLIP * CLIP * wild)
    if z <= TWICE and row[LAST] <= TWICE and wild <= RARE:
        onset, mean = now - 1.0, -z
    elif row[FAST] > LIMIT_FAST * inflation:
        onset = row[FAST_FROM]
        mean = row[FAST] / (now - onset + 1.0) + DRIFT_FAST
    elif row[MIDDLE] > LIMIT_MIDDLE * inflation:
        onset = row[MIDDLE_FROM]
        mean = row[MIDDLE] / (now - onset + 1.0) + DRIFT_MIDDLE
    elif row[SLOW] > LIMIT_SLOW * inflation:
        onset = row[SLOW_FROM]
        mean = row[SLOW] / (now - onset + 1.0) + DRIFT_SLOW
    else:
        return False
    if doubt > 0.0 and mean + 0.5 * effect / sigma < min(doubt / sigma, SANE):
        return False
    row[OPEN] = 1.0
    row[ONSET] = onset
    row[FIRE] = now
    row[LOST] = 0.0
    row[WORSE] = 0.0
    row[LOWEST] = residual
    row[GOOD] = 0.0
    if row[RUN] == 0.0:
        row[RUN_FROM] = onset
    return True


def learn_wild(row: Buffer, now: float, z: float) -> None:
    """Follow how often a reading is far too low; of an anomaly the first two count."""
    if row[OPEN] == 0.0 or now < row[FIRE] + 2.0:
        row[WILD] += WILD_MEMORY * ((1.0 if z <= TWICE else 0.0) - row[WILD])


def recovers(
    row: Buffer,
    news: Buffer,
    count: Buffer,
    series: int,
    now: float,
    residual: float,
    sigma: float,
    effect: float,
) -> bool:
    """Add a reading to the open anomaly; tell whether it ends.

    What speaks for the end is the distance to halfway between the depth so far and
    the baseline, but never further below the baseline than noise and the smallest
    effect reach: a half recovery is none.
    """
    row[LOST] += residual
    row[WORSE] += 1.0
    row[LOWEST] = min(row[LOWEST], residual)
    depth = -row[LOST] / row[WORSE]
    halfway = min(max(0.5 * depth, 0.5 * effect), max(effect, 1.5 * sigma))
    evidence = max(min((residual + halfway) / sigma, RECOVERED / 3.0), -CLIP)
    if row[GOOD] == 0.0:
        row[GOOD_FROM] = now
        row[GOOD_LOST] = 0.0
        row[GOOD_WORSE] = 0.0
    row[GOOD] = max(0.0, row[GOOD] + evidence)
    if row[GOOD] > 0.0:
        row[LOST] -= residual
        row[WORSE] -= 1.0
        row[GOOD_LOST] += residual
        row[GOOD_WORSE] += 1.0
    else:
        row[LOST] += row[GOOD_LOST]
        row[WORSE] += row[GOOD_WORSE]
        row[GOOD_LOST] = 0.0
        row[GOOD_WORSE] = 0.0
    if row[GOOD] < RECOVERED:
        return False
    tell(row, news, count, ENDED, series, row[GOOD_FROM], now)
    return True
