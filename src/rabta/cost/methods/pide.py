"""The direct loss of a day without Internet, counted for Pakistan (PIDE 2023).

24 h cost Rs 1.3 bn, 0.57 % of what the country produces in a day. The share is applied
to the GDP of the event's year, so that no exchange rate enters.
"""

from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.weight import weighed, weight
from rabta.model import Kind
from rabta.model.message import Message


def pide(event: Event, facts: Facts) -> list[Said]:
    """Price outages and blocks where somebody counted."""
    if event.kind not in {Kind.OUTAGE, Kind.BLOCKING} or event.scope is Scope.VPN:
        return refused("pide", "blackouts_only")
    if missing := lacking("pide", facts, "pide_share", "gdp", *weighed(event)):
        return missing
    factor, why = weight(event, facts)
    amount, year, used = over_years(event, facts)
    share = facts.one("pide_share")
    note = Message.of("cost.note.direct_only")
    return [
        line(
            "pide",
            amount * share.value,
            year,
            [factor],
            (*used, share, *why),
            note=note,
        )
    ]
