"""Where the kernel keeps what: rows of doubles, addressed by name."""

from typing import Any


Buffer = Any
"""A flat memoryview or array of numbers, written in place."""

# a row of state: one double for each of these
(
    NEXT,  # number of the next bin
    SEEN,  # readings so far
    LEVEL,
    ROLLING,  # median of the last day while nothing better is known
    COMMITS,  # slots learnt so far
    SLOT,  # slot being gathered, or -1
    SUM,
    NUMBER,
    BAND,  # scale last used
    POWER,  # of z: lag 0
    SHARED,  # of z: lag 1
    LAST,  # z of the bin before, or NaN
    SLOW,
    MIDDLE,
    FAST,
    SLOW_FROM,
    MIDDLE_FROM,
    FAST_FROM,
    OPEN,  # 1 while an anomaly is open
    ONSET,
    FIRE,
    LOST,  # sum of residuals while bad
    WORSE,  # readings behind it
    LOWEST,
    GOOD,  # evidence of recovery
    GOOD_FROM,
    GOOD_LOST,  # what LOST and WORSE get if it is no recovery after all
    GOOD_WORSE,
    RUN,  # readings off the level so far
    RUN_FROM,
    RUN_MEAN,
    RUN_SPREAD,
    FORMER,  # level before the last shift, or NaN
    SHIFTED,  # bin of that shift
    BACK,  # readings that fit the former level
    BACK_FROM,
    REFUSED_SLOT,  # counted already on this visit, or -1
    WILD,  # how often a reading is far too low outside anomalies
    TODAY,  # share of the level that goes with usual values guessed from other days
    GUESSED,  # 1 if that of the reading before was
    POOLED_AT,  # bin for which a usual value was last pooled
    POOLED,
    REACH,  # how far from that a slot of the same part of the day may lie
) = range(43)
SCALES = 43  # six bands of the baseline: median of |residual|
COUNTS = 49  # readings behind each
ROW = 55

# a row of what is constant for a series
ADDITIVE, SIGN, LEAST, MOST, COUNTED, SLEEPLESS = range(6)
TRAITS = 6

# what is constant for a grid
(
    STEP,
    WIDTH,
    SLOTS,
    PER_DAY,
    LEVEL_GAIN,
    GAIN,
    STEADY,  # bins
    ANY,  # bins
    MEMORY,  # bins
    BLEND,  # 1 where several bins share a slot
    ALIKE,  # slots to either side that are much the same
) = range(11)
GRID = 11

# a row of news
(KIND, SERIES, FROM, NOTICED, UNTIL, CLOSED, LOST_SUM, LOST_COUNT, MINIMUM) = range(9)
NEWS = 9
ENDED, REPLACED, SHIFT, RETURN = range(4)

# a byte for each slot: how many values it holds, and how often it was refused since
HELD = 15
REFUSED = 16
