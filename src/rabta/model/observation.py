"""What one probe saw. What it means is somebody else's business."""

from dataclasses import dataclass

from rabta.model.target import Probe


@dataclass(frozen=True, slots=True)
class Phases:
    """Seconds spent in each phase; None for one that was not reached."""

    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None
    processing: float | None = None
    """From the last byte of the request to the first of the answer."""
    transfer: float | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The leaf certificate that was shown, valid or not."""

    subject: str
    issuer: str
    not_before: int
    not_after: int
    """Microseconds UTC."""
    sha256: str
    names: tuple[str, ...]
    problem: str = ""
    """A failure name, empty when the certificate is valid for the name asked for."""


@dataclass(frozen=True, slots=True)
class DnsDetail:
    """One query and what came back."""

    query: str
    rcode: str
    answers: tuple[str, ...]
    """Addresses, sorted, at most 32 of them."""
    answer_count: int
    second: tuple[tuple[str, ...], ...] = ()
    """Further answers to the same query that disagree: a sign of injection."""
    first_after: float | None = None
    """Seconds until the first answer; far below the path's RTT is a sign too."""
    truncated: bool = False
    """The answer did not fit (TC); what it lists may be incomplete."""


@dataclass(frozen=True, slots=True)
class TlsDetail:
    """One handshake."""

    sni: str
    phases: Phases
    version: str = ""
    certificate: Certificate | None = None
    failed_in: str = ""
    """``connect`` or ``tls``, empty on success."""


@dataclass(frozen=True, slots=True)
class HttpDetail:
    """One request."""

    url: str
    phases: Phases
    status: int = 0
    location: str = ""
    body_bytes: int = 0
    body_sha256: str = ""
    title: str = ""
    certificate: Certificate | None = None
    failed_in: str = ""
    """``resolve``, ``connect``, ``tls``, ``processing`` or ``transfer``."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path; *address* is empty where nobody answered."""

    ttl: int
    address: str
    rtt: float | None


@dataclass(frozen=True, slots=True)
class PathDetail:
    """A path with one flow identifier throughout (Paris traceroute, IMC 2006)."""

    hops: tuple[Hop, ...]
    reached: bool


@dataclass(frozen=True, slots=True)
class RateDetail:
    """A timed transfer."""

    received_bytes: int
    seconds: float
    cumulative: tuple[tuple[float, int], ...] = ()
    """(seconds since the first byte, bytes so far), at most 128 samples."""


@dataclass(frozen=True, slots=True)
class LinkDetail:
    """What the system says of an interface."""

    carrier: bool | None
    source: str
    gateway: str
    has_route: bool
    conflict: bool = False


Detail = DnsDetail | TlsDetail | HttpDetail | PathDetail | RateDetail | LinkDetail


@dataclass(frozen=True, slots=True)
class Observation:
    """The outcome of one probe of one target over one line of one uplink."""

    time: int
    """When the probe was sent."""
    uplink: str
    family: int
    target: str
    probe: Probe
    value: float | None
    """Seconds; bits per second for FETCH and THROUGHPUT. None when it failed, and for a
    FETCH whose body was too short to show a rate."""
    failure: str | None = None
    """A name from ``rabta.failure``; None when it succeeded."""
    address: str = ""
    """The address that was probed."""
    spent_bytes: int = 0
    """What the probe cost on the wire, both ways, headers included (estimate)."""
    detail: Detail | None = None

    @property
    def ok(self) -> bool:
        """Whether the target answered as asked."""
        return self.failure is None
