"""NetLoss' sum a person and day: no price of an event, and refused as one."""

from rabta.cost.event import Event
from rabta.cost.facts import Facts
from rabta.cost.line import Said
from rabta.cost.methods.common import lacking, refused
from rabta.cost.money import shown


def a_day(facts: Facts, people: float) -> float:
    """Return USD a day if the abstract's USD 86.58 held for everybody."""
    return facts.one("netloss_person_day").value * people


def netloss(event: Event, facts: Facts) -> list[Said]:
    """Refuse, with what it would say beside what the country produces."""
    del event  # whatever it is, the figure prices none
    if missing := lacking("netloss", facts, "population", "gdp"):
        return missing
    people, gdp = facts.one("population"), facts.one("gdp")
    naive, produced = a_day(facts, people.value), gdp.value / 365
    return refused(
        "netloss",
        "netloss",
        naive=shown(naive, "USD"),
        ratio=round(naive / produced, 1),
    )
