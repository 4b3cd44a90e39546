"""What the simulated office measures: invented hosts on documentation addresses."""

from pathlib import Path

from rabta.agent.demo.office import UPLINKS
from rabta.config import Config, Service, Store
from rabta.config.targets import first_hop_target, gateway_target, resolver_targets
from rabta.config.targets import targets as real_targets
from rabta.model import LineKey, Probe, Rung, Target


SERVICES = (
    Service("code", "Code hosting", "https://code.example/"),
    Service("meetings", "Meetings", "https://meetings.example/"),
    Service("payments", "Payments", "https://payments.example/"),
    Service("shop", "Our shop", "https://shop.example/"),
)
_CORRIDORS = {"west": "DE", "gulf": "AE", "east": "SG", "us": "US"}


def targets() -> dict[LineKey, tuple[Target, ...]]:
    """Return what is probed over each line."""
    found = {}
    for number, uplink in enumerate(UPLINKS):
        first_hop = first_hop_target(uplink, 4, f"192.0.2.{number + 1}")
        own = (gateway_target(uplink, 4), first_hop, *resolver_targets(uplink))
        found[uplink.name, 4] = own + _common()
    return found


def _common() -> tuple[Target, ...]:
    anycast = tuple(
        Target(
            f"anycast-{name}",
            Rung.ANYCAST,
            f"198.51.100.{number}",
            (Probe.ICMP, Probe.TCP, Probe.DNS),
            interval=5.0,
            families=(4,),
            query="www.example.com",
            asn=64510 + number,
        )
        for number, name in enumerate("abcd", 1)
    )
    domestic = tuple(
        Target(
            f"domestic-{number}",
            Rung.DOMESTIC,
            f"198.51.100.{20 + number}",
            (Probe.ICMP, Probe.TCP),
            families=(4,),
            asn=64520 + number % 4,
            country="PK",
        )
        for number in range(1, 7)
    )
    abroad = tuple(
        Target(
            f"{corridor}-{number}",
            Rung.INTERNATIONAL,
            f"203.0.113.{10 * place + number}",
            (Probe.ICMP, Probe.TCP),
            families=(4,),
            country=country,
            corridor=corridor,
        )
        for place, (corridor, country) in enumerate(_CORRIDORS.items(), 1)
        for number in range(1, 4)
    )
    return anycast + domestic + abroad + _services()


def _services() -> tuple[Target, ...]:
    """Return the services with the controls that every installation has."""
    config = Config(store=Store(Path()), services=SERVICES)
    return tuple(
        target
        for target in real_targets(config)
        if target.rung in (Rung.SERVICE, Rung.CONTROL) and 4 in target.families
    )
