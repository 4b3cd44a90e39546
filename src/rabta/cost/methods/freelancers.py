"""What freelancers earn abroad, while the sites they are hired through are blocked.

``C = L x X x h / 8760 x share``: X their remittances of the fiscal year, *share* what
of them goes through the blocked site (``--share``; without it all of them do). L is the
loss rate that exporters of IT claim: none was published for freelancers.
"""

from rabta.cost.event import Event
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.model.message import Message


SERVICE = "freelancing"


def freelancers(event: Event, facts: Facts) -> list[Said]:
    """Price the block of sites that freelancers are hired through."""
    if event.service != SERVICE:
        return refused("freelancers", "freelancing_only")
    needed = ("freelance_exports", "it_loss", "fiscal_month")
    if missing := lacking("freelancers", facts, *needed):
        return missing
    amount, year, used = over_years(event, facts, "freelance_exports")
    loss = facts.one("it_loss")
    reached = event.depth * event.share
    return [
        line(
            "freelancers",
            amount * reached,
            year,
            [(loss.low, loss.value, loss.high)],
            (*used, loss),
            note=Message.of("cost.note.freelancers"),
            claimed=True,
        )
    ]
