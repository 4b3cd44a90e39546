"""Every row of the decision table can be reached with what is shipped, or says why not.

A row that nothing measures for is a promise that cannot be kept. Here each row names
the targets it is told from; what only the user can give is in ``ONLY_THE_USER``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from rabta.attribute.table import LINE_ROWS, SERVICE_ROWS
from rabta.config import load
from rabta.config.targets import (
    countries,
    first_hop_target,
    gateway_target,
    resolver_targets,
    targets,
)
from rabta.model import Line, Probe, Rung, Target, Uplink


UPLINK = Uplink(
    "wan",
    "eth0",
    2,
    "wired",
    True,
    (
        Line(4, "192.0.2.2", "192.0.2.1", resolvers=("192.0.2.53",)),
        Line(6, "2001:db8::2", "fe80::1", resolvers=("2001:db8::53",)),
    ),
)
ONLY_THE_USER = {
    "6": "a second uplink in another network, to be dark together with the first",
    "14": "another uplink, or a vantage, over which the service works",
    "16": "a service that is visited over plain HTTP: none is, by default",
    "20": "another uplink, or a vantage, over which the service works",
}
"""Rows that need more than targets, and what. The targets they need are tested."""
ONLY_A_COUNTRY = {"7": "hosts in the country, which stay up while abroad is dark"}
"""Rows that the world's data cannot reach: it does not know where the user is."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one line of one family measures by default in one country."""

    found: tuple[Target, ...]
    services: tuple[str, ...]

    def on(self, rung: Rung, *probes: Probe) -> list[Target]:
        """Return the targets of *rung* that have all of *probes*."""
        on = [t for t in self.found if t.rung is rung]
        return [t for t in on if set(probes) <= set(t.probes)]

    def control(self, role: str, *probes: Probe, of: str = "") -> bool:
        """Whether there is a control of *role* with any of *probes*, of a service."""
        return any(
            t.role == role and t.control_for == of and set(probes) & set(t.probes)
            for t in self.on(Rung.CONTROL)
        )

    def each(self, role: str, *probes: Probe) -> bool:
        """Whether every service has such a control."""
        return all(self.control(role, *probes, of=name) for name in self.services)

    @property
    def corridors(self) -> dict[str, int]:
        """How many members each way out of the country has."""
        ways = [t.corridor for t in self.on(Rung.INTERNATIONAL)]
        return {way: ways.count(way) for way in ways if way}

    @property
    def beyond(self) -> bool:
        """Whether an outage beyond the first hop can be seen, and the hop be learnt."""
        far = self.on(Rung.ANYCAST) and self.on(Rung.INTERNATIONAL)
        return bool(far) and bool(self.on(Rung.CONTROL, Probe.PATH))

    @property
    def anchors(self) -> int:
        """How many operators of anycast there are."""
        probes = (Probe.ICMP, Probe.TCP, Probe.DNS)
        return len({t.asn for t in self.on(Rung.ANYCAST, *probes)})

    @property
    def names(self) -> bool:
        """Whether each service's name is asked of all who tell who forged it."""
        return (
            all(Probe.DNS in t.probes for t in self.on(Rung.SERVICE))
            and self.each("trusted-dns", Probe.DOH)
            and self.each("trusted-dns", Probe.DOT)
            and self.each("public-dns", Probe.DNS)
            and self.each("non-resolver", Probe.DNS)
        )


Needs = Callable[[Shipped], object]
TCP, TLS, HTTP = Probe.TCP, Probe.TLS, Probe.HTTP
NEEDS: dict[str, Needs] = {
    "0": lambda s: s.on(Rung.CONTROL, Probe.CAPTIVE),
    "1": lambda _: True,  # the system reports carrier and address
    "2": lambda s: s.on(Rung.GATEWAY, Probe.NEIGHBOUR),
    "3": lambda s: s.on(Rung.GATEWAY, Probe.ICMP) and s.anchors >= 2,
    "4": lambda s: s.on(Rung.FIRST_HOP) and s.beyond,
    "5": lambda s: s.on(Rung.FIRST_HOP) and s.beyond,
    "6": lambda s: s.beyond,
    "7": lambda s: s.on(Rung.DOMESTIC) and len(s.corridors) >= 2,
    "8": lambda s: len(s.corridors) >= 3 and min(s.corridors.values()) >= 2,
    "9": lambda s: len(s.corridors) >= 3 and min(s.corridors.values()) >= 2,
    "10": lambda s: s.anchors >= 3 and s.on(Rung.INTERNATIONAL),
    "11": lambda s: len(s.on(Rung.RESOLVER, Probe.DNS)) >= 2 and s.anchors >= 2,
    "12": lambda s: (
        s.anchors >= 2
        and s.control("trusted-dns", Probe.DOH)
        and s.control("trusted-dns", Probe.DOT)
        and s.control("", Probe.DNS_TCP)
    ),
    "13": lambda s: s.names,
    "14": lambda s: s.on(Rung.SERVICE, TCP) and s.each("sibling", TCP),
    "15": lambda s: (
        s.on(Rung.SERVICE, TLS)
        and s.each("innocuous-sni", TLS)
        and s.each("neutral-helper", TLS)
    ),
    "16": lambda s: s.on(Rung.SERVICE, HTTP),
    "17": lambda s: s.on(Rung.SERVICE, Probe.QUIC, TCP),
    "18": lambda s: any(throttling(s, name) for name in s.services),
    "19": lambda s: s.on(Rung.SERVICE, HTTP),
    "20": lambda s: s.on(Rung.SERVICE, TCP) and s.each("sibling", TCP),
    "21": lambda s: s.on(Rung.FIRST_HOP) and s.beyond,
    "22": lambda _: True,
}


def throttling(s: Shipped, name: str) -> bool:
    """Whether a long page is timed under two names at one address, and visited."""
    mine = [t for t in s.on(Rung.CONTROL) if t.control_for == name]
    timed = {t.role: t for t in mine if Probe.FETCH in t.probes}
    if timed.keys() != {"", "innocuous-sni"}:
        return False
    own, other = timed[""], timed["innocuous-sni"]
    one_place = (own.host, own.port, own.url) == (other.host, other.port, other.url)
    (service,) = (t for t in s.on(Rung.SERVICE) if t.name == name)
    visits = any(t.url == own.url and HTTP in t.probes for t in mine)
    return one_place and own.sni != other.sni and own.url != service.url and visits


def shipped(tmp_path, country: str, family: int, text: str = "") -> Shipped:
    file = tmp_path / "rabta.toml"
    file.write_text(f'country = "{country}"\n{text}', "utf-8")
    config = load(file, {"HOME": str(tmp_path)})
    every = (
        *targets(config),
        *resolver_targets(UPLINK, config),
        gateway_target(UPLINK, family),
        first_hop_target(UPLINK, family, "100.64.0.1"),
    )
    found = tuple(t for t in every if family in t.families)
    return Shipped(found, tuple(one.name for one in config.services))


def rows() -> Iterable[str]:
    return dict.fromkeys(str(row.number) for row in (*LINE_ROWS, *SERVICE_ROWS))


def test_every_row_of_the_table_says_what_it_needs():
    assert set(NEEDS) == set(rows())
    assert ONLY_THE_USER.keys() | ONLY_A_COUNTRY.keys() <= set(NEEDS)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("country", [*countries(), "world"])
def test_every_row_can_be_reached_by_default(country, family, tmp_path):
    here = shipped(tmp_path, country, family)

    # Pakistan's own hosts were measured over IPv4 only
    lacking = {row for row, needs in NEEDS.items() if not needs(here)}
    assert lacking == (set() if here.on(Rung.DOMESTIC) else set(ONLY_A_COUNTRY))


def test_a_plain_site_that_the_user_names_can_be_judged_by_its_page(tmp_path):
    here = shipped(tmp_path, "PK", 4, 'services = ["http://shop.test/"]\n')

    (site,) = here.on(Rung.SERVICE)
    assert site.url.startswith("http://")
    assert not any(t.url.startswith("http://") for t in shipped_services(tmp_path))


def shipped_services(tmp_path) -> list[Target]:
    return shipped(tmp_path, "world", 4).on(Rung.SERVICE)
