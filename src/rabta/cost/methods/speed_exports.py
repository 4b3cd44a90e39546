"""Exports of IT lost to a slower line (Abeliansky and Hilbert 2017, elasticity 0.5)."""

from rabta.cost.event import Event
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.weight import slowdown, slowed
from rabta.model import Kind
from rabta.model.message import Message


def speed_exports(event: Event, facts: Facts) -> list[Said]:
    """Price slowdowns: ``X / 365 x (1 - q ^ 0.5)`` for each day of full effect."""
    method = "speed_exports"
    if event.kind is not Kind.THROTTLING:
        return refused(method, "slowdowns_only")
    if missing := lacking(method, facts, "it_exports", "fiscal_month"):
        return missing
    amount, year, used = over_years(event, facts, "it_exports")
    speed, scale = facts.one("speed_exports"), facts.one("build_up_days")
    factor = slowdown(event, scale, slowed(event.depth, speed.value))
    return [
        line(
            method,
            amount * event.share,
            year,
            [factor],
            (*used, speed, scale),
            note=Message.of("cost.note.builds_up", days=round(scale.value)),
        )
    ]
