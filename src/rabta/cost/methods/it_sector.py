"""What exporters of IT lose, by the loss rate their association's statements agree on.

``C = L x X / T x h``: X exports of the fiscal year, T the hours it is earned in. Over
whole days T is all hours of the year: what is not worked at night is lost by day.
P@SHA's three statements are all 0.50 to 0.65 of the exports of the working time.
"""

from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import PLAIN, lacking, line, over_years, refused
from rabta.cost.weight import Bounds, slowdown, slowed, weight
from rabta.model import Kind
from rabta.model.message import Message


def of_working_time(loss: float, exports: float, units: float) -> float:
    """Return the loss in one of *units* (2,080 hours or 260 days) of a year."""
    return loss * exports / units


def it_sector(event: Event, facts: Facts) -> list[Said]:
    """Price outages, slowdowns and blocks of tunnels for the sector alone."""
    if event.kind is Kind.DEGRADATION or event.scope is Scope.PLATFORM:
        return refused("it_sector", "not_it")
    if missing := lacking("it_sector", facts, "it_exports", "it_loss", "fiscal_month"):
        return missing
    amount, year, used = over_years(event, facts, "it_exports")
    loss = facts.one("it_loss")
    inputs = [*used, loss]
    factors: list[Bounds] = [(loss.low, loss.value, loss.high)]
    if event.kind is Kind.THROTTLING:
        speed, scale = facts.one("speed_exports"), facts.one("build_up_days")
        inputs += [speed, scale]
        lost = slowed(event.depth, speed.value) * event.share
        factors.append(slowdown(event, scale, lost))
    else:
        factor, why = weight(event, facts)
        inputs += why
        factors.append(factor)
    note = Message.of("cost.note.sector")
    return [
        line(
            "it_sector",
            amount,
            year,
            [PLAIN, *factors],
            inputs,
            note=note,
            claimed=True,
        )
    ]
