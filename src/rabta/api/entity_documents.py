"""What the API says of countries and networks."""

from dataclasses import dataclass

from rabta.model import Disruption, Report, State
from rabta.store import SeriesInfo


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """One country, region or network that public signals are stored of."""

    entity: str
    kind: str
    code: str
    name: str
    """English name of a country, ``AS17557`` of a network, else the code."""
    name_ur: str
    state: State
    """As the newest data have it; ``unknown`` when these are stale or not judged."""
    last_state: State
    """As it was when the data ended; ``unknown`` when they were not judged."""
    stale: bool
    """The newest value is more than six hours old."""
    first: int
    last: int
    """Times of the first and last value, microseconds UTC."""
    sources: tuple[str, ...]
    signals: int
    """How many series."""
    ongoing: int
    """How many disruptions are not over."""


@dataclass(frozen=True, slots=True)
class SourceNote:
    """Whose data it is, under which terms, and what of it is here."""

    source: str
    title: str
    holder: str
    """Empty where it is not known."""
    licence: str
    link: str
    commercial: bool | None
    """Whether commercial use is allowed; null where the terms do not say."""
    signals: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PublicSignal:
    """One series of an entity."""

    series: SeriesInfo
    name: str
    has_vote: bool
    """Whether it counts when disruptions are looked for."""
    stale: bool


@dataclass(frozen=True, slots=True)
class EntityDetail:
    """Everything known of one entity."""

    summary: EntitySummary
    judged_until: int | None
    """Data up to here were looked through; null when none were."""
    signals: tuple[PublicSignal, ...]
    disruptions: tuple[Disruption, ...]
    """Newest first."""
    reports: tuple[Report, ...]
    """What others say happened; never mixed with our own."""
    sources: tuple[SourceNote, ...]


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal in equal buckets."""

    series: SeriesInfo
    name: str
    has_vote: bool
    step_seconds: int
    """Not narrower than the signal's own."""
    time: tuple[int, ...]
    """Start of each bucket, microseconds UTC."""
    value: tuple[float | None, ...]
    """Mean of what was measured; null is a gap, never zero."""
    usual: tuple[float | None, ...]
    """Its baseline; null where nothing is known to be usual."""


@dataclass(frozen=True, slots=True)
class SignalChart:
    """All signals of an entity over one span."""

    entity: str
    start: int
    stop: int
    signals: tuple[SignalLine, ...]
