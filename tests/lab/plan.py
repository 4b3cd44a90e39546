"""The lab's world on paper: who is where, under which address and name.

The addresses look like those of the real Internet because some judgements depend on
that (documentation ranges are bogons, 1.1.1.1 is anycast), and they can: no packet
leaves the namespaces.

::

    host ── air ── cpe ── bng ══ core ──┬── ix ── dom1-3, any      inside the country
    (one lane for each ISP)             └── gate ══ west gulf east us ── transit
                                                                           └── vantage
    ── veth   ══ the forwarder: delay, jitter, loss, middleboxes

Each ISP has capacity of its own on each corridor, so that a corridor can be cut for
one of them or for all.
"""

from dataclasses import dataclass


ZONE = "lab.example"
COUNTRY = "PK"
NEIGHBOUR = 64599
"""AS of somebody else in the country."""


@dataclass(frozen=True, slots=True)
class Isp:
    """One access network; *number* counts from 1 and shapes every address."""

    number: int
    name: str
    asn: int
    rtt: float
    """Seconds, host to core and back."""
    carrier_grade_nat: bool = False

    @property
    def interface(self) -> str:
        return f"wan{self.number}"

    @property
    def host4(self) -> str:
        return f"192.168.{self.number}.2"

    @property
    def gateway4(self) -> str:
        return f"192.168.{self.number}.1"

    @property
    def host6(self) -> str:
        return f"2400:4{self.number}00:1:1::2"

    @property
    def first_hop4(self) -> str:
        return f"{self._wan4}.1"

    @property
    def cpe4(self) -> str:
        return f"{self._wan4}.2"

    @property
    def _wan4(self) -> str:
        return "100.64.2" if self.carrier_grade_nat else f"39.4{self.number}.1"

    @property
    def first_hop6(self) -> str:
        return f"{self.net6}:0:1::1"

    @property
    def cpe6(self) -> str:
        return f"{self.net6}:0:1::2"

    @property
    def net4(self) -> str:
        return f"39.4{self.number}"

    @property
    def net6(self) -> str:
        return f"2400:4{self.number}00"

    @property
    def prefixes(self) -> tuple[str, str]:
        return f"{self.net4}.0.0/16", f"{self.net6}::/32"

    @property
    def resolver4(self) -> str:
        return f"{self.net4}.0.53"

    @property
    def resolver6(self) -> str:
        return f"{self.net6}::53"

    @property
    def blockpage4(self) -> str:
        return f"{self.net4}.0.80"

    @property
    def blockpage6(self) -> str:
        return f"{self.net6}::80"


@dataclass(frozen=True, slots=True)
class Site:
    """A namespace with servers: every address of its prefixes is answered."""

    namespace: str
    prefixes: tuple[str, ...]
    resolves: bool = False
    """Runs DNS on UDP, TCP, TLS and HTTPS."""
    corridor: str = ""
    rtt: float = 0.0
    """Seconds over its corridor, there and back."""

    @property
    def net4(self) -> str:
        return self.prefixes[0].split(".0.0/")[0]

    @property
    def net6(self) -> str:
        return self.prefixes[1].split("::/")[0]


@dataclass(frozen=True, slots=True)
class Service:
    """A web site people work with.

    Of the two addresses of each family the first is that of its name, the other that
    of its sibling, which the same operator runs.
    """

    name: str
    site: str
    asn: int
    number: int

    @property
    def host(self) -> str:
        return f"{self.name}.{ZONE}"

    @property
    def sibling(self) -> str:
        return f"api-{self.name}.{ZONE}"

    @property
    def addresses4(self) -> tuple[str, str]:
        net = SITES[self.site].net4
        return f"{net}.2.{self.number}", f"{net}.2.{self.number + 1}"

    @property
    def addresses6(self) -> tuple[str, str]:
        net = SITES[self.site].net6
        return f"{net}:2::{self.number}", f"{net}:2::{self.number + 1}"


ISPS = (
    Isp(1, "indus", 64511, 0.008),
    Isp(2, "ravi", 64512, 0.014, carrier_grade_nat=True),
    Isp(3, "chenab", 64513, 0.030),
)

DOMESTIC = (
    Site("dom1", ("111.68.0.0/16", "2400:d100::/32")),
    Site("dom2", ("111.88.0.0/16", "2400:d200::/32")),
    Site("dom3", ("111.92.0.0/16", "2400:d300::/32")),
)
ABROAD = (
    Site("west", ("5.101.0.0/16", "2a01:100::/32"), corridor="west", rtt=0.120),
    Site("gulf", ("94.102.0.0/16", "2a01:200::/32"), corridor="gulf", rtt=0.035),
    Site("east", ("103.103.0.0/16", "2a01:300::/32"), corridor="east", rtt=0.070),
    Site("us", ("104.104.0.0/16", "2a01:400::/32"), corridor="us", rtt=0.230),
)
NODE = Site(  # the in-country nodes of three anycast operators
    "any",
    (
        *("1.1.1.0/24", "2606:4700:4700::/48"),
        *("8.8.8.0/24", "2001:4860:4860::/48"),
        *("9.9.9.0/24", "2620:fe::/48"),
    ),
    resolves=True,
)
VANTAGE = Site("vantage", ("80.82.0.0/16", "2a01:500::/32"))
SITES = {site.namespace: site for site in (*DOMESTIC, *ABROAD, NODE, VANTAGE)}
CORRIDORS = tuple(site.corridor for site in ABROAD)


@dataclass(frozen=True, slots=True)
class Anycast:
    operator: str
    asn: int
    address4: str
    address6: str
    namespace: str = "any"


# The fourth operator has no node in the country: the east corridor leads to it.
ANYCAST = (
    Anycast("one", 13335, "1.1.1.1", "2606:4700:4700::1111"),
    Anycast("eight", 15169, "8.8.8.8", "2001:4860:4860::8888"),
    Anycast("nine", 19281, "9.9.9.9", "2620:fe::fe"),
    Anycast("umbrella", 36692, "208.67.222.222", "2620:119:35::35", "east"),
)
ANYCAST_ABROAD = ("208.67.222.0/24", "2620:119:35::/48")

SERVICES = (
    Service("code", "us", 64601, 10),
    Service("meet", "west", 64602, 20),
    Service("pay", "gulf", 64603, 30),
    Service("docs", "east", 64604, 40),
    Service("bank", "dom1", 64605, 50),
)
SERVICE = {service.name: service for service in SERVICES}

IX4, IX6 = "185.1.99", "2001:7f8:99:"
IX_SERVER4, IX_SERVER6 = f"{IX4}.250", f"{IX6}:250"
INNOCUOUS = f"www.innocuous.{ZONE}"
HELPER = f"helper.{ZONE}"
HELPER4, HELPER6 = "5.101.2.200", "2a01:100:2::200"
NON_RESOLVER4, NON_RESOLVER6 = "104.104.1.99", "2a01:400:1::99"
CAPTIVE = f"connect.{ZONE}"
CAPTIVE4, CAPTIVE6 = "1.1.1.204", "2606:4700:4700::204"
VANTAGE4, VANTAGE6 = "80.82.0.10", "2a01:500::10"
VANTAGE_NAME = f"vantage.{ZONE}"


def member(site: Site, number: int) -> tuple[str, str]:
    """Return the two addresses of the *number*-th measured server of *site*."""
    return f"{site.net4}.1.{number}", f"{site.net6}:1::{number}"


def records() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Every name of the zone with its IPv4 and IPv6 addresses."""
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for service in SERVICES:
        four, six = service.addresses4, service.addresses6
        found[service.host] = four[:1], six[:1]
        found[service.sibling] = four[1:], six[1:]
    found |= {
        INNOCUOUS: ((HELPER4,), (HELPER6,)),
        HELPER: ((HELPER4,), (HELPER6,)),
        CAPTIVE: ((CAPTIVE4,), (CAPTIVE6,)),
        VANTAGE_NAME: ((VANTAGE4,), (VANTAGE6,)),
        f"www.{ZONE}": (
            (member(DOMESTIC[0], 10)[0],),
            (member(DOMESTIC[0], 10)[1],),
        ),
    }
    for site in (*DOMESTIC, *ABROAD):
        for number in (10, 11, 12):
            a, aaaa = member(site, number)
            found[f"{site.namespace}{number}.{ZONE}"] = ((a,), (aaaa,))
    return found
