"""What a ladder hands to the judge: the state of one line at one moment."""

from dataclasses import dataclass

from rabta.attribute.lately import Unsteady
from rabta.attribute.throttling import Throttling
from rabta.model import Probe, Rung, RungState, State, Uplink
from rabta.model.status import ServiceCell


@dataclass(frozen=True, slots=True)
class Want:
    """One extra probe that would settle a doubt now."""

    target: str
    probe: Probe
    why: str
    """``doubt``, ``lower-rung``, ``sibling``, ``recovery``, ``resolver``, ``control``,
    ``elsewhere`` or ``pair``."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """One rung, or one corridor of the international rung."""

    rung: Rung
    state: State = State.UNKNOWN
    group: str = ""
    up: int = 0
    down: int = 0
    uncertain: int = 0
    degraded: int = 0
    rtt: float | None = None
    """Median over the members that are up of their smoothed RTT, seconds."""
    loss: float | None = None
    extra_rtt: float = 0.0
    """Median over degraded members of the delay above their baselines, seconds."""
    extra_loss: float = 0.0
    later: float = 0.0
    """As *extra_rtt*, over all members that are up, proven to be worse or not."""
    slow: int = 0
    """How many members transfer at half of their usual rate or less."""
    since: int = 0
    """When this state began, microseconds UTC: the first failed probe."""
    entered: int = 0
    """When it was concluded."""
    belief: float = 1.0
    """Probability that the state is right."""
    last_ok: int = 0
    last_silence: int = 0
    interval: float = 10.0
    """Seconds between probes of one member."""

    @property
    def total(self) -> int:
        """How many members were measured lately."""
        return self.up + self.down + self.uncertain

    @property
    def holds(self) -> bool:
        """Whether it can be stood upon: up, if perhaps worse than usual."""
        return self.state in (State.UP, State.DEGRADED)

    @property
    def light(self) -> RungState:
        """The same for people."""
        return RungState(
            self.rung,
            self.state,
            self.group,
            self.up,
            self.down,
            self.uncertain,
            self.rtt,
            self.loss,
            self.since,
        )


ABSENT = GroupState(Rung.ANYCAST)
"""Nothing is known of it; ``replace`` the rung."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the line's own resolver said of a service's name, and what others did."""

    state: State = State.UNKNOWN
    """DOWN when the answer is wrong while a trusted resolver gives a good one."""
    kind: str = ""
    """How it is wrong: ``nxdomain``, ``bogon``, ``mismatch`` or ``silent``."""
    trusted: State = State.UNKNOWN
    """Whether a resolver reached over TLS or HTTPS answers."""
    forged_on_path: str = ""
    """Why it was forged on the way: ``public``, ``non-resolver``, ``second`` or
    ``early``; empty when it was not seen to be."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One service over one line."""

    name: str
    state: State = State.UNKNOWN
    stage: str = ""
    """Where it fails first: ``dns``, ``tcp``, ``tls`` or ``http``."""
    failure: str = ""
    attempts: int = 0
    """Failures in a row at that stage."""
    since: int = 0
    entered: int = 0
    out: tuple[int, int] = (0, 0)
    """When it last was down before: from its first failure to the answer that ended it;
    zeros if it never was."""
    last_ok: int = 0
    """When the whole of it last worked, not its name or its port alone."""
    last_failed: int = 0
    seconds: float | None = None
    """Duration of the last successful check."""
    plain: bool = False
    """Asked over plain HTTP."""
    inside: bool = False
    """It fails at a private address, which is nobody's to block on the way."""
    interference: str = ""
    """``reset``, ``timeout``, ``certificate``, ``blockpage`` or ``redirect``."""
    server_error: bool = False
    """The server itself answered with a 5xx over a valid connection."""
    innocuous: State = State.UNKNOWN
    """The service's own address with a name nobody filters."""
    helper: State = State.UNKNOWN
    """An unrelated address with the service's name."""
    sibling: State = State.UNKNOWN
    """Another address of the service's operator."""
    answers: Answers = Answers()
    quic: State = State.UNKNOWN
    quic_worked: bool = False
    """QUIC to this service was seen to work on this line before."""
    quic_since: int = 0
    path_end: str = ""
    """The last address that answered on the way, when the path did not arrive."""
    pace: Throttling | None = None
    unsteady: Unsteady | None = None
    """It fails now and then."""


@dataclass(frozen=True, slots=True)
class LineState:
    """One address family of one uplink at one moment."""

    uplink: Uplink
    family: int
    watermark: int
    """Time of the newest observation, microseconds UTC."""
    carrier: GroupState
    address: GroupState
    lacks: str
    """Why the address rung is down: ``address``, ``self-assigned``, ``route`` or
    ``conflict``."""
    gateway: GroupState
    first_hop: GroupState
    resolver: GroupState
    anycast: GroupState
    domestic: GroupState
    international: GroupState
    corridors: tuple[GroupState, ...]
    udp53: State
    """Plain queries to the anycast resolvers."""
    udp53_since: int
    tcp443: State
    """Connections to the same addresses."""
    trusted_dns: State
    """Resolvers reached over TLS or HTTPS."""
    https_ok: int
    """When one of those over HTTPS, whose port portals take over too, last answered
    under a valid certificate, microseconds UTC; 0 for one that has failed since."""
    https_failed: int
    """When one of those last failed."""
    tcp53: State
    """Plain queries over TCP."""
    remote_anycast: State
    """Anycast members answered from abroad; UNKNOWN when all are answered near by."""
    silent_anycast: str
    """The one anycast member that is down while the others are up."""
    silent_anycast_since: int
    captive_since: int
    """When a portal's answer first came instead of the genuine one; 0 if none."""
    captive_outlasts: bool
    """Whether it still came after something encrypted had passed."""
    captive_target: str
    services: tuple[ServiceState, ...]
    answers_beyond: int
    """When something beyond the gateway last answered, microseconds UTC."""
    loss_beyond: float
    """Share of probes beyond the gateway that were lost lately, 0 to 1."""
    relit: int
    """When a dark rung last came back."""
    overall: State
    rungs: tuple[RungState, ...]
    cells: tuple[tuple[str, ServiceCell], ...]
    """Name of the service and its cell."""
    calm: bool
    """Nothing is out of the ordinary below the services, and of those none is in doubt;
    what comes next need not be looked at twice."""
    suffers_since: int = 0
    """Since when all beyond the gateway suffers alike, microseconds UTC; 0 if not."""

    @property
    def groups(self) -> tuple[GroupState, ...]:
        """The groups beyond the first hop that say whether the world is reached."""
        return (self.anycast, self.domestic, self.international)
