"""The numbers detection stands on: one setting for every kind of signal.

Symbols are those of Page's cumulative sum (Biometrika 41, 1954; Basseville and
Nikiforov, *Detection of Abrupt Changes*, 1993, section 2.2). Shifts are in units of
the robust standard deviation of the residual.
"""

from dataclasses import dataclass
from typing import Final

from rabta.clock import DAY, HOUR, MINUTE


LAG: Final = 30 * MINUTE
"""How late the slowest usual feed is."""
WEEKS: Final = 6
"""Values kept for each slot of the local week; the baseline is their median."""
ODD: Final = 0.3
"""Of two values of one hour that differ by more than this share of their sum, one is
odd: what else is known tells which."""
NARROWEST_SLOT: Final = 5 * MINUTE
DRIFTS: Final = (0.5, 1.0, 2.0)
"""Reference values of the three cumulative sums: slow, middle, fast."""
THRESHOLDS: Final = (16.0, 10.0, 8.0)
"""Decision intervals, multiplied by the inflation."""
TWICE: Final = -7.5
"""Two readings in a row at or below this open an anomaly (Shewhart's limb)."""
RARE: Final = 0.003
"""A signal that reads so low more often than this, outside anomalies, has coarse steps
or heavy tails: two in a row mean nothing, and the sums need more."""
WILD_MEMORY: Final = 0.0005
"""Weight of one reading in that share."""
CLIP: Final = 8.0
"""No reading counts for more standard deviations than this."""
SANE: Final = 6.0
"""Readings further off are not learnt from (inpainting)."""
RECOVERED: Final = 12.0
"""Evidence that closes an anomaly; one reading gives at most a third of it."""
REFUSALS: Final = 4
"""A slot of the week refused this many times in a row is learnt from again: its shape
has changed for good."""
EMPTY_REFUSALS: Final = 12
"""...but that next to nothing is left at that hour is believed only after a season: a
curfew of some weeks must not become what is usual."""
GUESSED_REFUSALS: Final = 2
"""...or this many times while all that is known of it comes from other days."""
FEW: Final = 0.14
"""A count whose noise is more than this share of it (that of 50, by chance alone) is
judged on the scale on which such noise is even."""
SPARSE: Final = 0.25
"""A count whose noise is more than this share of it is one of few, below 16..."""
POOLABLE: Final = 8.0
"""...and shares its usual value with so many slots on either side, times its variance
as a share of the mean squared..."""
ALIKE: Final = HOUR
"""...but never with slots further away than this, or than the next one."""
SHARED_FOR: Final = 0.25
"""...which holds for the next bins too, this share of how far it reaches..."""
APART: Final = 3.0
"""...nor with those further off than so many standard deviations of one reading."""
LEVEL_MEMORY: Final = DAY
"""Time constant of the slow level."""
FASTEST_LEVEL: Final = 0.05
"""No reading moves the level by more than this share of its residual..."""
SLOWEST_SCALE: Final = 0.001
FASTEST_SCALE: Final = 0.01
"""...nor the scale by more, or less, than these shares of itself."""
KNOWN_SCALE: Final = 1000.0
"""Readings that stand behind a scale known beforehand."""
STEADY_AFTER: Final = DAY
"""A steady new level is accepted after this long..."""
ANY_AFTER: Final = 7 * DAY
"""...and any new level after this long, but for one that is as good as nothing."""
MOST_OFF: Final = 3
"""Days of the week that may be unlike the others, such as a week-end."""
STEADY_BINS: Final = 8
"""...but never on fewer bins than this."""
NOTHING_LEFT: Final = -0.9
HALF_GONE: Final = -0.5
REMEMBERED: Final = 28 * DAY
"""For how long the level before a shift is known again when it returns."""
RETURNED: Final = 6.0
"""Readings that must fit a former level before it is taken up again."""
COLD_EFFECT: Final = 0.5
"""The smallest effect worth telling while the baseline is but the last day's median."""
QUIET_NIGHT: Final = 0.8
"""...of a count of what people do: at night they do little."""
DAY_OFF: Final = 0.5
"""So much of a count must be lost while its usual value is guessed from other days of
the week: this one may be one off."""
FIRST_READINGS: Final = 24
"""No anomaly opens before this many readings."""
LARGEST_CORRELATION: Final = 0.95


@dataclass(frozen=True, slots=True)
class Effect:
    """The smallest effect worth telling, as a share of the baseline.

    Three standard deviations of the series' own noise, but never less than *least*
    nor more than *most*: what would be a landslide in routing is a calm minute in
    background radiation. RTT is told in its logarithm.
    """

    least: float
    most: float
