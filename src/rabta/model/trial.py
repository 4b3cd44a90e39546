"""One trial of reaching a service: what was looked up, connected, shaken, asked.

OONI's measurements and Rabta's own test both become this, so that both are judged by
the same rules (``rabta.attribute.blocking``). Failures are named as in
``rabta.failure``; "" is success.
"""

from dataclasses import dataclass
from enum import StrEnum

from rabta.model.verdict import State


class Who(StrEnum):
    """Who answered a question about a name."""

    OWN = "own"
    """The resolver of the line."""
    PUBLIC = "public"
    """A public resolver, over plain UDP."""
    TRUSTED = "trusted"
    """A public resolver, over TLS or HTTPS."""
    NOBODY = "nobody"
    """An address that runs no resolver: any answer was made on the way."""


class Layer(StrEnum):
    """How far one step of the way goes."""

    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    HTTP = "http"
    QUIC = "quic"
    """Its versions, of an address."""
    QUIC_HELLO = "quic-hello"
    """Its handshake, with a name."""
    ECH = "ech"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One question for addresses of *host*."""

    host: str
    who: Who = Who.OWN
    failure: str = ""
    addresses: tuple[str, ...] = ()
    networks: tuple[int, ...] = ()
    """AS numbers of the addresses, where known."""
    second: bool = False
    """Another, different answer followed: two hands answered."""
    early: bool = False
    """It came sooner than the one who was asked can answer."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to a request."""

    status: int = 0
    size: int = -1
    """Bytes of the body; -1 where unknown."""
    whole: bool = True
    """Whether *size* is all of it."""
    title: str = ""
    location: str = ""
    headers: frozenset[str] = frozenset()
    """Names of its headers, lower case."""
    text: str = ""
    """The beginning of its body."""


@dataclass(frozen=True, slots=True)
class Step:
    """One attempt at one address."""

    layer: Layer
    host: str
    address: str
    port: int = 443
    failure: str = ""
    control: State = State.UNKNOWN
    """Whether the same works from where nobody interferes."""
    innocuous: State = State.UNKNOWN
    """TLS and QUIC: the same address, shown a name nobody filters; ECH: the same
    address and outer name, without it."""
    helper: State = State.UNKNOWN
    """TLS and ECH: an unrelated address, shown this name."""
    sibling: State = State.UNKNOWN
    """TCP: another address of the same operator."""
    url: str = ""
    page: Page | None = None

    @property
    def secure(self) -> bool:
        """Whether a request went over TLS."""
        return self.url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Trial:
    """All that was tried for one service over one line, and what controls say."""

    host: str
    secure: bool = True
    """Whether the service is asked over TLS."""
    lookups: tuple[Lookup, ...] = ()
    steps: tuple[Step, ...] = ()
    named: State = State.UNKNOWN
    """Whether the control finds addresses for *host*."""
    unknown_name: bool = False
    """The control says that *host* does not exist."""
    addresses: tuple[str, ...] = ()
    """What the control finds for *host*."""
    networks: tuple[int, ...] = ()
    page: Page | None = None
    """What the control was given; None where it was given nothing."""
    reached: State = State.UNKNOWN
    """Whether the control got through to the end."""
    ours: bool = False
    """Whether this machine made it and can ask more, an operator's other address and
    pairs of speed: then one silent address, or an answer that stalled, says nothing
    yet."""
    distrusted: frozenset[str] = frozenset()
    """Addresses to which only a forged answer leads; the judge fills it in."""

    def of(self, layer: Layer) -> tuple[Step, ...]:
        """Return the steps of one layer."""
        return tuple(one for one in self.steps if one.layer is layer)


@dataclass(frozen=True, slots=True)
class Concluded:
    """What a test of OONI says of the parts of an app: its conclusion, not its data."""

    test: str
    parts: tuple[tuple[str, State], ...]
    """Name of the part and DOWN where it found blocking; UNKNOWN is left out."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of somebody else as it was told, still to be judged."""

    test: str
    time: int
    """Microseconds UTC."""
    country: str
    network: str
    """``asn/17557``; empty where unknown."""
    host: str
    """Whom it was about; empty for tests of no single one."""
    trial: Trial | None = None
    """What was tried, where that is told."""
    app: Concluded | None = None
    blocking: object = None
    """Web Connectivity's conclusion, for records that tell nothing else."""
    accessible: object = None
    anomaly: bool | None = None
    """What the API's list says, which tells nothing else."""


class Outcome(StrEnum):
    """What a trial comes to."""

    OK = "ok"
    DOWN = "down"
    """It fails from where nobody interferes as well."""
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Score:
    """What one rule says of one step; shares of belief, 0 to 1."""

    rule: str
    """Stable id, such as ``tls.fails-control-ok``."""
    blocked: float
    down: float
    ok: float
    mechanism: str = ""
    """OONI's taxonomy v1; empty where nothing is blocked."""
    about: str = ""
    """The name or the address it is about."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The judgement of one trial."""

    outcome: Outcome
    mechanisms: tuple[str, ...]
    """The nearest to the user first; empty unless blocked or throttled."""
    confidence: float
    """Of the rule that decided, 0 to 1; not calibrated."""
    scores: tuple[Score, ...]
    rule: str = ""
    """The rule that decided."""
    aside: tuple[str, ...] = ()
    """Mechanisms that touch a form of the protocol, whomever it is spoken to."""
