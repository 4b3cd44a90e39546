"""What can be configured, as frozen dataclasses with the defaults."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from rabta.config.read import Section
    from rabta.model.target import Target


@dataclass(frozen=True, slots=True)
class Service:
    """One service people need, from the catalogue or given by its URL."""

    name: str
    title: str
    url: str
    sibling: str = ""
    """Another host of the same operator, to compare with; empty when none is known."""
    page: str = ""
    """URL of a public page on the same host, of 64 KiB at least, that is timed; empty
    for *url* itself."""
    quic: bool = False
    """Whether it is known to speak QUIC on UDP/443."""
    controls: bool = True
    """Whether it may be compared with others, who then hear its name."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Where the dashboard and the API listen."""

    host: str = "127.0.0.1"
    port: int = 4880
    token_file: Path | None = None
    """Required when *host* is not a loopback address."""


@dataclass(frozen=True, slots=True)
class Store:
    """Where observations are kept, and for how long; hourly figures stay for ever."""

    path: Path
    raw_days: int = 7
    minute_days: int = 90


@dataclass(frozen=True, slots=True)
class UplinkSettings:
    """What the user knows of an uplink and the system does not."""

    interface: str
    name: str = ""
    isp: str = ""
    asn: int = 0
    metered: bool | None = None
    """None where nothing is said: then a cellular uplink is."""
    budget_mb_per_day: float | None = None
    """Megabytes (10^6 bytes) for all probes of a day."""
    tier: int = 1
    """Where traffic goes first: a lower one before a higher one."""
    cap_gb_per_month: float | None = None
    """Gigabytes (10^9 bytes) of all traffic in a calendar month, after which traffic
    goes there only if nothing else works; None for no cap."""

    @property
    def budget_bytes(self) -> int | None:
        """Bytes per day; None when nothing is said."""
        if self.budget_mb_per_day is None:
            return None
        return round(self.budget_mb_per_day * 1_000_000)


@dataclass(frozen=True, slots=True)
class Steer:
    """How traffic is moved between uplinks; seconds, see ``rabta.steer.policy``."""

    apply: bool = False
    """Whether ``rabta up`` sets the routes; else it only says where it would go."""
    patience: float = 0.0
    settle: float = 5.0
    hold: float = 60.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """The throughput test; off while *server* is empty."""

    server: str = ""
    """``wss://`` or ``ws://`` URL of an ndt7 server."""
    interval: float = 21600.0
    """Seconds between tests of one uplink."""


@dataclass(frozen=True, slots=True)
class Power:
    """Where to ask about mains power; off while *nut* is empty."""

    nut: str = ""
    """``ups@host`` or ``ups@host:port`` of Network UPS Tools."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who signs when the evidence log grew; nobody while this is empty."""

    timestamp_server: str = ""
    """URL of a time-stamping authority, RFC 3161."""


@dataclass(frozen=True, slots=True)
class Vantage:
    """Another Rabta, elsewhere, that is asked how it sees the services."""

    name: str
    url: str
    token_file: Path | None = None
    fingerprint: str = ""
    """SHA-256 of the certificate it must show; empty: the authorities' word counts."""


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """What the user says of a public source, by its name in ``rabta fetch``."""

    name: str
    url: str = ""
    """Asked instead of the usual address: a mirror or a cache of one's own."""
    token_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """Where people are told of disruptions."""

    name: str
    kind: str
    """``webhook``, ``email``, ``telegram`` or ``apprise``."""
    url: str = ""
    """Of the webhook, the mail server (``smtps://host``) or Telegram's API."""
    to: str = ""
    """The address or the chat."""
    sender: str = ""
    user: str = ""
    token_file: Path | None = None
    """Token, password, or for Apprise the whole URL."""
    after: float = 60.0
    """Seconds a disruption must have lasted."""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class RelayRule:
    """What the relay does with connections to some hosts."""

    hosts: tuple[str, ...]
    """Names, ``*.`` before one for all below it too, or addresses; ``*`` for all."""
    prefer: str = ""
    """The uplink that is tried first."""
    unmetered: bool = False
    """Whether a metered uplink must not be used."""
    never: tuple[str, ...] = ()
    """Uplinks that must not be used."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where ``rabta relay`` listens, for whom, and which uplink carries what."""

    host: str = "127.0.0.1"
    port: int = 4882
    token_file: Path | None = None
    """Required when *host* is not a loopback address."""
    clients: tuple[str, ...] = ()
    """Networks whose machines may use it; the same."""
    reach: tuple[str, ...] = ()
    """Networks that are not the open Internet and that they may reach through it."""
    rule: tuple[RelayRule, ...] = ()
    """The first that fits a host counts."""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One thing on the status page, by its public title."""

    title: str
    uplink: str = ""
    service: str = ""
    """Neither: whether any uplink works."""


@dataclass(frozen=True, slots=True)
class StatusPageSettings:
    """The page that ``rabta report --status-page`` writes."""

    title: str
    url: str = ""
    """Where it will be found."""
    show: tuple[ShownItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Lab:
    """For tests only."""

    pace: float = 1.0
    """Every interval of ``rabta.config.targets`` is multiplied by it."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that was configured, checked."""

    store: Store
    country: str = "world"
    """ISO 3166-1 alpha-2, or ``world`` when unknown."""
    language: str = "en"
    services: tuple[Service, ...] = ()
    dashboard: Dashboard = field(default_factory=Dashboard)
    uplinks: tuple[UplinkSettings, ...] = ()
    extra_targets: "tuple[Target, ...]" = ()
    """The user's own ``[[target]]`` tables; ``rabta.config.targets`` joins them."""
    targets_file: Path | None = None
    """Read instead of the shipped target data."""
    learn_providers: bool = True
    """Whether others are asked for the public address and the AS of a line."""
    throughput: Throughput = field(default_factory=Throughput)
    steer: Steer = field(default_factory=Steer)
    power: Power = field(default_factory=Power)
    evidence: Evidence = field(default_factory=Evidence)
    vantages: tuple[Vantage, ...] = ()
    """Whom the daemon asks; the helper is one of them."""
    helper: Vantage | None = None
    """The user's ``rabta helper`` abroad."""
    sources: tuple[SourceSettings, ...] = ()
    channels: tuple[Channel, ...] = ()
    relay: Relay = field(default_factory=Relay)
    firm: "Section | None" = None
    """The ``[firm]`` table; what is in it is read by ``rabta.cost.firm.table``."""
    status_page: StatusPageSettings | None = None
    """None where nothing is said of it."""
    contracts: "tuple[Section, ...]" = ()
    """The ``[[contract]]`` tables, read by ``rabta.cost.service.contract``."""
    lab: Lab = field(default_factory=Lab)
    file: Path | None = None
    """Where it was read from; None when there is no file."""
    origins: tuple[tuple[str, str], ...] = ()
    """(key, where its value came from), in the order of the keys."""

    def uplink(self, interface: str) -> UplinkSettings | None:
        """Return what was said of *interface*, if anything."""
        return next((one for one in self.uplinks if one.interface == interface), None)

    def source(self, name: str) -> SourceSettings:
        """Return what was said of a public source."""
        found = (one for one in self.sources if one.name == name)
        return next(found, SourceSettings(name))

    def origin(self, key: str) -> str:
        """Say where the value of *key* came from, such as ``default``."""
        return dict(self.origins).get(key, "default")
