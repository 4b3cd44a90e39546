"""How much of a blackout an event is, and what a slowdown does."""

import math

from rabta.cost.event import Event, Scope
from rabta.cost.facts import Fact, Facts


Bounds = tuple[float, float, float]
"""Low, likely, high."""


def weight(event: Event, facts: Facts) -> tuple[Bounds, tuple[Fact, ...]]:
    """Return the share of a national blackout *event* is, with the facts for it.

    The block of one service reaches those who use it, and takes from them a part of
    what a blackout would.
    """
    reached = event.depth * event.share
    if event.service:
        users, all_users, part = (facts.one(name) for name in weighed(event))
        reached *= users.value / all_users.value
        bounds = (part.low * reached, part.value * reached, part.high * reached)
        return bounds, (users, all_users, part)
    if event.scope is Scope.NATIONAL:
        return (reached, reached, reached), ()
    fact = facts.one(f"weight_{event.scope}")
    return (fact.low * reached, fact.value * reached, fact.high * reached), (fact,)


def weighed(event: Event) -> tuple[str, ...]:
    """Return the names of the figures that the weight of *event* may lack."""
    if not event.service:
        return ()
    return f"users_{event.service}", "internet_users", "service_part"


def slowdown(event: Event, scale: Fact, lost: float) -> Bounds:
    """Return the share lost on an average day of *event*, *lost* at full effect."""
    part = lost / (event.days or 1.0)
    low, likely, high = built_up(event.days, scale.value)
    return (low * part, likely * part, high * part)


def built_up(days: float, scale: float) -> Bounds:
    """Return the days of full effect a slowdown of *days* has had.

    Published elasticities are of years. Low: the effect builds up with
    1 - exp(-t / *scale*) and counts as it goes. Likely: what it had reached at the end
    counts for all days. High: all of it from the first day.
    """
    reached = -math.expm1(-days / scale)
    return (days - scale * reached, days * reached, days)


def slowed(depth: float, elasticity: float) -> float:
    """Return the share lost when a share *depth* of the speed is: 1 - q ^ e."""
    return float(1 - (1 - depth) ** elasticity)
