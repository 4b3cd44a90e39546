"""What a report is made of: facts, before anybody's words.

Each document is one view of it; ``rabta.report.document`` writes all of it as JSON.
"""

from dataclasses import dataclass

from rabta.cost.firm.price import FirmCost
from rabta.cost.firm.redone import Carry
from rabta.cost.money import Money
from rabta.cost.service.availability import Availability, Trouble
from rabta.cost.service.bounds import Bounds
from rabta.cost.service.rates import Rated
from rabta.cost.service.samples import Hour
from rabta.cost.service.spans import Spans
from rabta.cost.service.terms import Profile, Result
from rabta.model import Cause, Evidence, Kind, Message


OWN = frozenset({Cause.LAN.value, Cause.POWER.value})
"""Causes that are one's own: no fault of a provider."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One disruption within the period; times in microseconds UTC."""

    id: int
    """Number in the store, as ``rabta events`` shows it."""
    entity: str
    kind: Kind
    onset: int
    end: int | None
    """None while it lasts."""
    onset_uncertainty_seconds: float
    depth: float
    code: str
    sentence: Message
    confidence: float
    calibrated: bool
    causes: tuple[tuple[Cause, float], ...]
    evidence: tuple[Evidence, ...]
    alternatives: tuple[Message, ...]
    versions: int
    """How often the verdict was revised; all stay in the store."""
    seconds_within: float
    """Of the period, less what was not observed."""
    nearby: tuple[Hour, ...] = ()
    """Round trips around it, in parts of ``nearby_seconds``; only of the gravest."""
    nearby_seconds: int = 0

    @property
    def cause(self) -> str:
        """Return the leading cause; empty where there is none."""
        return self.causes[0][0].value if self.causes else ""

    def until(self, stop: int) -> int:
        """Return when it ended; *stop* where it lasts."""
        return stop if self.end is None else self.end


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a line or a service."""

    start: int
    stop: int
    availability: Bounds
    down_seconds: Bounds
    unknown_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Loss and delay of a group of targets; seconds and shares, as bounds."""

    hours: int
    loss: Bounds
    delay_median: Bounds
    delay_p95: Bounds
    delay_p99: Bounds
    delay_maximum: Bounds
    variation: Bounds


@dataclass(frozen=True, slots=True)
class Line:
    """One uplink over the period."""

    uplink: str
    title: str
    """The provider as people call it, else the uplink."""
    availability: Availability
    """Every second of an outage, whoever caused it."""
    provider: Availability
    """Without one's own network and power."""
    y1540: Availability
    """Loss above c1 for at least T_av, without one's own network and power."""
    nearby: Figures
    """Anycast and domestic targets."""
    abroad: tuple[tuple[str, Figures], ...]
    """By corridor."""
    downloads: tuple[Rated, ...]
    """One an hour, oldest first; empty: not measured."""
    uploads: tuple[Rated, ...]
    days: tuple[Day, ...]
    series: tuple[tuple[str, int, str], ...]
    """(target, family, probe) of what the hours sum up."""
    hours: tuple[Hour, ...]
    down: Spans
    impaired: Spans
    unknown: Spans
    unmeasured: Spans = ()
    """Of ``unknown``, when nothing was measured; else incidents are doubtful."""
    troubles: tuple[Trouble, ...] = ()
    """Its incidents as service levels count them, in the same order: all that its
    availability, the terms on it and credits are made of."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service over the period, over any line."""

    name: str
    title: str
    availability: Availability
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A profile or a contract held against one uplink."""

    uplink: str
    profile: Profile
    results: tuple[Result, ...]
    availability: Availability
    """As the profile counts it."""
    credit: Bounds
    """Money to be given back by its steps for the whole calendar months; both None
    where it knows none or there is none."""
    fits: bool | None = True
    """Whether the profile is written for lines of this kind, else there are no results;
    None where the kind is not known."""
    excluded: Spans = ()
    """Time of incidents that the profile leaves out."""

    @property
    def gives_back(self) -> bool:
        """Whether money is to be given back, or may have to."""
        return bool(self.credit.high)


@dataclass(frozen=True, slots=True)
class Costs:
    """What the period cost, and what was saved; see ``rabta cost``."""

    felt: FirmCost
    saved: FirmCost | None
    unmeasured: FirmCost | None
    carried: Carry | None
    carried_money: Money | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A job of the outbox that had to be done by a moment of the period."""

    job: int
    due: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All of it; times in microseconds UTC."""

    format: str
    version: str
    edition: str
    """Of the words; see ``rabta.report.edition``."""
    made_at: int
    simulated: bool
    audience: str
    period: str
    start: int
    stop: int
    """Where the period has not ended, the moment the report was made."""
    complete: bool
    """Whether the period had ended."""
    timezone: str
    lines: tuple[Line, ...]
    together: Availability
    """Whether any line worked: as it was for people who may use all."""
    services: tuple[Service, ...]
    incidents: tuple[Incident, ...]
    """Oldest first."""
    judgements: tuple[Judgement, ...]
    working_down: Bounds | None = None
    """Seconds of working hours in which no line worked; None: no hours were given."""
    costs: Costs | None = None
    deadlines: tuple[Deadline, ...] = ()
    typesetter: str = ""
    """Of PDFs; see ``rabta.report.edition``. Empty: an earlier edition."""
