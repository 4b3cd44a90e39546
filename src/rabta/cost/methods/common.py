"""What methods share: a rate over years into one line, and the usual refusals."""

from collections.abc import Sequence

from rabta.cost.event import Event, yearly
from rabta.cost.facts import Fact, Facts
from rabta.cost.line import Line, Refusal, Said
from rabta.cost.money import Money
from rabta.cost.weight import Bounds
from rabta.model.message import Message


YEAR_HOURS = 8760
PLAIN: Bounds = (1.0, 1.0, 1.0)


def over_years(
    event: Event, facts: Facts, name: str = "gdp"
) -> tuple[float, str, tuple[Fact, ...]]:
    """Return the share of yearly *name* that falls into *event*: USD, years, facts.

    Exports are of fiscal years, all else of calendar years.
    """
    prefix, month = "", 1
    if name.endswith("_exports"):
        prefix, month = "FY", round(facts.one("fiscal_month").value)
    pieces = yearly(event, facts, name, prefix, month)
    used = tuple(dict.fromkeys(fact for _, fact in pieces))
    amount = sum(hours / YEAR_HOURS * fact.value for hours, fact in pieces)
    years = [fact.period for fact in used]
    return amount, years[0] if len(years) == 1 else f"{years[0]}–{years[-1]}", used


def line(
    method: str,
    amount: float,
    year: str,
    factors: Sequence[Bounds],
    inputs: Sequence[Fact],
    *,
    note: Message | None = None,
    pooled: bool = True,
    claimed: bool = False,
) -> Line:
    """Multiply *amount* (USD) by bounds, low with low and high with high."""
    low = likely = high = amount
    for factor in factors:
        low, likely, high = low * factor[0], likely * factor[1], high * factor[2]
    money = Money(low, likely, high, "USD", year)
    return Line(method, money, tuple(inputs), note, pooled, claimed)


def refused(method: str, key: str, **args: str | float) -> list[Said]:
    """Say why a method has no price here."""
    return [Refusal(method, Message.of(f"cost.refused.{key}", **args))]


def lacking(method: str, facts: Facts, *names: str) -> list[Said]:
    """Refuse when a figure this method needs is not known of the country."""
    for name in names:
        if name not in facts:
            return refused(method, "unknown", what=name, country=facts.country)
    return []
