"""Plays one case of a scenario file in the simulated world.

A case says what happens, in seconds since the start, and which verdict is due at the
end of ``run``: what is expected of ``since`` is a pair, at the earliest and at the
latest, and of ``says`` the key of the sentence. What is listed under ``never`` must
not have been said on the way; ``unlike`` names the code the case only looks like.
Faults name the probes they meet; whatever they do not name is healthy.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from rabta.attribute import Context, Peer, Sight
from rabta.attribute.traffic import Rates, Traffic
from rabta.clock import SECOND
from rabta.model import Line, Mains, Probe, State, Target, Uplink
from tests.unit.attribute.world import (
    START,
    Effect,
    SimLine,
    World,
    captive,
    plan,
    service,
    uplink,
)


FOLDER = Path(__file__).parent
_REACH = {
    "gateway": ("gateway", "first-hop", "resolver", "anycast"),
    "first-hop": ("first-hop", "resolver", "anycast"),
    "core": ("resolver", "anycast"),
}
_ABROAD = ("domestic", "international", "service", "control")
_EFFECT = {field.name for field in fields(Effect)}


@dataclass(frozen=True)
class Case:
    """One table of a scenario file."""

    file: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.file}: {self.data['name']}"


def cases() -> Iterator[Case]:
    """Every case of every file."""
    for file in sorted(FOLDER.glob("*.toml")):
        for data in tomllib.loads(file.read_text("utf-8"))["case"]:
            yield Case(file.stem, data)


def play(case: Case) -> World:
    """Let the case happen; the world as it is at the end."""
    data = case.data
    lines = [
        line
        for name, what in data["uplinks"].items()
        for line in _lines(name, what, data)
    ]
    faults = [_Fault(**fault) for fault in data.get("fault", [])]
    world = World(lines, seed=data.get("seed", 7), context=_context(data, lines))

    def fate(line: SimLine, target: Target, probe: Probe, sent: int) -> Effect | None:
        at = (sent - START) / SECOND
        found = (f.effect for f in faults if f.meets(line, target, probe, at))
        return next(found, None)

    world.fate = fate
    for event in data.get("event", []):
        world.at(event["at"], _event(world, event))
    world.run(data["run"])
    return world


def _lines(name: str, what: dict[str, Any], data: dict[str, Any]) -> list[SimLine]:
    made = uplink(
        name,
        what.get("asn", 0),
        medium=what.get("medium", "wired"),
        isp=what.get("isp", name),
    )
    families = what.get("families", [4])
    if 6 in families:
        six = Line(6, what.get("source6", "2400:4100::2"), "fe80::1")
        made = replace(made, lines=(*made.lines, six))
    without = set(data.get("without", ()))
    if made.medium in {"tunnel", "ppp"}:
        without |= {"gateway", "first-hop"}
    targets = [t for t in plan() if t.rung.value not in without]
    targets += [t for one in data.get("services", []) for t in service(one)]
    for one, url in data.get("plain", {}).items():
        targets += service(one, url)
    if data.get("portal_check"):
        targets.append(captive())
    return [
        SimLine(made, targets, loss=what.get("loss", 0.0), family=f) for f in families
    ]


def _context(data: dict[str, Any], lines: list[SimLine]) -> Context:
    told = data.get("context", {})
    return Context(
        uplinks=tuple({line.uplink.name: line.uplink for line in lines}.values()),
        on_mains=told.get("on_mains"),
        ups=told.get("ups", False),
        country="PK",
        announced=tuple(told.get("announced", ())),
        vantage=tuple((k, State(v)) for k, v in told.get("vantage", {}).items()),
        near=tuple(_sight(one) for one in told.get("near", [])),
        peers=tuple(
            Peer(**{"told": 1 << 62, **peer}) for peer in told.get("peers", [])
        ),
        traffic=tuple(_traffic(**one) for one in data.get("traffic", [])),
    )


def _traffic(uplink: str, before: float, at: float, then: float) -> Traffic:
    """Sent in bit/s: *before*, and *then* from *at* seconds on."""
    looks = range(0, 3600, 5)
    rates = (Rates(START + s * SECOND, then if s > at else before, 0) for s in looks)
    return Traffic(uplink, tuple(rates))


def _sight(told: dict[str, Any]) -> Sight:
    return Sight(
        told["service"],
        State(told["state"]),
        told.get("code", ""),
        "lahore",
        tuple(told.get("networks", ())),
        told=START + told.get("told", 10**6) * SECOND,
    )


class _Fault:
    """What meets some probes for a while."""

    def __init__(self, at: float, until: float = 1e9, **rest: Any) -> None:
        self.begin, self.end = at, until
        effect = {key: rest.pop(key) for key in _EFFECT & rest.keys()}
        for key in ("answers", "second"):
            effect[key] = tuple(effect.get(key, ()))
        if beyond := rest.pop("beyond", ""):
            rest["rungs"] = (*_REACH[beyond], *_ABROAD)
        harmful = effect.keys() - {"answers", "second"} or effect["answers"]
        if not harmful and not effect["second"]:
            effect["failure"] = "generic_timeout_error"
        self.effect = Effect(**effect)
        self.asked = {key: frozenset(value) for key, value in rest.items()}
        unknown = rest.keys() - _LOOKS.keys()
        assert not unknown, f"a fault has no {unknown}"

    def meets(self, line: SimLine, target: Target, probe: Probe, at: float) -> bool:
        if not self.begin <= at < self.end:
            return False
        return all(
            _LOOKS[key](line, target, probe) in wanted
            for key, wanted in self.asked.items()
        )


_LOOKS = {
    "uplinks": lambda line, *_: line.uplink.name,
    "families": lambda line, *_: line.family,
    "rungs": lambda _, target, __: target.rung.value,
    "corridors": lambda _, target, __: target.corridor,
    "targets": lambda _, target, __: target.name,
    "services": lambda _, target, __: target.control_for or target.name,
    "roles": lambda _, target, __: target.role,
    "probes": lambda *asked: asked[2].value,
}


def _event(world: World, event: dict[str, Any]) -> Any:
    def happen() -> None:
        for name in {line.uplink.name for line in world.lines}:
            if name in event.get("uplinks", (name,)):
                _tell(world, name, event)
        if "on_mains" in event:
            mains = Mains(event["on_mains"], ups=world.context.ups)
            world.context = world.context.with_mains(mains, world.now)
        if "vantage" in event:
            seen = tuple((k, State(v)) for k, v in event["vantage"].items())
            world.context = replace(world.context, vantage=seen)

    return happen


def _tell(world: World, name: str, event: dict[str, Any]) -> None:
    old: Uplink = next(x.uplink for x in world.lines if x.uplink.name == name)
    facts = {k: event[k] for k in ("source", "has_route", "conflict") if k in event}
    families = event.get("families", (4, 6))
    lines = tuple(
        replace(line, **facts) if line.family in families else line
        for line in old.lines
    )
    kept = ("carrier", "index", "beneath_carrier")
    facts = {k: event.get(k, getattr(old, k)) for k in kept}
    new = replace(old, lines=lines, **facts)
    if new != old:
        world.update(new)
