"""Service levels: credits by uptime, pairs of lines that fail together, break-even."""

from collections.abc import Sequence

import numpy as np

from rabta.cost.firm.ranges import Floats


Step = tuple[float, float]
"""Below this uptime (0 to 1) this share of the fee is given back."""

AWS_REGION: tuple[Step, ...] = ((0.9999, 0.10), (0.99, 0.30), (0.95, 1.0))
"""AWS EC2 region-level SLA: 10 % below 99.99 %, 30 % below 99 %, all below 95 %."""


def credit(uptime: Floats, steps: Sequence[Step]) -> Floats:
    """Return the share of the fee given back at each *uptime*."""
    given = np.zeros_like(uptime)
    for below, share in sorted(steps, reverse=True):
        given = np.where(uptime < below, np.maximum(given, share), given)
    return given


def pair(first: float, second: float, beta: float) -> float:
    """Return the availability of two lines that share causes.

    ``U = beta min(U1, U2) + (1 - beta)^2 U1 U2``: *beta* is the share of failures that
    take both, from 0.1 (fibre to the house) to 0.95 (a national measure).
    """
    one, two = 1 - first, 1 - second
    return 1 - (beta * min(one, two) + (1 - beta) ** 2 * one * two)


def break_even(monthly: float, loss_an_hour: float, avoided: float) -> float:
    """Return the hours down a month from which a second line pays for itself."""
    return monthly / (loss_an_hour * avoided)
