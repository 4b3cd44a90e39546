"""The facts a verdict rests on, each a sentence with a weight in nats."""

from collections.abc import Iterable
from math import log
from typing import Final

from rabta.attribute.line import GroupState, LineState, ServiceState
from rabta.attribute.scene import Match, Scene, ServiceScene, dark, passes
from rabta.model import Evidence, Message, Rung, State


_STRONG: Final = 4.6
_FAIR: Final = 2.3
_SLIGHT: Final = 1.0


def of_line(scene: Scene, match: Match) -> tuple[Evidence, ...]:
    """List what is known of a line's rungs, the other uplinks and the host."""
    found = [*_facts(scene), *_rungs(scene.line, match), *_dns(scene.line)]
    found += [_other(other) for other in scene.others]
    found += _host(scene)
    return tuple(found)


def calm(line: LineState) -> tuple[Evidence, ...]:
    """List what holds, for a verdict that all is fine."""
    return tuple(_rung(group, 0.0) for group in _measured(line))


def _fact(name: str, nats: float, **args: str | float) -> Evidence:
    return Evidence(name, Message.of(f"evidence.{name}", **args), round(nats, 2))


def _facts(scene: Scene) -> Iterable[Evidence]:
    line = scene.line
    if line.carrier.state is State.DOWN:
        yield _fact("no-carrier", _STRONG, interface=line.uplink.interface)
    elif line.carrier.state is State.UP:
        yield _fact("carrier", 0.0, interface=line.uplink.interface)
    if line.address.state is State.DOWN:
        yield _fact(f"lacks-{line.lacks}", _STRONG, interface=line.uplink.interface)
    if line.captive_since:
        yield _fact("captive", _STRONG, target=line.captive_target)


def _measured(line: LineState) -> list[GroupState]:
    away = line.corridors or (line.international,)
    near = (line.gateway, line.first_hop, line.anycast, line.domestic, *away)
    return [group for group in (*near, line.resolver) if group.total]


def _rungs(line: LineState, match: Match) -> Iterable[Evidence]:
    blamed = {(group.rung, group.group) for group in match.blamed}
    hidden = False
    for group in _measured(line):
        named = (group.rung, group.group) in blamed
        if group.holds or named or not hidden:
            weight = _STRONG if named else _FAIR if group.holds else 0.0
            yield _rung(group, weight * group.belief)
        hidden = hidden or (
            group.state is State.DOWN and group.rung in (Rung.GATEWAY, Rung.FIRST_HOP)
        )


def _rung(group: GroupState, nats: float) -> Evidence:
    name = f"{group.rung.value}-{group.group}" if group.group else group.rung.value
    args: dict[str, str | float] = {
        "rung": group.group or group.rung.value,
        "up": group.up,
        "total": group.total,
    }
    key = f"rung-{group.state.value}"
    if group.state is State.DEGRADED:
        args |= {"extra": group.extra_rtt, "loss": group.loss or 0.0}
    elif group.state is State.DOWN:
        args = {"rung": args["rung"], "total": group.total, "since": group.since}
    says = Message.of(f"evidence.{key}", **args)
    return Evidence(f"{name}-{group.state.value}", says, round(nats, 2))


def _dns(line: LineState) -> Iterable[Evidence]:
    if line.resolver.state is not State.DOWN:
        return
    if line.udp53 is not State.UNKNOWN:
        yield _fact(f"plain-dns-{line.udp53.value}", _FAIR)
    if line.tcp443 is State.UP and line.udp53 is State.DOWN:
        yield _fact("same-hosts-connect", _FAIR)
    if line.trusted_dns in (State.UP, State.DOWN):
        yield _fact(f"trusted-dns-{line.trusted_dns.value}", _SLIGHT)


def _other(other: LineState) -> Evidence:
    name = label(other)
    works = "up" if passes(other) else "down" if dark(other) else "unknown"
    says = Message.of(f"evidence.other-{works}", uplink=name)
    weight = 0.0 if works == "unknown" else _FAIR
    return Evidence(f"other-{other.uplink.name}-{works}", says, weight)


def _host(scene: Scene) -> Iterable[Evidence]:
    mains = scene.context.on_mains
    if mains is not None:
        yield _fact("on-mains" if mains else "on-battery", 0.0 if mains else _FAIR)
    for peer in scene.context.peers:
        if peer.code:
            where = "lan" if peer.same_lan else "far"
            says = Message.of(f"evidence.peer-{where}", name=peer.name, code=peer.code)
            yield Evidence(f"peer-{peer.name}", says, _SLIGHT)


def of_service(scene: ServiceScene) -> tuple[Evidence, ...]:
    """List what is known of a service on each line, and of its controls."""
    found: list[Evidence] = []
    for line, service in scene.cells:
        found += _cell(line, service)
    if scene.afar is not State.UNKNOWN:
        found.append(_fact(f"afar-{scene.afar.value}", _STRONG))
    return tuple(found)


def _cell(line: LineState, service: ServiceState) -> Iterable[Evidence]:
    uplink = label(line)
    suffix = f"{line.uplink.name}-{line.family}"

    def fact(name: str, nats: float, **args: str | float) -> Evidence:
        says = Message.of(f"evidence.{name}", uplink=uplink, **args)
        return Evidence(f"{name}-{suffix}", says, round(nats, 2))

    if service.state is State.DOWN:
        weight = min(_STRONG, service.attempts * log(2))
        name = "service-answers-error" if service.server_error else "service-fails"
        args: dict[str, str | float] = {"count": service.attempts}
        if not service.server_error:
            args |= {"stage": service.stage, "failure": service.failure}
        yield fact(name, weight, **args)
    elif service.state is not State.UNKNOWN:
        yield fact("service-works", _FAIR if service.quic is State.DOWN else 0.0)
    for control in ("innocuous", "helper", "sibling"):
        state = getattr(service, control)
        if state in (State.UP, State.DOWN):
            yield fact(f"{control}-{state.value}", _FAIR)
    if service.answers.state is State.DOWN:
        yield fact(f"answer-{service.answers.kind}", _STRONG)
        if service.answers.forged_on_path:
            yield fact(f"forged-{service.answers.forged_on_path}", _STRONG)
    if service.quic is State.DOWN:
        yield fact("quic-fails", _FAIR)
    if service.pace is not None:
        pace = service.pace
        weight = log(max(1.0, 0.5 / max(pace.p, 1e-4))) if pace.throttled else 0.0
        yield fact("pairs", weight, count=pace.pairs, ratio=pace.ratio, rate=pace.rate)


def label(line: LineState) -> str:
    """Name an uplink as people do."""
    return line.uplink.isp or line.uplink.name
