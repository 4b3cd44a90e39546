"""Deloitte's other form, by head, which agrees with its first one for few countries."""

from rabta.cost.event import Event, Scope, yearly
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, line, over_years, refused
from rabta.cost.methods.deloitte import classes_of
from rabta.cost.weight import weighed, weight
from rabta.model import Kind


_AGREE = 2.0  # the two forms are meant to say the same; this far apart they do not


def by_people(facts: Facts, name: str, people: float) -> float:
    """Return USD a day for class *name*: a sum for every ten million people."""
    return facts.one(f"deloitte_people_{name}").value * people / 10e6


def deloitte_people(event: Event, facts: Facts) -> list[Said]:
    """Price it where both forms agree within a factor of two; refuse it elsewhere."""
    method = "deloitte_people"
    if event.kind not in {Kind.OUTAGE, Kind.BLOCKING} or event.scope is Scope.VPN:
        return refused(method, "blackouts_only")
    if missing := lacking(method, facts, "gdp", "population", *weighed(event)):
        return missing
    factor, why = weight(event, facts)
    people, year, used = over_years(event, facts, "population")
    first = yearly(event, facts, "population")[0][1]
    produced = yearly(event, facts, "gdp")[0][1].value / 365
    found: list[Said] = []
    for name in classes_of(facts):
        by_product = produced * facts.one(f"deloitte_{name}").value
        ratio = by_people(facts, name, first.value) / by_product
        if not 1 / _AGREE <= ratio <= _AGREE:
            found += refused(
                f"{method}/{name}", "forms_disagree", ratio=round(ratio, 1)
            )
            continue
        amount = by_people(facts, name, people) * 365
        inputs = (*used, facts.one(f"deloitte_people_{name}"), *why)
        found.append(line(f"{method}/{name}", amount, year, [factor], inputs))
    return found
