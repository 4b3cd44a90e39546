"""From a ladder's beliefs to the state it hands out."""

from collections.abc import Container
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rabta.attribute.alike import suffers_alike
from rabta.attribute.line import ABSENT, GroupState, LineState, ServiceState
from rabta.attribute.reach import TRUSTED
from rabta.clock import SECOND
from rabta.model import Probe, Rung, RungState, State
from rabta.model.status import ServiceCell


if TYPE_CHECKING:
    from rabta.attribute.ladder import Ladder

_RECENT: Final = 10 * SECOND
_OTHER_STALE: Final = 1800 * SECOND
_PLAIN_TCP: Final = frozenset({Probe.DNS_TCP})
CAPTIVE_TRIES: Final = 2
"""Answers of a portal before it is believed."""


def snapshot(ladder: "Ladder", now: int) -> LineState:
    """Sum up *ladder* at *now*."""
    _set_aside(ladder)
    groups = {key: group.state(now) for key, group in ladder.groups.items()}

    def of(rung: Rung) -> GroupState:
        return groups.get((rung, "")) or replace(ABSENT, rung=rung)

    gateway = _implied(ladder, of(Rung.GATEWAY), now)
    first_hop = _implied(ladder, of(Rung.FIRST_HOP), now)
    anycast, domestic = of(Rung.ANYCAST), of(Rung.DOMESTIC)
    international, resolver = of(Rung.INTERNATIONAL), of(Rung.RESOLVER)
    corridors = tuple(
        state for (rung, name), state in groups.items() if name and rung in _SPLIT
    )
    facts = ladder.facts
    carrier, address = (
        _believed(ladder, facts.carrier),
        _believed(ladder, facts.address),
    )
    udp53, udp53_since = _anycast_channel(ladder, Probe.DNS)
    captive_since, captive_target = _captive(ladder)
    over_https = [c for c in ladder.other_dns.values() if c.probe is Probe.DOH]
    chain = (carrier, address, gateway, first_hop)
    far = (resolver, anycast, domestic, *(corridors or (international,)))
    below = (*chain, *far, international)
    whole = all(g.state in _QUIET for g in below) and any(
        g.state is State.UP for g in (anycast, domestic, international)
    )
    if captive_since or not whole or ladder.loss_of_living > _LOSSY:
        since = min((g.since for g in below if g.state in _BAD), default=now)
        for service in ladder.services.values():
            service.excuse(min(since, captive_since or now), now)
    services = tuple(service.state(now) for service in ladder.services.values())
    remote, silent, silent_since = _anycast(ladder, anycast)
    state = LineState(
        uplink=ladder.uplink,
        family=ladder.family,
        watermark=ladder.watermark,
        carrier=carrier,
        address=address,
        lacks=facts.lacks if address.state in _AMISS else "",
        gateway=gateway,
        first_hop=first_hop,
        resolver=resolver,
        anycast=anycast,
        domestic=domestic,
        international=international,
        corridors=corridors,
        udp53=udp53,
        udp53_since=udp53_since,
        tcp443=_anycast_channel(ladder, Probe.TCP)[0],
        trusted_dns=_other_dns(ladder, now, TRUSTED),
        https_ok=max((c.last_ok for c in over_https if not c.streak), default=0),
        https_failed=max((c.last for c in over_https if c.streak), default=0),
        tcp53=_other_dns(ladder, now, _PLAIN_TCP),
        remote_anycast=remote,
        silent_anycast=silent,
        silent_anycast_since=silent_since,
        captive_since=captive_since,
        captive_outlasts=any(p.outlasts for p in ladder.captive.values()),
        captive_target=captive_target,
        services=services,
        answers_beyond=ladder.answers_beyond,
        loss_beyond=ladder.loss_beyond,
        relit=max((g.relit_at for g in ladder.groups.values()), default=0),
        overall=_overall(chain, resolver, anycast, domestic, international),
        rungs=_lights(chain, far, services),
        cells=tuple(_cell(ladder, service) for service in services),
        calm=not captive_since
        and not any(x.attempts and x.state is not State.DOWN for x in services)
        and not silent
        and udp53 is not State.DOWN
        and whole,
    )
    ladder.suffers_since = (ladder.suffers_since or now) if suffers_alike(state) else 0
    return replace(state, suffers_since=ladder.suffers_since)


_SPLIT: Final = (Rung.INTERNATIONAL,)
_QUIET: Final = (State.UP, State.UNKNOWN)
_AMISS: Final = (State.DOWN, State.DEGRADED)
_BAD: Final = (*_AMISS, State.MIXED)
_LOSSY: Final = 0.05
"""From here on a line may be what makes a service fail."""


def _set_aside(ladder: "Ladder") -> None:
    """Leave out domestic members whose delay proves that they answer from abroad."""
    group = ladder.groups.get((Rung.DOMESTIC, ""))
    if group:
        group.set_aside(m.target.name for m in group.members if ladder.abroad(m))


def _implied(ladder: "Ladder", group: GroupState, now: int) -> GroupState:
    """A rung that keeps silent is up while anything beyond it answers."""
    own = ladder.groups.get((group.rung, ""))
    if group.holds or (own is not None and own.dark):
        return group
    chain = list(ladder.groups_below)
    beyond = (*chain[chain.index(own) + 1 :], *ladder.beyond) if own else ladder.beyond
    if any(not g.dark and now - g.last_ok < _RECENT for g in beyond):
        return replace(group, state=State.UP, belief=0.97)
    return group


def _believed(ladder: "Ladder", fact: GroupState) -> GroupState:
    """Do not believe that a link is down over which answers still come.

    Another's claim to the address is a fact all the same: the neighbours believe now
    the one, now the other.
    """
    if fact.state is not State.DOWN or not ladder.answers_lately:
        return fact
    disputed = fact.rung is Rung.ADDRESS and ladder.facts.lacks == "conflict"
    return replace(fact, state=State.DEGRADED if disputed else State.UNKNOWN)


def _anycast_channel(ladder: "Ladder", probe: Probe) -> tuple[State, int]:
    """Return whether this way of asking works towards the anycast members."""
    group = ladder.groups.get((Rung.ANYCAST, ""))
    channels = [
        channel
        for member in (group.members if group else ())
        if (channel := member.channels.get(probe)) is not None and channel.last
    ]
    states = {channel.state for channel in channels}
    if not states:
        return State.UNKNOWN, 0
    if State.UP in states:
        return State.UP, 0
    if states == {State.DOWN}:
        return State.DOWN, min(channel.onset for channel in channels)
    return State.UNKNOWN, 0


def _anycast(ladder: "Ladder", state: GroupState) -> tuple[State, str, int]:
    """Return how the remote members fare, the only member that is down, since when."""
    group = ladder.groups.get((Rung.ANYCAST, ""))
    if group is None:
        return State.UNKNOWN, "", 0
    remote = {m.settled for m in group.members if ladder.abroad(m)}
    far = State.UNKNOWN
    if remote:
        far = State.UP if State.UP in remote and not group.dark else State.DOWN
    if state.down == 1 and state.up >= 1 and not state.uncertain:
        silent = next(m for m in group.members if m.settled is State.DOWN)
        return far, silent.target.name, silent.onset
    return far, "", 0


def _other_dns(ladder: "Ladder", now: int, probes: Container[Probe]) -> State:
    recent = [
        c
        for c in ladder.other_dns.values()
        if c.probe in probes and c.last and now - c.last < _OTHER_STALE
    ]
    if any(c.streak == 0 for c in recent):
        return State.UP
    return State.DOWN if recent else State.UNKNOWN


def _captive(ladder: "Ladder") -> tuple[int, str]:
    """Return since when every captive check meets another's answer."""
    caught = [(p.since, name) for name, p in ladder.captive.items() if p.since]
    tries = sum(portal.count for portal in ladder.captive.values())
    if not caught or tries < CAPTIVE_TRIES:
        return 0, ""
    since, name = min(caught)
    genuine = max(portal.last_ok for portal in ladder.captive.values())
    return (0, "") if genuine > since else (since, name)


def _overall(
    chain: tuple[GroupState, ...], resolver: GroupState, *far: GroupState
) -> State:
    if any(group.state is State.DOWN for group in chain):
        return State.DOWN
    measured = [group for group in far if group.total]
    states = {group.state for group in measured}
    if not states or states == {State.UNKNOWN}:
        return State.UNKNOWN
    if states == {State.DOWN}:
        return State.DOWN
    if State.DOWN in states or State.MIXED in states or resolver.state is State.DOWN:
        return State.MIXED
    everything = states | {group.state for group in chain}
    return State.DEGRADED if State.DEGRADED in everything else State.UP


def _lights(
    chain: tuple[GroupState, ...],
    far: tuple[GroupState, ...],
    services: tuple[ServiceState, ...],
) -> tuple[RungState, ...]:
    """Return the lights; beyond a rung that is down nothing is called down."""
    lights = []
    broken = False
    for group in (*chain, *far):
        light = group.light
        if broken and light.state is not State.UP:
            light = replace(light, state=State.UNKNOWN)
        broken = broken or (group.state is State.DOWN and group in chain)
        lights.append(light)
    for service in services:
        state = State.UNKNOWN if broken else service.state
        lights.append(RungState(Rung.SERVICE, state, service.name, since=service.since))
    return tuple(lights)


def _cell(ladder: "Ladder", service: ServiceState) -> tuple[str, ServiceCell]:
    return service.name, ServiceCell(
        uplink=ladder.uplink.name,
        family=ladder.family,
        state=service.state,
        seconds=service.seconds,
        failure=service.failure or None,
    )
