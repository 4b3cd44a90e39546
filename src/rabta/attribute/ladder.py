"""One line's ladder: beliefs of every rung, fed by what the probes saw."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import Final

from rabta import failure
from rabta.attribute.change import RateChange
from rabta.attribute.delay import LONGEST, Lateness
from rabta.attribute.doubt import Doubt
from rabta.attribute.facts import Facts
from rabta.attribute.group import Group
from rabta.attribute.line import LineState, Want
from rabta.attribute.member import Channel, Member
from rabta.attribute.outage import Outage
from rabta.attribute.portal import Portal
from rabta.attribute.reach import RATES, REACH, TRUSTED, answered, misses, ways
from rabta.attribute.service import Service
from rabta.attribute.snapshot import snapshot
from rabta.clock import SECOND
from rabta.model import (
    Observation,
    Probe,
    Rung,
    State,
    Target,
    Uplink,
    UsualDelay,
)


_ROUNDING: Final = 1000
_LATELY: Final = 10 * SECOND
_STEP: Final = 60 * SECOND
"""An observation so much older than the newest means that the clock was set back."""
_FADE: Final = 0.02
_FAR: Final = 0.040
"""Seconds beyond the first hop: nearer is in the country, farther is not."""


class Ladder:
    """Everything believed of one address family of one uplink.

    Pure: time comes with the observations and the arguments, microseconds UTC.
    """

    def __init__(self, uplink: Uplink, family: int, targets: Sequence[Target]) -> None:
        self.uplink = uplink
        self.family = family
        self.facts = Facts(family)
        self.members: dict[str, Member] = {}
        self.groups: dict[tuple[Rung, str], Group] = {}
        self.services: dict[str, Service] = {}
        self.other_dns: dict[str, Channel] = {}
        """Ways to ask for a name but UDP/53."""
        self.captive: dict[str, Portal] = {}
        self.answers_beyond = 0
        self.loss_beyond = 0.0
        """Share of probes beyond the gateway that were lost lately, all pooled."""
        self.loss_of_living = 0.0
        """The same without members that are down, which lose everything."""
        self.suffers_since = 0
        """Since when all beyond the gateway suffers what the gateway does; 0 if not."""
        self.watermark = 0
        self.clock = 0
        """Newest moment heard of; never the wall clock."""
        self._groups_of: dict[str, tuple[Group, ...]] = {}
        self._service_of: dict[str, Service] = {}
        self._expected: dict[str, UsualDelay] = {}
        self._channel_at: dict[str, Channel] = {}
        self.groups_below: tuple[Group, ...] = ()
        """Gateway and first hop, where they are measured."""
        self._state: LineState | None = None
        self._stated = 0
        self._lateness = Lateness()
        self._outage = Outage()
        self._doubt = Doubt(self)
        self.facts.update(uplink, 0)
        self.retarget(targets)

    def update(self, uplink: Uplink, now: int) -> None:
        """Take in what netlink says of the uplink: carrier, address, route."""
        self.uplink = uplink
        self.facts.update(uplink, now)
        for service in self.services.values():
            service.source = self._source
        self._tick(now)
        self._reckon()
        self._state = None

    @property
    def _source(self) -> str:
        line = self.uplink.line(self.family)
        return line.source if line is not None else ""

    def retarget(self, targets: Sequence[Target]) -> None:
        """Follow a change of the targets; members that stay keep their beliefs."""
        targets = [t for t in targets if self.family in t.families]
        self.members = {
            t.name: self._member(t) for t in targets if t.rung in REACH and ways(t)
        }
        self._regroup()
        self._reserve(targets)
        self.other_dns = {
            t.name: self.other_dns.get(t.name) or Channel(p)
            for t in targets
            for p in t.probes
            if p in TRUSTED or (p is Probe.DNS_TCP and t.rung is Rung.CONTROL)
        }
        self.captive = {
            t.name: self.captive.get(t.name) or Portal()
            for t in targets
            if Probe.CAPTIVE in t.probes
        }
        self._doubt.reset()
        self._state = None

    def expect(self, usual: Iterable[UsualDelay]) -> None:
        """Say what was usual here before: members that start compare with it."""
        self._expected = {one.target: one for one in usual}
        for member in self.members.values():
            if member.delay_change.count == 0:
                self._remind(member)

    def usual(self) -> list[UsualDelay]:
        """Return how long answers usually take, where that is known well."""
        return [
            UsualDelay(name, m.target.host, m.primary.probe, *known, m.last_ok)
            for name, m in self.members.items()
            if m.settled is State.UP and (known := m.delay_change.usual)
        ]

    def _remind(self, member: Member) -> None:
        before = self._expected.get(member.target.name)
        here = member.target.host, member.primary.probe
        if before is not None and (before.host, before.probe) == here:
            member.delay_change.expect(before.seconds, before.spread)

    def _member(self, target: Target) -> Member:
        old = self.members.get(target.name)
        if (
            old is None
            or old.target.host != target.host
            or ways(old.target) != ways(target)
        ):
            member = Member(target, ways(target))
            self._remind(member)
            return member
        old.target = target
        return old

    def _regroup(self) -> None:
        keys: dict[tuple[Rung, str], list[Member]] = {}
        for member in self.members.values():
            target = member.target
            keys.setdefault((target.rung, ""), []).append(member)
            if target.rung is Rung.INTERNATIONAL and target.corridor:
                keys.setdefault((target.rung, target.corridor), []).append(member)
        old = self.groups
        self.groups = {}
        for key in sorted(keys):
            group = old.get(key) or Group(key[0], key[1], ())
            group.set_members(keys[key])
            self.groups[key] = group
        whole = self.groups.get((Rung.INTERNATIONAL, ""))
        if whole:
            whole.parts = tuple(g for g in self.groups.values() if g.name)
        self._groups_of = {
            name: tuple(
                g for g in reversed(self.groups.values()) if member in g.members
            )
            for name, member in self.members.items()
        }
        below = (self.groups.get((rung, "")) for rung in REACH[:2])
        self.groups_below = tuple(group for group in below if group)
        self._channel_at = {
            member.target.host: member.primary for member in self.members.values()
        }

    def _reserve(self, targets: Iterable[Target]) -> None:
        targets = tuple(targets)
        old = self.services
        self.services = {}
        self._service_of = {}
        for target in targets:
            if target.rung is not Rung.SERVICE:
                continue
            service = old.get(target.name) or Service(target)
            controls = [t for t in targets if t.control_for == target.name]
            service.set_targets(target, controls)
            service.source = self._source
            self.services[target.name] = service
            for each in (target, *controls):
                self._service_of[each.name] = service

    def observe(self, observation: Observation) -> None:
        """Take in one observation; those that were not made count for nothing."""
        name = observation.failure
        if name in failure.NOT_MEASURED:
            return
        time = observation.time
        if self.watermark - time > _STEP:
            self._step_back(time)
        self.watermark = max(self.watermark, time)
        took = observation.value if name is None else None
        self._tick(time + int(took * SECOND) if took and took < 60 else time)
        self._state = None
        member = self.members.get(observation.target)
        if member is not None:
            self._reached(member, observation)
        else:
            self._other(observation)

    def _reached(self, member: Member, seen: Observation) -> None:
        channel = member.channels.get(seen.probe)
        if channel is None:
            self._other(seen)
            return
        if misses(seen):
            return
        if answered(member.target, seen):
            took = seen.value if seen.value is not None else 0.0
            self._answer(member, channel, seen.time, took)
        else:
            self._silence(member, channel, seen.time, final=True)

    def _answer(self, member: Member, channel: Channel, time: int, rtt: float) -> None:
        if member.proves_little(channel):
            member.answered(channel, time, rtt)
            return
        rung = member.target.rung
        groups = self._groups_of[member.target.name]
        dark = any(group.dark for group in groups)
        was_down = dark or member.settled is State.DOWN
        if dark:
            member.revive(time)
        if member.beyond:
            self._lateness.answered(channel, time, rtt)
        primary = channel is member.primary
        lost = primary and channel.repeated(rtt)
        member.answered(channel, time, rtt)
        for group in groups:
            group.answered(member, time, self.clock)
            group.run += primary
        if lost:  # it answered only when asked again
            self._lost(member)
        if member.beyond:
            if primary and not lost:
                self.loss_beyond -= _FADE * self.loss_beyond
                self.loss_of_living -= _FADE * self.loss_of_living
            if was_down:
                self._doubt.revived = self.clock
            self._answered_beyond(rung, time)
        if self._outage.lasts:
            self._reckon()
        self._doubt.review(member)

    def _answered_beyond(self, rung: Rung, time: int) -> None:
        """Absolve the rungs below: what lies behind them was reached."""
        self.answers_beyond = max(self.answers_beyond, time)
        for group in self.groups_below:
            if group.rung is rung:
                return
            if time < group.onset and group.joint:
                continue
            group.relight(time, self.clock)
            for lower in group.members:
                if lower.streak or lower.settled is State.DOWN:
                    lower.reached_beyond()
                    self._doubt.review(lower)
                    group.touched = True

    def _silence(
        self, member: Member, channel: Channel, time: int, *, final: bool
    ) -> None:
        counted = time > channel.last_ok and time not in channel.late
        if final:
            member.silent(channel, time)
            if channel is member.primary:
                self._lost(member)
        else:
            member.overdue(channel, time)
        if counted:
            for group in self._groups_of[member.target.name]:
                group.silent(member, channel.weight, time, self.clock)
            self._cast_shadow()
            self._reckon()
            self._doubt.review(member)

    def _lost(self, member: Member) -> None:
        for group in self._groups_of[member.target.name]:
            group.run = 0
        if member.beyond:
            self.loss_beyond += _FADE * (1 - self.loss_beyond)
            if member.settled is not State.DOWN:
                self.loss_of_living += _FADE * (1 - self.loss_of_living)

    def _cast_shadow(self) -> None:
        """Settle the rungs below sooner when nothing at all is reached beyond."""
        for position, group in enumerate(self.groups_below):
            if group.joint and not group.dark and self._dark_beyond(position):
                group.shadow(self.clock)

    def _dark_beyond(self, position: int) -> bool:
        beyond = [
            g
            for g in (*self.groups_below[position + 1 :], *self.beyond)
            if not all(m.mute for m in g.members)
        ]
        onset = self.groups_below[position].onset
        return any(g.dark for g in beyond) and all(
            g.dark or (g.joint and g.last_ok < onset) for g in beyond
        )

    def _reckon(self) -> None:
        """See whether the line as a whole is out."""
        dark = [group for group in self.groups_below if group.dark]
        beyond = [g for g in self.beyond if not all(m.mute for m in g.members)]
        if beyond and all(group.dark for group in beyond):
            dark += beyond
        since = min((group.onset for group in dark), default=0)
        if self.facts.down and not self.answers_lately:
            since = self.facts.since
        self._outage.see(since, self.clock)

    @property
    def answers_lately(self) -> bool:
        """Whether answers still come although the system says that the link is down."""
        late = self.facts.since < self.answers_beyond
        return late and self.clock - self.answers_beyond < _LATELY

    @property
    def beyond(self) -> tuple[Group, ...]:
        """The groups past the first hop, corridors apart from their whole left out."""
        rungs = (Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)
        return tuple(g for r in rungs if (g := self.groups.get((r, ""))))

    @property
    def encrypted_ok(self) -> int:
        """When something that nobody else can answer last came through."""
        known = [s.state(self.clock) for s in self.services.values()]
        served = [s.last_ok for s in known if s.state is State.UP and not s.plain]
        over_https = [c for c in self.other_dns.values() if c.probe is Probe.DOH]
        return max((*served, *(c.last_ok for c in over_https if not c.streak), 0))

    def _other(self, seen: Observation) -> None:
        if seen.probe is Probe.CAPTIVE and seen.target in self.captive:
            self.captive[seen.target].take(seen, self.encrypted_ok)
        channel = self.other_dns.get(seen.target)
        if channel is not None and channel.probe is seen.probe:
            channel.last = seen.time
            channel.streak = 0 if seen.ok else channel.streak + 1
            channel.last_ok = seen.time if seen.ok else channel.last_ok
        member = self.members.get(seen.target)
        if member is not None and seen.probe in RATES and seen.value:
            if member.rate_change is None:
                member.rate_change = RateChange()
            member.rate_change.sample(seen.time, seen.value)
        service = self._service_of.get(seen.target)
        if service is not None and (seen.ok or not self._outage.covers(seen.time)):
            channel_there = self._channel_at.get(seen.address)
            rtt = channel_there.delay.smooth if channel_there else 0.0
            service.observe(seen, rtt or None)

    def overdue(self, target: str, probe: Probe, sent: int, now: int) -> None:
        """Hear that the answer to a probe sent at *sent* is later than usual.

        Counts as a silence once; if the answer comes after all it counts as one, and
        the final timeout does not count again.
        """
        self._tick(now)
        member = self.members.get(target)
        channel = member.channels.get(probe) if member else None
        if member is not None and channel is not None:
            if now - sent < SECOND * self.deadline(target, probe) - _ROUNDING:
                return  # others have come late since: it may still be on its way
            self._state = None
            self._silence(member, channel, sent, final=False)

    def deadline(self, target: str, probe: Probe) -> float:
        """Seconds after which an answer is overdue (RFC 6298, within 0.15 to 2)."""
        member = self.members.get(target)
        channel = member.channels.get(probe) if member else None
        if member is None or channel is None:
            return LONGEST
        usual = channel.delay.deadline
        if member.beyond:
            return min(LONGEST, usual + self._lateness.seconds(self.clock))
        return usual

    def wants(self, now: int) -> Sequence[Want]:
        """Name the extra probes that would settle what is in doubt now."""
        self._tick(now)
        return self._doubt.wants(now)

    def state(self, now: int) -> LineState:
        """Sum up; the same object until something changed or grew old."""
        self._tick(now)
        state = self._state
        if state is None or now - self._stated > SECOND:
            state = self._state = snapshot(self, now)
            self._stated = now
        return state

    def groups_of(self, member: Member) -> tuple[Group, ...]:
        """Return the groups of *member*, its corridor before its rung."""
        return self._groups_of[member.target.name]

    def _step_back(self, now: int) -> None:
        """Follow a clock that was set back: nothing happened after *now*."""
        self.watermark = self.clock = now
        self.answers_beyond = min(self.answers_beyond, now)
        self.suffers_since = min(self.suffers_since, now)
        self._doubt.revived = min(self._doubt.revived, now)
        self.facts.step_back(now)
        for group in self.groups.values():
            group.step_back(now)
        for member in self.members.values():
            member.step_back(now)

    def _tick(self, now: int) -> None:
        if now > self.clock or self.clock - now > _STEP:
            self.clock = now

    def abroad(self, member: Member) -> bool | None:
        """Whether the delay proves that it answers from abroad; None if unknown."""
        best = member.best
        if best == inf:
            return None
        first = self.groups.get((Rung.FIRST_HOP, ""))
        lower = min((m.best for m in first.members), default=0.0) if first else 0.0
        return best - (lower if lower < best else 0.0) > _FAR
