"""Published totals beside what the same hours cost by NetBlocks COST's hourly rate."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from io import StringIO

from rabta.cost.facts import Facts
from rabta.model.message import Message


@dataclass(frozen=True, slots=True)
class Published:
    """One total that somebody published."""

    source: str
    year: int
    entity: str
    what: str
    usd: float
    hours: float | None
    kind: str
    scope: str
    why: str
    cite: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A published total and ours for the same hours, kind and scope."""

    published: Published
    usd_an_hour: float
    ours: float | None
    """USD; None where no figures are known of that country."""
    ratio: float | None
    """Ours to theirs."""
    reproduced: bool
    """Within a tenth."""
    says: Message


@lru_cache
def published() -> tuple[Published, ...]:
    """Return the table beside this file."""
    text = resources.files(__package__).joinpath("published.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        Published(
            row["source"],
            int(row["year"]),
            row["entity"],
            row["what"],
            float(row["usd_m"]) * 1e6,
            float(row["hours"]) if row["hours"] else None,
            row["kind"],
            row["scope"],
            row["why"],
            row["cite"],
        )
        for row in csv.DictReader(StringIO("\n".join(lines)))
    )


def comparisons(facts: Facts) -> list[Comparison]:
    """Compare Top10VPN's totals, oldest first, where *facts* are of that country."""
    rows = [one for one in published() if one.source == "top10vpn" and one.hours]
    return [_compared(one, facts) for one in sorted(rows, key=lambda row: row.year)]


def _compared(one: Published, facts: Facts) -> Comparison:
    hours = one.hours or 1.0
    ours = None
    if one.entity == f"country/{facts.country}" and "cost_rate" in facts:
        part = 1.0
        if one.scope != "national":
            part = facts.one(f"weight_{one.scope}").value
        ours = facts.one("cost_rate").value * part * hours
    ratio = None if ours is None else ours / one.usd
    return Comparison(
        one,
        one.usd / hours,
        ours,
        ratio,
        ratio is not None and abs(ratio - 1) <= 0.1,
        Message.of(f"cost.published.{one.why}"),
    )
