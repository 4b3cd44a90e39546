"""One event as country methods see it: when, of what kind, how deep, how wide."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from rabta.clock import HOUR, SECOND
from rabta.cost.facts import Fact, Facts
from rabta.model import Kind


class Scope(StrEnum):
    """Whom an event reaches."""

    NATIONAL = "national"
    MOBILE = "mobile"
    """Mobile data only."""
    PLATFORM = "platform"
    """One large platform, such as a social network."""
    VPN = "vpn"
    """Tunnels, which exporters of IT work through."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is priced; times in microseconds UTC."""

    start: int
    end: int
    kind: Kind = Kind.OUTAGE
    scope: Scope = Scope.NATIONAL
    depth: float = 1.0
    """Share of what is normally there that was lost, 0 to 1; of the speed if slowed."""
    share: float = 1.0
    """Of the country's economy that was reached, 0 to 1."""
    extra_seconds: float = 0.0
    """Delay above the usual."""
    service: str = ""
    """Which one is blocked, such as ``whatsapp``; empty: one large platform."""

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.end < self.start:
            raise ValueError("an event ends before it begins")
        if not (0 <= self.depth <= 1 and 0 <= self.share <= 1):
            raise ValueError("depth and share are from 0 to 1")
        if self.service and self.scope is not Scope.PLATFORM:
            raise ValueError("a service is one platform")

    @property
    def hours(self) -> float:
        """How long it lasts."""
        return (self.end - self.start) / HOUR

    @property
    def days(self) -> float:
        """How long it lasts."""
        return self.hours / 24


def yearly(
    event: Event, facts: Facts, name: str, prefix: str = "", first_month: int = 1
) -> list[tuple[float, Fact]]:
    """Cut *event* where years end; (hours, the figure *name* of that year) for each.

    Years begin with *first_month* and are named by the one they end in, so that a
    price is additive and never falls as an event goes on. The nearest known year
    stands for one that is not known.
    """
    found: list[tuple[float, Fact]] = []
    begin = event.start
    while True:
        moment = datetime.fromtimestamp(begin / SECOND, UTC)
        late = moment.month >= first_month
        named = moment.year + (late if first_month > 1 else 0)
        turn = datetime(moment.year + late, first_month, 1, tzinfo=UTC)
        stop = min(event.end, round(turn.timestamp()) * SECOND)
        fact = facts.nearest(name, named, prefix)
        found.append(((stop - begin) / HOUR, fact))
        if stop >= event.end:
            return found
        begin = stop
