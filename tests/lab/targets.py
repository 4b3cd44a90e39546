"""What Rabta probes in the lab, in the formats of its own configuration."""

import json
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from rabta.config.services import Service as Chosen
from rabta.config.services import expand
from rabta.config.targets import TargetData, parse
from rabta.model import Probe, Rung, Target

from . import plan


_P = Probe
_CANARY = f"{{label}}.canary.{plan.ZONE}"
_BODY = 100_000
_FIXED = f"www.{plan.ZONE}"
_TRUSTED = (
    ("doh", "1.1.1.1", "one", (_P.DOH,), 443),
    ("dot", "9.9.9.9", "nine", (_P.DOT,), 853),
)


_WHOAMI = f"""
[[whoami]]
host = "1.1.1.1"
query = "whoami.{plan.ZONE}"

[origins]
ipv4 = "origin.{plan.ZONE}"
ipv6 = "origin6.{plan.ZONE}"
names = "asn.{plan.ZONE}"
"""


def lab_targets() -> tuple[Target, ...]:
    """Return everything that is probed over every uplink."""
    found = [*_anycast(), *_country(), *_abroad(), *_controls()]
    for service in plan.SERVICES:
        chosen = Chosen(
            name=service.name,
            title=service.name.title(),
            url=f"https://{service.host}/",
            sibling=service.sibling,
            page=f"https://{service.host}/bytes/{_BODY}",
            quic=True,
        )
        found += expand(chosen, _templates())
    plain = Chosen("news", "News", f"http://{plan.SERVICE['docs'].host}/")
    return (*found, *expand(plain, _templates()))


def target_file() -> str:
    """Return the lab's target data as a target file."""
    tables = [_table("target", target) for target in lab_targets()]
    tables += [_table("resolver", target) for target in _resolvers()]
    return "\n".join([*tables, _WHOAMI])


def control_file() -> str:
    """Return a target file with the controls of any service, as shipped ones have."""
    tables = [_table("control", target) for target in _templates()]
    tables += [_table("resolver", target) for target in _resolvers()]
    return "\n".join(tables)


def check() -> TargetData:
    """Read the lab's target file as Rabta does."""
    return parse(target_file(), "lab-targets.toml")


def configuration(
    folder: Path,
    uplinks: int,
    *,
    pace: float = 1.0,
    vantage: bool = True,
    told: bool = True,
) -> str:
    """Return a ``rabta.toml`` for the lab, which keeps everything in *folder*.

    *told*: whether the user says whose network each uplink is of.
    """
    lines = [
        f'country = "{plan.COUNTRY}"',
        'language = "en"',
        "services = []",
        f'targets_file = "{folder}/targets.toml"',
        f'[store]\npath = "{folder}/store"',
        f"[lab]\npace = {pace}",
    ]
    for isp in plan.ISPS[:uplinks]:
        lines.append(f'[[uplink]]\ninterface = "{isp.interface}"\nname = "{isp.name}"')
        if told:
            lines.append(f'isp = "{isp.name.title()}"\nasn = {isp.asn}')
    if vantage:
        lines.append(f'[[vantage]]\nname = "abroad"\nurl = "http://{plan.VANTAGE4}"')
    return "\n".join(lines) + "\n"


def write_configuration(
    folder: Path,
    uplinks: int,
    *,
    pace: float = 1.0,
    vantage: bool = True,
    told: bool = True,
) -> Path:
    """Write both files to *folder* and return that of the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "targets.toml").write_text(target_file())
    file = folder / "rabta.toml"
    text = configuration(folder, uplinks, pace=pace, vantage=vantage, told=told)
    file.write_text(text)
    return file


def _anycast() -> list[Target]:
    return [
        Target(
            name=f"{one.operator}-v{family}",
            rung=Rung.ANYCAST,
            host=address,
            probes=(_P.ICMP, _P.TCP, _P.DNS),
            interval=5,
            families=(family,),
            query=_FIXED,
            operator=one.operator.title(),
            asn=one.asn,
        )
        for one in plan.ANYCAST
        for family, address in ((4, one.address4), (6, one.address6))
    ]


def _members(site: plan.Site, numbers: Iterable[int], rung: Rung) -> list[Target]:
    return [
        Target(
            name=f"{site.namespace}{number}-v{family}",
            rung=rung,
            host=address,
            probes=(_P.ICMP, _P.TCP),
            families=(family,),
            operator=f"{site.namespace.title()} {number}",
            asn=64700 + 10 * _index(site) + number % 10,
            country=plan.COUNTRY if rung is Rung.DOMESTIC else "",
            corridor=site.corridor,
        )
        for number in numbers
        for family, address in zip((4, 6), plan.member(site, number), strict=True)
    ]


def _index(site: plan.Site) -> int:
    return [*plan.SITES].index(site.namespace)


def _country() -> list[Target]:
    found = [t for s in plan.DOMESTIC for t in _members(s, (10, 11), Rung.DOMESTIC)]
    exchange = zip((4, 6), (plan.IX_SERVER4, plan.IX_SERVER6), strict=True)
    found += [
        Target(
            name=f"exchange-v{family}",
            rung=Rung.DOMESTIC,
            host=address,
            probes=(_P.ICMP, _P.TCP),
            families=(family,),
            country=plan.COUNTRY,
        )
        for family, address in exchange
    ]
    return found


def _abroad() -> list[Target]:
    sites = plan.ABROAD
    return [t for s in sites for t in _members(s, (10, 11, 12), Rung.INTERNATIONAL)]


def _controls() -> list[Target]:
    return [
        Target(
            name="captive",
            rung=Rung.CONTROL,
            host=plan.CAPTIVE,
            probes=(_P.CAPTIVE,),
            interval=60,
            port=80,
            url=f"http://{plan.CAPTIVE}/generate_204",
        ),
        *_dns_controls("", _FIXED, 300),
    ]


def _dns_controls(prefix: str, query: str, interval: float) -> list[Target]:
    found = [
        Target(
            name=f"{prefix}{kind}",
            rung=Rung.CONTROL,
            role="trusted-dns",
            host=host,
            probes=probes,
            interval=interval,
            families=(4,),
            port=port,
            url=f"https://dns.{operator}.example/dns-query" if kind == "doh" else "",
            sni=f"dns.{operator}.example",
            query=query,
        )
        for kind, host, operator, probes, port in _TRUSTED
    ]
    asked = {"non-resolver": plan.NON_RESOLVER4}
    if "{host}" in query:
        asked["public-dns"] = "8.8.8.8"
    found += [
        Target(
            name=f"{prefix}{role}",
            rung=Rung.CONTROL,
            role=role,
            host=host,
            probes=(_P.DNS,),
            interval=interval,
            families=(4,),
            port=53,
            query=query,
        )
        for role, host in asked.items()
    ]
    return found


def _templates() -> list[Target]:
    """The controls of every service; ``{host}`` is the service's."""
    return [
        *_dns_controls("", "{host}", 900),
        Target(
            name="innocuous-sni",
            rung=Rung.CONTROL,
            role="innocuous-sni",
            host="{host}",
            probes=(_P.TLS,),
            interval=900,
            sni=plan.INNOCUOUS,
        ),
        Target(
            name="neutral-helper",
            rung=Rung.CONTROL,
            role="neutral-helper",
            host=plan.HELPER,
            probes=(_P.TLS,),
            interval=900,
            sni="{host}",
        ),
    ]


def _resolvers() -> list[Target]:
    return [
        Target(
            name=role,
            rung=Rung.RESOLVER,
            role=role,
            host="{host}",
            probes=(_P.DNS,),
            port=53,
            query=query,
        )
        for role, query in (("canary", _CANARY), ("fixed-name", _FIXED))
    ]


def _table(kind: str, target: Target) -> str:
    lines = [f"[[{kind}]]"]
    for field in fields(target):
        value = getattr(target, field.name)
        template = kind == "resolver" and field.name in ("rung", "host", "families")
        if value == field.default or template:
            continue
        lines.append(f"{field.name} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"
