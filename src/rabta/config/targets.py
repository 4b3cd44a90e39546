"""What is probed: shipped data by country, the services, the user's own targets.

A country's file replaces the world's targets rung by rung, controls apart, so that a
country only says what differs. The user's ``targets_file`` replaces both: nothing it
does not name is probed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from pathlib import Path

from rabta.config.cables import ways_out
from rabta.config.catalogue import catalogue, choose
from rabta.config.hosts import address_family
from rabta.config.read import Document
from rabta.config.services import expand
from rabta.config.settings import Config
from rabta.config.target_table import EVIDENCE_KEYS, TARGET_KEYS, read_target
from rabta.config.throughput import throughput_targets
from rabta.errors import ConfigError
from rabta.model.target import Probe, Rung, Target
from rabta.model.uplink import Uplink


GATEWAY_INTERVAL = 2.0
"""Asked by ARP or NDP and by ICMP in turn: one probe a second in all."""
FIRST_HOP_INTERVAL = 2.0
PATH_INTERVAL = 3600.0


@dataclass(frozen=True, slots=True)
class TargetData:
    """One target file."""

    targets: tuple[Target, ...]
    controls: tuple[Target, ...]
    """Templates, filled in for each service."""
    resolvers: tuple[Target, ...]
    """Templates, filled in for each resolver of an uplink."""


def targets(config: Config) -> tuple[Target, ...]:
    """Return everything that is probed over every uplink.

    Raises:
        ConfigError: ``targets_file`` cannot be used, or two targets share a name.
    """
    data = _data(config)
    found = [
        *data.targets,
        *_paths(data.targets),
        *config.extra_targets,
        *throughput_targets(config.throughput),
    ]
    for service in config.services:
        found += expand(service, data.controls)
    names: set[str] = set()
    for target in found:
        if target.name in names:
            file = str(config.file or config.targets_file or "target data")
            raise ConfigError(
                f"two targets are named {target.name!r}", file=file, key="target"
            )
        names.add(target.name)
    return tuple(_paced(target, config) for target in found)


def without_domestic(config: Config) -> str:
    """Return the country of *config* if no host in it would be probed, else nothing.

    Raises:
        ConfigError: as ``targets`` does.
    """
    if config.country == "world":
        return ""
    known = any(one.rung is Rung.DOMESTIC for one in targets(config))
    return "" if known else config.country


def service_targets(config: Config, name: str) -> tuple[Target, ...]:
    """Return the target of one service, its timed fetch and its controls.

    *name* is one of the configuration, of the catalogue, or a URL.

    Raises:
        ValueError: with a message and a hint, for what is none of these.
    """
    known = {one.name: one for one in config.services}
    service = known.get(name) or choose(name, catalogue())
    return expand(service, _data(config).controls)


@lru_cache
def corridors_of_country(country: str) -> Mapping[str, str]:
    """Return the way out of *country* that each of its own targets stands for."""
    if country not in countries():
        return {}
    return {
        one.name: one.corridor
        for one in _shipped(country.lower()).targets
        if one.rung is Rung.INTERNATIONAL and one.corridor
    }


@lru_cache
def networks_of_countries() -> Mapping[str, frozenset[str]]:
    """Return the networks that shipped data know to be in each country, as entities."""
    found: dict[str, set[str]] = {}
    for name in countries():
        members = found.setdefault(name, set())
        members |= {
            f"asn/{one.asn}"
            for one in _shipped(name.lower()).targets
            if one.asn and one.rung is Rung.DOMESTIC
        }
        members |= {f"asn/{one.asn}" for one in ways_out(name).cables if one.asn}
    return {name: frozenset(members) for name, members in found.items()}


@lru_cache
def operators_of_networks() -> Mapping[str, str]:
    """Return who runs each network that shipped data know; one may run several."""
    found: dict[str, str] = {}
    for name in countries():
        for target in _shipped(name.lower()).targets:
            if target.asn and target.rung is Rung.DOMESTIC:
                found.setdefault(f"asn/{target.asn}", target.operator)
        for cable in ways_out(name).cables:
            if cable.asn and cable.lander:
                found.setdefault(f"asn/{cable.asn}", cable.lander)
    return found


def resolver_targets(
    uplink: Uplink, config: Config | None = None
) -> tuple[Target, ...]:
    """Return the canary and the fixed names for each resolver of *uplink*."""
    data = _shipped("world") if config is None else _data(config)
    found: dict[str, Target] = {}
    for line in uplink.lines:
        for address in line.resolvers:
            bare = address.partition("%")[0]
            if not address_family(bare):
                continue
            for template in data.resolvers:
                target = replace(
                    template,
                    name=f"resolver-{address}/{template.name}",
                    host=address,
                    families=(address_family(bare),),
                    operator=uplink.isp,
                    asn=uplink.asn,
                )
                found[target.name] = target
    if config is None:
        return tuple(found.values())
    return tuple(_paced(target, config) for target in found.values())


def gateway_target(uplink: Uplink, family: int) -> Target:
    """Return the gateway of one line, whose *gateway* must be known."""
    line = uplink.line(family)
    return Target(
        name=f"gateway-v{family}",
        rung=Rung.GATEWAY,
        host=line.gateway if line else "",
        probes=(Probe.NEIGHBOUR, Probe.ICMP),
        interval=GATEWAY_INTERVAL,
        families=(family,),
    )


def first_hop_target(uplink: Uplink, family: int, address: str) -> Target:
    """Return the first hop beyond the gateway, learned from a path."""
    return Target(
        name=f"first-hop-v{family}",
        rung=Rung.FIRST_HOP,
        host=address,
        probes=(Probe.ICMP,),
        interval=FIRST_HOP_INTERVAL,
        families=(family,),
        operator=uplink.isp,
        asn=uplink.asn,
    )


def countries() -> tuple[str, ...]:
    """Return the countries with data of their own, ISO 3166-1 alpha-2."""
    folder = resources.files("rabta.config").joinpath("targets")
    stems = (file.name.removesuffix(".toml") for file in folder.iterdir())
    return tuple(sorted(stem.upper() for stem in stems if len(stem) == 2))


def _data(config: Config) -> TargetData:
    if config.targets_file is not None:
        return _own(config.targets_file)
    world = _shipped("world")
    if config.country not in countries():
        return world
    country = _shipped(config.country.lower())
    rungs = {target.rung for target in country.targets} - {Rung.CONTROL}
    kept = tuple(target for target in world.targets if target.rung not in rungs)
    return TargetData(
        targets=kept + country.targets,
        controls=country.controls or world.controls,
        resolvers=country.resolvers or world.resolvers,
    )


def _paths(found: tuple[Target, ...]) -> list[Target]:
    """Trace each corridor once an hour, by its first target."""
    firsts: dict[str, Target] = {}
    for target in found:
        if target.rung is Rung.INTERNATIONAL and target.corridor:
            firsts.setdefault(target.corridor, target)
    return [
        replace(
            target,
            name=f"path-{corridor}",
            rung=Rung.CONTROL,
            probes=(Probe.PATH,),
            interval=PATH_INTERVAL,
        )
        for corridor, target in firsts.items()
    ]


@lru_cache
def _shipped(name: str) -> TargetData:
    file = resources.files("rabta.config").joinpath(f"targets/{name}.toml")
    return parse(file.read_text("utf-8"), f"{name}.toml")


@lru_cache
def _own(path: Path) -> TargetData:
    try:
        return parse(path.read_text("utf-8"), str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"cannot be read: {reason}", file=str(path)) from None
    except UnicodeDecodeError:
        raise ConfigError("not UTF-8 text", file=str(path)) from None


def parse(text: str, file: str) -> TargetData:
    """Read a target file.

    Raises:
        ConfigError: anything in it is wrong.
    """
    kinds = ("target", "control", "resolver", "whoami", "origins")
    root = Document(text, file).root.only(*kinds)
    keys = (*TARGET_KEYS, *EVIDENCE_KEYS)
    return TargetData(
        targets=tuple(read_target(one) for one in root.tables("target", *keys)),
        controls=tuple(
            read_target(one, Rung.CONTROL) for one in root.tables("control", *keys)
        ),
        resolvers=tuple(
            read_target(one, Rung.RESOLVER) for one in root.tables("resolver", *keys)
        ),
    )


def _paced(target: Target, config: Config) -> Target:
    return replace(target, interval=target.interval * config.lab.pace)
