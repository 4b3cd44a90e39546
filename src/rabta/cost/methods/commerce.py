"""Orders of online shops that are not placed because pages are slow.

``orders x (1 - exp(-k x seconds))``, k 0.15 (0.08 to 0.25). Turnover, not value added,
and some of it is only put off, so it does not count in the bracket.
"""

import math

from rabta.cost.event import Event
from rabta.cost.facts import Fact, Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.model.message import Message


def kappa(lost: float, seconds: float) -> float:
    """Return the exponent a second that loses the share *lost* after *seconds*."""
    return -math.log(1 - lost) / seconds


def unplaced(rate: float, seconds: float) -> float:
    """Return the share of orders not placed when pages take *seconds* more."""
    return -math.expm1(-rate * seconds)


def commerce(event: Event, facts: Facts) -> list[Said]:
    """Price what is slower by a known time."""
    if event.extra_seconds <= 0:
        return refused("commerce", "no_delay")
    if missing := lacking("commerce", facts, "ecommerce"):
        return missing
    orders, year, used = over_years(event, facts, "ecommerce")
    rate: Fact = facts.one("latency")
    low, likely, high = (
        unplaced(bound, event.extra_seconds)
        for bound in (rate.low, rate.value, rate.high)
    )
    return [
        line(
            "commerce",
            orders * event.share,
            year,
            [(low, likely, high)],
            (*used, rate),
            note=Message.of("cost.note.turnover"),
            pooled=False,
        )
    ]
