"""GDP lost to a slower line (Rohman and Bohlin: a doubled speed adds 0.3 %)."""

import math

from rabta.cost.event import Event
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.weight import slowdown
from rabta.model import Kind
from rabta.model.message import Message


_LEAST = 0.01  # of the speed: below, a line is out rather than slow


def share_lost(depth: float, slope: float) -> float:
    """Return the share of GDP lost when a share *depth* of the speed is."""
    return -slope * math.log(max(1 - depth, _LEAST))


def slow_growth(event: Event, facts: Facts) -> list[Said]:
    """Price slowdowns: ``GDP / 365 x 0.00433 x -ln q`` a day of full effect."""
    method = "slow_growth"
    if event.kind is not Kind.THROTTLING:
        return refused(method, "slowdowns_only")
    if missing := lacking(method, facts, "gdp"):
        return missing
    amount, year, used = over_years(event, facts)
    slope, scale = facts.one("speed_growth"), facts.one("build_up_days")
    factor = slowdown(event, scale, share_lost(event.depth, slope.value))
    return [
        line(
            method,
            amount * event.share,
            year,
            [factor],
            (*used, slope, scale),
            note=Message.of("cost.note.builds_up", days=round(scale.value)),
        )
    ]
