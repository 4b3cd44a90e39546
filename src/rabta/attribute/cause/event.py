"""What is to be explained, and all that is known around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum

from rabta.model import Arg, Cause, Notice


class Family(StrEnum):
    """What a signal shows: other causes leave other families alone."""

    ROUTING = "routing"
    """Address blocks announced (BGP)."""
    PROBING = "probing"
    """Hosts that answer when asked."""
    TRAFFIC = "traffic"
    """What comes from there by itself: background radiation, requests."""
    DELAY = "delay"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SignalSeen:
    """One signal's part in it."""

    family: Family
    fell: bool | None
    """None where it was not measured: no vote."""
    ramp_seconds: float | None = None
    """From the first loss to the deepest; None where that was not worked out."""


@dataclass(frozen=True, slots=True)
class Event:
    """A disruption of one entity; times are microseconds UTC."""

    entity: str
    onset: int
    end: int | None
    """None while it lasts or where the end is not known."""
    now: int
    """Data watermark: what was said or measured later is not known."""
    depth: float | None = None
    """Share lost, 0 to 1."""
    step_seconds: float = 300.0
    """How finely the onset is known."""
    signals: tuple[SignalSeen, ...] = ()

    @property
    def level(self) -> str:
        """Return the kind of the entity, such as ``country`` or ``uplink``."""
        return self.entity.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Window:
    """Another disruption of the same entity."""

    onset: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Nearby:
    """A disruption of another entity that began about then."""

    entity: str
    onset: int
    depth: float | None = None
    """Share lost, 0 to 1; None where that is not known."""


@dataclass(frozen=True, slots=True)
class PathSeen:
    """Delay of one target from one vantage, before and after the onset."""

    network: str
    """Whose network the vantage is in, the same name for all of one operator's; empty
    where that is not known, which counts as no network of its own."""
    target: str
    corridor: str
    """The way out of the country that it takes."""
    before_ms: float
    """Least delay that was usual, a low percentile."""
    after_ms: float
    z: float
    """Shift in robust standard deviations of the noise before."""
    step: bool
    """It came at once and stayed, rather than bit by bit or for a moment."""
    changed: bool | None = None
    """The border hop or the transit network changed; None where not traced."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else is known; whatever is None or empty was not measured: no vote."""

    zone: tzinfo | None = None
    """Local time; None where it is not one or not known."""
    known_since: int | None = None
    """From when on earlier disruptions of the entity would be known."""
    others: tuple[Window, ...] = ()
    """Other disruptions of the same entity, before and after, oldest first."""
    nearby: tuple[Nearby, ...] | None = None
    """Of other entities; None where no other was watched."""
    continent: frozenset[str] = frozenset()
    """Countries of the entity's continent; empty where that is not known."""
    networks: int | None = None
    """Networks hit within 10 minutes, where networks were watched; those of one
    operator are one."""
    dark: int = 0
    """Those of them that lost half or more."""
    notices: tuple[Notice, ...] = ()
    calendar_known: bool = False
    """There is a calendar for this entity, so that an empty day means something."""
    home: frozenset[str] = frozenset()
    """Entities whose notices concern this one too: its country."""
    cables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Cables and ways out of the entity's country, and who shares each."""
    paths: tuple[PathSeen, ...] = ()
    peak_ratio: float | None = None
    """Loss (or lack of throughput) in the busy hours over that of the others."""
    target_specific: bool | None = None
    """Only some targets fail while controls on the same path work."""
    fingerprint: bool | None = None
    """A reset, a notice page or a forged answer was seen (True) or looked for."""
    paired_slow: bool | None = None
    """The paired throttling test, in two rounds."""
    control_fails: bool | None = None
    """The service fails from abroad too."""
    on_mains: bool | None = None
    only_here: bool | None = None
    """Only this host or its local network is affected."""


NOTHING = Surroundings()


@dataclass(frozen=True, slots=True)
class Seen:
    """One observed fact: an evidence of the table and what of it was seen."""

    id: str
    outcomes: tuple[str, ...]
    """Those that fit; several where part of it was not measured."""
    key: str
    """Of the sentence, under ``cause.says``."""
    args: tuple[tuple[str, Arg], ...] = ()
    trust: float = 1.0
    about: Cause | None = None
    """The cause that a notice names."""
