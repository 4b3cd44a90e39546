"""What detection says of an entity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rabta.detect.changepoints import ChangePoint
from rabta.detect.recurring import Recurring
from rabta.detect.refine import Stage
from rabta.detect.signal import SignalKind
from rabta.detect.standing import Standing
from rabta.detect.weekend import QuietDays
from rabta.model import Kind


class Severity(StrEnum):
    """How much of what is normally there was lost."""

    DEGRADATION = "degradation"
    """Less than half; or only speed or delay suffered."""
    OUTAGE = "outage"
    BLACKOUT = "blackout"
    """Nine tenths or more."""

    @classmethod
    def of(cls, depth: float) -> "Severity":
        """Return the severity of *depth*, 0 to 1."""
        if depth >= 0.9:
            return cls.BLACKOUT
        return cls.OUTAGE if depth >= 0.5 else cls.DEGRADATION


class Basis(StrEnum):
    """The baseline a signal was judged against."""

    TWO_SIDED = "two-sided"
    ROLLING = "rolling"
    DAILY = "daily"
    WEEKLY = "weekly"
    NONE = "none"
    """Too few readings to say anything."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one signal had to do with a disruption."""

    name: str
    fired: bool
    """It lost more than its smallest effect and its noise."""
    min_residual: float | None
    """Lowest share of the baseline, negative; None when not measured."""
    available: bool
    basis: Basis


@dataclass(frozen=True, slots=True)
class Found:
    """One disruption of one entity; times are microseconds UTC."""

    entity: str
    kind: Kind
    onset: int
    end: int | None
    """None while it lasts, or when the recording ends before it does."""
    noticed: int
    """End of the bin whose reading was enough."""
    onset_uncertainty_s: float
    end_uncertainty_s: float | None
    depth: float
    """Share of what is normally there that was lost, 0 to 1."""
    severity: Severity
    confirmed: bool
    """Two thirds of the signals, and at least two, took part."""
    signals: tuple[Part, ...]
    stages: tuple[Stage, ...] = ()
    pattern: int | None = None
    """Position in ``Detection.recurring``, when it is one of a series."""
    revision: int = 1
    settled: int | None = None
    """From then on what is left counts as the usual level; microseconds UTC. It may
    still come back."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A new level of one signal that stayed: no disruption."""

    signal: str
    onset: int
    accepted: int
    magnitude: float
    """Share of the former level, negative when worse."""
    returned: bool = False
    """It is the level from before the last shift that came back."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One signal of the recording."""

    name: str
    kind: SignalKind
    basis: Basis
    """The best baseline it reached."""
    step_s: float
    readings: int
    missing: int
    """Bins without a reading between the first and the last."""
    dropped: int
    """Readings that could not be used."""


@dataclass(frozen=True, slots=True)
class Detection:
    """All that was found in one recording of one entity."""

    entity: str
    disruptions: tuple[Found, ...]
    level_shifts: tuple[Shift, ...]
    """New levels that stayed to the end, or until another one."""
    recurring: tuple[Recurring, ...]
    change_points: Mapping[str, tuple[ChangePoint, ...]]
    """By name of signal; delays only."""
    signals: tuple[Summary, ...]
    watermark: int | None
    """Bins before this are final; microseconds UTC."""
    standing: tuple[Standing, ...] = ()
    """Windows of every day in which a signal stands still: usual or imposed cannot be
    told."""
    quiet: tuple[QuietDays, ...] = ()
    """Week-ends of a short recording whose fall is taken for usual."""
    version: int = field(default=1)
    """Of the method."""
