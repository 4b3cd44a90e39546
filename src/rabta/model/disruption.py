"""Disruptions: what happened to one entity, from onset to end."""

from dataclasses import dataclass
from enum import StrEnum

from rabta.model.verdict import Verdict


class Kind(StrEnum):
    """The kinds of disruption."""

    OUTAGE = "outage"
    DEGRADATION = "degradation"
    BLOCKING = "blocking"
    THROTTLING = "throttling"


@dataclass(frozen=True, slots=True)
class Disruption:
    """One disruption of one entity; *verdicts* is its history, oldest first."""

    id: int
    entity: str
    kind: Kind
    onset: int
    end: int | None
    """None while it lasts."""
    onset_uncertainty_seconds: float
    depth: float
    """Share of what is normally there that was lost, 0 to 1."""
    verdicts: tuple[Verdict, ...]
