"""What the ladder concluded, with its evidence."""

from dataclasses import dataclass
from enum import StrEnum

from rabta.model.message import Message
from rabta.model.target import Rung


class State(StrEnum):
    """What is believed of a rung, a line or a service."""

    UP = "up"
    DEGRADED = "degraded"
    MIXED = "mixed"
    DOWN = "down"
    UNKNOWN = "unknown"
    """Not measured, or inconclusive. Never shown as fine."""


class Cause(StrEnum):
    """The closed set of causes."""

    SHUTDOWN = "shutdown"
    BLOCKING = "blocking"
    THROTTLING = "throttling"
    CABLE = "cable"
    POWER = "power"
    ISP = "isp"
    MAINTENANCE = "maintenance"
    NATURE = "nature"
    SERVICE = "service"
    LAN = "lan"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RungState:
    """One light of one lane."""

    rung: Rung
    state: State
    group: str = ""
    """The corridor of an international rung, the name of a service; else empty."""
    members_up: int = 0
    members_down: int = 0
    members_uncertain: int = 0
    rtt_seconds: float | None = None
    """Median over members of their smoothed RTT."""
    loss_ratio: float | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observed fact that speaks for or against a verdict."""

    id: str
    says: Message
    nats: float
    """Positive speaks for the verdict, negative against, 0 is context. The weight in a
    rule of the ladder is set by hand in this scale; that of a cause model's fact is its
    weight of evidence for the leading cause against all others."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence, why, how sure, and what would decide it. Never overwritten."""

    time: int
    """Data watermark: the newest observation that went into it."""
    entity: str
    """``host``, ``uplink/NAME`` or ``service/NAME``; ``country/PK``, ``asn/17557``."""
    code: str
    """Stable name of the row that matched, such as ``isp-access``; ``fine`` if none.
    Of the cause model: a cause, ``undetermined``, ``disputed`` or ``several``."""
    row: int
    """Row of the decision table; -1 for ``fine`` and for rows of the host itself."""
    state: State
    sentence: Message
    confidence: float
    """That of the rule times the beliefs it rests on, 0 to 1; see ``calibrated``."""
    causes: tuple[tuple[Cause, float], ...]
    """Ranked, with shares that sum to at most 1; empty when all is fine."""
    evidence: tuple[Evidence, ...]
    alternatives: tuple[Message, ...]
    next_test: Message | None
    """The test that would decide most, when one is missing."""
    since: int
    """When this state of affairs began: the first failed probe, not the verdict."""
    family: int = 0
    """4 or 6 when it speaks of one address family; 0 when of both."""
    model: str = ""
    """Version of the rules that made it."""
    extra_seconds: float = 0.0
    """Delay above the usual of what is worse, 0 where nothing is slower."""
    extra_loss: float = 0.0
    """Share lost above the usual of what is worse, 0 to 1."""
    tests: tuple[Message, ...] = ()
    """The missing tests that would decide most, the best first; where a model knows."""
    calibrated: bool = False
    """Whether *causes* are probabilities that met labelled events, no shares of a rule.
    """
