"""A share of daily GDP by how connected a country is (Deloitte 2016).

``C = p x GDP / 365`` a day; p is 1.9 %, 1.0 % or 0.4 %.
"""

from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.weight import weighed, weight
from rabta.model import Kind


CLASSES = ("low", "medium", "high")


def deloitte(event: Event, facts: Facts) -> list[Said]:
    """Price outages and blocks by each class the country may belong to."""
    if event.kind not in {Kind.OUTAGE, Kind.BLOCKING} or event.scope is Scope.VPN:
        return refused("deloitte", "blackouts_only")
    if missing := lacking("deloitte", facts, "gdp", *weighed(event)):
        return missing
    factor, why = weight(event, facts)
    amount, year, used = over_years(event, facts)
    return [
        line(
            f"deloitte/{name}",
            amount * facts.one(f"deloitte_{name}").value,
            year,
            [factor],
            (*used, facts.one(f"deloitte_{name}"), *why),
        )
        for name in CLASSES
        if f"deloitte_class_{name}" in facts
    ] or refused("deloitte", "unknown", what="deloitte_class", country=facts.country)
