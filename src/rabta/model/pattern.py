"""Patterns: disruptions of one entity that come again at the same hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pattern:
    """How disruptions come again; local civil time."""

    id: str
    """The entity and a number, such as ``uplink/ptcl#3``."""
    start: str
    """``19:00``"""
    end: str
    """Earlier than *start* where it lasts beyond midnight."""
    days: tuple[int, ...]
    """Weekdays it comes on, Monday is 0."""
    first: str
    """Day of the first one, ``2026-11-28``."""
    last: str
    occurrences: int
    """How many there were."""
    regularity: float
    """Share of those weekdays on which it came, 0 to 1."""
    occurrence: int = 0
    """Which of them one disruption is, from 1; 0 where none is meant."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """One version of a pattern, and what it was learnt from."""

    number: int
    """0 while it is not stored."""
    pattern: Pattern
    zone: str
    """IANA name of the zone whose clocks its hours are told by."""
    lasts_seconds: float
    """For how long it usually lasts."""
    depth: float
    """Share that is usually lost, 0 to 1."""
    members: Mapping[int, int] = field(default_factory=dict)
    """Its disruptions: their numbers, and when each began, microseconds UTC."""
