"""The share of GDP that is digital, lost while there is no Internet.

``C = GDP x h / 8760 x d x w``: Brookings 2016 and what grew from it. Published shares
d of one country differ fourfold, so each stands by itself, named as the country's table
names it (``digital_share_adb``); NetBlocks COST's is what its published hourly rate
implies.
"""

from rabta.cost.event import Event, Scope, yearly
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.weight import weighed, weight
from rabta.model import Kind
from rabta.model.message import Message


_SHARE = "digital_share_"


def implied_share(rate: float, gdp: float) -> float:
    """Return the digital share of *gdp* (a year) that *rate* (an hour) implies."""
    return rate * 8760 / gdp


def gdp_share(event: Event, facts: Facts) -> list[Said]:
    """Price outages and blocks by each digital share that is known."""
    if event.kind not in {Kind.OUTAGE, Kind.BLOCKING} or event.scope is Scope.VPN:
        return refused("gdp_share", "blackouts_only")
    if missing := lacking("gdp_share", facts, "gdp", *weighed(event)):
        return missing
    factor, why = weight(event, facts)
    amount, year, used = over_years(event, facts)
    found: list[Said] = []
    for name in facts.named(_SHARE):
        share = facts.one(f"{_SHARE}{name}")
        inputs = (*used, share, *why)
        lost = amount * share.value
        found.append(line(f"gdp_share/{name}", lost, year, [factor], inputs))
    if "cost_rate" in facts:
        rate = facts.one("cost_rate")
        hours = sum(piece for piece, _ in yearly(event, facts, "gdp"))
        key = "upper_share" if facts.named(_SHARE) else "implied_share"
        note = Message.of(
            f"cost.note.{key}", share=implied_share(rate.value, used[-1].value)
        )
        found.append(
            line(
                "gdp_share/cost",
                rate.value * hours,
                rate.period,
                [factor],
                (rate, *why),
                note=note,
            )
        )
    return found or refused(
        "gdp_share", "unknown", what="digital_share", country=facts.country
    )
