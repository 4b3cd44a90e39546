"""What others said single events cost: beside our prices, never part of them."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from io import StringIO

from rabta.clock import SECOND


@dataclass(frozen=True, slots=True)
class Claim:
    """One published sum in USD, of the days from *start* up to *end*, left out."""

    entity: str
    start: str
    end: str
    usd: float
    usd_high: float | None
    """The other end, where a span was published."""
    who: str
    what: str
    source: str


def claims(entity: str, start: int, end: int) -> tuple[Claim, ...]:
    """Return what was said of *entity* and touches [start, end), microseconds UTC."""
    return tuple(
        one
        for one in _all()
        if one.entity == entity
        and _moment(one.start) < end
        and _moment(one.end) > start
    )


@lru_cache
def _all() -> tuple[Claim, ...]:
    text = resources.files("rabta.cost").joinpath("claims.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        Claim(
            row["entity"],
            row["start"],
            row["end"],
            float(row["usd"]),
            float(row["usd_high"]) if row["usd_high"] else None,
            row["who"],
            row["what"],
            row["source"],
        )
        for row in csv.DictReader(StringIO("\n".join(lines)))
    )


def _moment(day: str) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * SECOND
