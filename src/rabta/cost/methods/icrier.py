"""Traffic lost times an elasticity (ICRIER 2018, India 2012 to 2017).

``C = GDP x h / 8760 x e x lost``; e is 0.31 for all traffic, 0.16 for mobile. The
elasticities are of years and take all of GDP, so this stands as an upper bound and
does not count in the bracket.
"""

from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.weight import slowdown, slowed
from rabta.model import Kind
from rabta.model.message import Message


def icrier(event: Event, facts: Facts) -> list[Said]:
    """Price outages by the traffic lost, slowdowns by the speed lost."""
    if event.kind not in {Kind.OUTAGE, Kind.THROTTLING}:
        return refused("icrier", "traffic_only")
    if event.scope not in {Scope.NATIONAL, Scope.MOBILE}:
        return refused("icrier", "traffic_only")
    if missing := lacking("icrier", facts, "gdp"):
        return missing
    mobile = event.scope is Scope.MOBILE
    elasticity = facts.one("icrier_mobile" if mobile else "icrier_total")
    amount, year, used = over_years(event, facts)
    inputs = [*used, elasticity]
    if event.kind is Kind.THROTTLING:
        scale = facts.one("build_up_days")
        inputs.append(scale)
        factor = slowdown(event, scale, slowed(event.depth, elasticity.value))
    else:
        lost = event.depth * elasticity.value
        factor = (lost, lost, lost)
    note = Message.of("cost.note.upper_bound")
    return [
        line(
            "icrier",
            amount * event.share,
            year,
            [factor],
            inputs,
            note=note,
            pooled=False,
        )
    ]
