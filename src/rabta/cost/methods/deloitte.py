"""A share of daily GDP by how connected a country is (Deloitte 2016).

``C = p x GDP / 365`` a day; p is 1.9 %, 1.0 % or 0.4 %. Where nobody says which class a
country is of, all three stand there and none counts in the bracket.
"""

from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.weight import weighed, weight
from rabta.model import Kind
from rabta.model.message import Message


CLASSES = ("low", "medium", "high")


def classes_of(facts: Facts) -> tuple[str, ...]:
    """Return the classes the country may belong to: all where none is stated."""
    stated = tuple(one for one in CLASSES if f"deloitte_class_{one}" in facts)
    return stated or CLASSES


def deloitte(event: Event, facts: Facts) -> list[Said]:
    """Price outages and blocks by each class the country may belong to."""
    if event.kind not in {Kind.OUTAGE, Kind.BLOCKING} or event.scope is Scope.VPN:
        return refused("deloitte", "blackouts_only")
    if missing := lacking("deloitte", facts, "gdp", *weighed(event)):
        return missing
    factor, why = weight(event, facts)
    amount, year, used = over_years(event, facts)
    classes = classes_of(facts)
    stated = len(classes) < len(CLASSES)
    note = None if stated else Message.of("cost.note.any_class")
    return [
        line(
            f"deloitte/{name}",
            amount * facts.one(f"deloitte_{name}").value,
            year,
            [factor],
            (*used, facts.one(f"deloitte_{name}"), *why),
            note=note,
            pooled=stated,
        )
        for name in classes
    ]
