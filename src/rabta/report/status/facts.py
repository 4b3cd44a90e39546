"""What the status page tells; times in microseconds UTC."""

from dataclasses import dataclass
from enum import StrEnum

from rabta.cost.service.bounds import Bounds
from rabta.model import Kind


class Now(StrEnum):
    """The state of one thing at the moment the page was made."""

    UP = "up"
    WORSE = "worse"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Day:
    """One local day."""

    date: str
    """ISO 8601."""
    availability: Bounds
    known: bool
    """Whether anything was measured at all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that is shown, by its public title."""

    title: str
    now: Now
    availability: Bounds
    """Over all days of which anything is known."""
    days: tuple[Day, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One incident of a thing that is shown."""

    id: str
    title: str
    kind: Kind
    onset: int
    end: int | None
    cause: str
    """What it is consistent with; empty where that is not determined."""


@dataclass(frozen=True, slots=True)
class StatusPage:
    """All of it."""

    format: str
    title: str
    as_of: int
    """When Rabta last measured."""
    made_at: int
    stale: bool
    """Whether that was too long ago to speak of now."""
    simulated: bool
    timezone: str
    url: str
    shown: tuple[Shown, ...]
    incidents: tuple[Happened, ...]
    """Newest first."""
