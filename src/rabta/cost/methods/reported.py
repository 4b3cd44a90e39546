"""The hourly rate that press and sellers published for the block of one platform."""

from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, refused
from rabta.model.message import Message


_OF = "x"
"""The service whose block was priced."""


def reported(event: Event, facts: Facts) -> list[Said]:
    """Price a block of a platform by the rate of the one that was published."""
    if event.scope is not Scope.PLATFORM:
        return refused("reported", "platforms_only")
    if event.service not in {"", _OF}:
        return refused("reported", "other_platform")
    if missing := lacking("reported", facts, "platform_rate"):
        return missing
    rate = facts.one("platform_rate")
    reached = event.depth * event.share
    return [
        line(
            "reported",
            rate.value * event.hours,
            rate.period,
            [(reached, reached, reached)],
            (rate,),
            note=Message.of("cost.note.around_the_clock"),
            pooled=False,
            claimed=True,
        )
    ]
