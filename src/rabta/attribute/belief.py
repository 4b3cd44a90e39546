"""How sure we are that something is up, in log odds.

Trinocular's Bayesian update (Quan, Heidemann, Pradkin, SIGCOMM 2013, section 4.2) with
two changes for single hosts on bad lines. A host that is down hardly ever answers, so
P(answer | down) is 0.01. And P(silence | up) never falls below ``ROBUST_LOSS``, however
well the host answered until now: 15 % random loss must not look like an outage, so
that seven silences in a row are needed, which such loss brings once in 600,000 probes.
"""

from math import exp, log
from typing import Final


LIMIT: Final = log(0.99 / 0.01)
"""A belief never passes 0.99, so that it can always be changed by what comes next."""
SETTLED: Final = log(0.9 / 0.1)
"""Beyond this either way the member is up or down; in between it is in doubt."""
ROBUST_LOSS: Final = 0.375

_SILENT_WHEN_DOWN: Final = 0.99
_ANSWER_WHEN_DOWN: Final = 0.01

SILENCE: Final = log(_SILENT_WHEN_DOWN / ROBUST_LOSS)
ANSWER: Final = log((1 - ROBUST_LOSS) / _ANSWER_WHEN_DOWN)

DARK: Final = LIMIT + SETTLED
"""From sure that it is up to settled down: seven silences of a reliable host."""
DARK_GROUP: Final = 10 * SILENCE - 0.01
"""The same for three members or more, which are asked side by side: ten silences."""
DARK_BELOW_DARKNESS: Final = 5 * SILENCE - 0.01
"""Enough for a rung when everything beyond it is dark already."""


def silence_weight(answer_rate: float) -> float:
    """Log odds that one silence takes away from a member with this long-run rate."""
    silent_when_up = 1 - answer_rate
    if silent_when_up <= ROBUST_LOSS:
        return SILENCE
    return log(_SILENT_WHEN_DOWN / min(silent_when_up, _SILENT_WHEN_DOWN))


def probability(log_odds: float) -> float:
    """Turn log odds into a probability, 0 to 1."""
    return 1 / (1 + exp(-log_odds))
