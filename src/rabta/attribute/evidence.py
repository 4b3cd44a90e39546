"""The facts a verdict rests on, each a sentence with the weight it has in the rule."""

from collections.abc import Iterable
from dataclasses import replace
from math import log
from typing import Final

from rabta.attribute import weights
from rabta.attribute.line import GroupState, LineState
from rabta.attribute.scene import (
    BLOCKING,
    Cell,
    Match,
    Scene,
    ServiceScene,
    dark,
    passes,
    proven,
)
from rabta.attribute.weights import STRONG
from rabta.model import Evidence, Message, Rung, State


_SLOW: Final = frozenset({3, 8, 9, 21})
"""Rows that a line which is merely full may look like."""


def of_line(
    scene: Scene, match: Match, code: str, row: int, since: int
) -> tuple[Evidence, ...]:
    """List what is known of a line's rungs, the other uplinks and the host.

    For the verdict *code* by *row* of a fault that began at *since*, microseconds UTC:
    who has not been asked after that has not answered.
    """
    found = [
        *_facts(scene),
        *_rungs(scene.line, match, row, since),
        *_dns(scene.line, row),
    ]
    found += [_other(other, code) for other in scene.others]
    found += _host(scene, code, row, since)
    if row in _SLOW:
        found += _traffic(scene, row, since)
    return tuple(found)


def calm(line: LineState) -> tuple[Evidence, ...]:
    """List what holds, for a verdict that all is fine."""
    return tuple(_rung(group, 0.0) for group in _measured(line))


def _fact(name: str, nats: float, **args: str | float) -> Evidence:
    return Evidence(name, Message.of(f"evidence.{name}", **args), round(nats, 2))


def _facts(scene: Scene) -> Iterable[Evidence]:
    line = scene.line
    if line.carrier.state is State.DOWN:
        yield _fact("no-carrier", STRONG, interface=line.uplink.interface)
    elif line.carrier.state is State.UP:
        yield _fact("carrier", 0.0, interface=line.uplink.interface)
    if line.lacks:
        yield _fact(f"lacks-{line.lacks}", STRONG, interface=line.uplink.interface)
    if line.captive_since:
        yield _fact("captive", STRONG, target=line.captive_target)


def _measured(line: LineState) -> list[GroupState]:
    away = line.corridors or (line.international,)
    near = (line.gateway, line.first_hop, line.anycast, line.domestic, *away)
    return [group for group in (*near, line.resolver) if group.total]


def _rungs(line: LineState, match: Match, row: int, since: int) -> Iterable[Evidence]:
    blamed = {(group.rung, group.group) for group in match.blamed}
    hidden = False
    for group in _measured(line):
        named = (group.rung, group.group) in blamed
        if named:
            yield _rung(group, STRONG * group.belief)
        elif group.holds and group.up and not proven(group, since):
            yield _unheard(group, row, line, since)
        elif group.holds or not hidden:
            yield _rung(group, weights.of_rung(group, row, line) * group.belief)
        hidden = hidden or (
            group.state is State.DOWN and group.rung in (Rung.GATEWAY, Rung.FIRST_HOP)
        )


def _unheard(group: GroupState, row: int, line: LineState, since: int) -> Evidence:
    """Say of a rung that held until *since* whether it was asked after that at all."""
    silent = group.last_silence >= since
    kind = "silent" if silent else "unasked"
    says = Message.of(f"evidence.rung-{kind}", rung=group.group or group.rung.value)
    expected = weights.of_rung(replace(group, state=State.DOWN), row, line)
    return Evidence(f"{_name(group)}-{kind}", says, expected if silent else 0.0)


def _name(group: GroupState) -> str:
    return f"{group.rung.value}-{group.group}" if group.group else group.rung.value


def _rung(group: GroupState, nats: float) -> Evidence:
    args: dict[str, str | float] = {
        "rung": group.group or group.rung.value,
        "up": group.up,
        "total": group.total,
    }
    key = f"rung-{group.state.value}"
    if group.holds and not group.up:
        key, args = "rung-implied", {"rung": args["rung"]}
    elif group.state is State.DEGRADED:
        args |= {"extra": group.extra_rtt, "loss": group.loss or 0.0}
    elif group.state is State.DOWN:
        args = {"rung": args["rung"], "total": group.total, "since": group.since}
    says = Message.of(f"evidence.{key}", **args)
    return Evidence(f"{_name(group)}-{group.state.value}", says, round(nats, 2))


def _dns(line: LineState, row: int) -> Iterable[Evidence]:
    if line.resolver.state is not State.DOWN:
        return
    if line.udp53 is not State.UNKNOWN:
        kind = f"plain-dns-{line.udp53.value}"
        yield _fact(kind, weights.of_names(kind, row))
    if line.tcp443 is State.UP and line.udp53 is State.DOWN:
        yield _fact("same-hosts-connect", weights.of_names("same-hosts-connect", row))
    if line.trusted_dns in (State.UP, State.DOWN):
        kind = f"trusted-dns-{line.trusted_dns.value}"
        yield _fact(kind, weights.of_names(kind, row))
    if line.tcp53 in (State.UP, State.DOWN):
        kind = f"tcp-dns-{line.tcp53.value}"
        yield _fact(kind, weights.of_names(kind, row))


def _other(other: LineState, code: str) -> Evidence:
    name = label(other)
    state = "unknown"
    if dark(other):
        state = "down"
    elif passes(other):
        state = "up" if other.overall is State.UP else "trouble"
    says = Message.of(f"evidence.other-{state}", uplink=name)
    weight = weights.of_other(code, state)
    return Evidence(f"other-{other.uplink.name}-{state}", says, weight)


def _host(scene: Scene, code: str, row: int, since: int) -> Iterable[Evidence]:
    mains = scene.context.on_mains
    if mains is not None:
        weight = weights.of_battery(row) if scene.context.power_lost(since) else 0.0
        yield _fact("on-mains" if mains else "on-battery", weight)
    for peer in scene.context.peers:
        if peer.code and peer.told >= since:
            where = "lan" if peer.same_lan else "far"
            says = Message.of(f"evidence.peer-{where}", name=peer.name, code=peer.code)
            weight = weights.of_peer(code, peer.code, same_lan=peer.same_lan)
            yield Evidence(f"peer-{peer.name}", says, weight)


def _traffic(scene: Scene, row: int, since: int) -> Iterable[Evidence]:
    load = scene.load(since)
    if load is None:
        return
    interface = scene.line.uplink.interface
    where: dict[str, str | float] = {"interface": interface, "rate": load.now}
    if load.busy:
        name = "traffic-sent" if load.sends else "traffic-received"
        nats = weights.of_traffic(row, busy=True)
        yield _fact(name, nats, before=load.before, **where)
    elif load.idle:
        yield _fact("traffic-idle", weights.of_traffic(row, busy=False), **where)


def of_service(scene: ServiceScene, row: int) -> tuple[Evidence, ...]:
    """List what is known of a service on each line, and of its controls."""
    found: list[Evidence] = []
    for cell in scene.cells:
        found += _cell(scene, cell, row)
    if scene.vantage is not State.UNKNOWN:
        kind = f"afar-{scene.vantage.value}"
        back = scene.vantage is not scene.afar
        found.append(_fact(kind, 0.0 if back else weights.of_service(kind, row)))
    for sight in scene.near:
        if sight.state is State.UP:
            counts = scene.reached_near(sight)
            nats = weights.of_service("near-up", row) if counts else 0.0
            says = Message.of("evidence.near-up", name=sight.vantage)
            found.append(Evidence(f"near-{sight.vantage}", says, nats))
        elif sight.state is State.DOWN:
            says = Message.of("evidence.near-down", name=sight.vantage)
            nats = 0.0
            if sight.code in BLOCKING:
                args = {"name": sight.vantage, "code": sight.code}
                says = Message.of("evidence.near-filtered", **args)
                nats = weights.of_service("near-filtered", row)
            found.append(Evidence(f"near-{sight.vantage}", says, nats))
    if scene.announced:
        found.append(_fact("status-page", weights.of_service("status-page", row)))
    return tuple(found)


def _cell(scene: ServiceScene, cell: Cell, row: int) -> Iterable[Evidence]:
    line, service = cell
    uplink = label(line)
    suffix = f"{line.uplink.name}-{line.family}"

    def fact(name: str, nats: float, **args: str | float) -> Evidence:
        says = Message.of(f"evidence.{name}", uplink=uplink, **args)
        return Evidence(f"{name}-{suffix}", says, round(nats, 2))

    def known(name: str, kind: str = "") -> Evidence:
        return fact(name, weights.of_service(kind or name, row))

    if service.state is State.DOWN:
        weight = min(STRONG, service.attempts * log(2))
        name = "service-answers-error" if service.server_error else "service-fails"
        args: dict[str, str | float] = {"count": service.attempts}
        if not service.server_error:
            args |= {"stage": service.stage, "failure": service.failure}
        yield fact(name, weight, **args)
    elif cell in scene.returned:
        yield fact("service-back", 0.0)
    elif service.last_ok < scene.begun:
        yield fact("service-unasked", 0.0)
    elif service.unsteady is not None:
        found = service.unsteady
        yield fact("service-unsteady", 0.0, failed=found.failed, checks=found.checks)
    elif service.state is not State.UNKNOWN:
        yield known("service-works")
    for control in ("innocuous", "helper", "sibling"):
        state = getattr(service, control)
        if state in (State.UP, State.DOWN):
            yield known(f"{control}-{state.value}")
    if service.answers.state is State.DOWN:
        yield known(f"answer-{service.answers.kind}", "answer")
        if service.answers.forged_on_path:
            yield known(f"forged-{service.answers.forged_on_path}", "forged")
    if service.quic is State.DOWN:
        yield known("quic-fails")
    if service.pace is not None:
        pace = service.pace
        weight = log(max(1.0, 0.5 / max(pace.p, 1e-4))) if pace.throttled else 0.0
        yield fact("pairs", weight, count=pace.pairs, ratio=pace.ratio, rate=pace.rate)


def label(line: LineState) -> str:
    """Name an uplink as people do."""
    return line.uplink.isp or line.uplink.name


def labels(lines: Iterable[LineState]) -> tuple[str, ...]:
    """Name the uplinks of *lines*, each once."""
    return tuple(sorted({label(line) for line in lines}))
