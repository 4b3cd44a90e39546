"""Which extra probes would settle what is in doubt now.

A single silence is answered with one more question to the same member, to the first
hop and to the gateway. Only if that stays silent too are the other rungs asked, three
or four members of each, so that a lost packet costs a handful of bytes and a dead
line is known within a second. The pacer spaces and limits what is wanted here.
"""

from typing import TYPE_CHECKING, Final

from rabta.attribute.belief import SILENCE
from rabta.attribute.group import Group
from rabta.attribute.line import Want
from rabta.attribute.member import Member
from rabta.clock import SECOND
from rabta.model import Probe, Rung, State


if TYPE_CHECKING:
    from rabta.attribute.ladder import Ladder

_SAMPLE: Final = 4
_CONFIRM: Final = int(0.5 * SECOND)
"""For so long a rung that just went dark is asked on: the second evaluation."""
_RECOVERY: Final = int(0.3 * SECOND)
_IN_FLIGHT: Final = 10 * SECOND
_PATIENCE: Final = 10 * SECOND
"""A doubt older than this is left to the steady rhythm."""


class Doubt:
    """The doubts of one ladder."""

    def __init__(self, ladder: "Ladder") -> None:
        self._ladder = ladder
        self._members: dict[str, Member] = {}
        self.revived = 0
        """When a member that was down last answered again, microseconds UTC."""

    def reset(self) -> None:
        """Forget members that are gone."""
        known = self._ladder.members
        self._members = {n: m for n, m in self._members.items() if n in known}

    def review(self, member: Member) -> None:
        """Look again whether *member* is in doubt."""
        if member.doubtful:
            self._members[member.target.name] = member
        elif self._members:
            self._members.pop(member.target.name, None)

    def wants(self, now: int) -> list[Want]:
        """Name the extra probes, each target and probe once, the lowest rung first."""
        found: dict[str, Want] = {}
        if self._members:
            self._of_members(found, now)
        self._of_dark_groups(found, now)
        if self.revived and now - self.revived < SECOND:
            self._of_recovery(found)
        wants = list(found.values())
        wants += self._of_names(now)
        wants += self._of_portals(now)
        relit = max((g.relit_at for g in self._ladder.groups.values()), default=0)
        for service in self._ladder.services.values():
            wants += service.wants(now, relit)
        return wants

    def _of_members(self, found: dict[str, Want], now: int) -> None:
        members = [
            m for m in self._members.values() if now - max(m.onset, m.last) < _PATIENCE
        ]
        if not members:
            return
        onset = min((m.onset for m in members if m.streak), default=now)
        for group in self._ladder.groups_below:
            if group.last_ok < onset and not group.dark:
                _ask(found, group, 1, "lower-rung")
        for member in members:
            _add(found, member, "doubt")
        if len(members) == 1 and members[0].settled is State.UP:
            for group in self._ladder.groups_of(members[0])[:1]:
                _ask(found, group, 2, "sibling")
        if len(members) > 1 or members[0].streak > 1:
            for group in self._suspects(members):
                if group.last_ok < onset:
                    _ask(found, group, _SAMPLE, "sibling")

    def _suspects(self, members: list[Member]) -> list[Group]:
        """Return the groups beyond the first hop and the corridors in question."""
        ladder = self._ladder
        corridors = {m.target.corridor for m in members if m.target.corridor}
        return [
            group
            for (rung, name), group in ladder.groups.items()
            if rung in (Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL)
            and (not name or name in corridors)
        ]

    def _of_dark_groups(self, found: dict[str, Want], now: int) -> None:
        ladder = self._ladder
        fresh = [
            g for g in ladder.groups.values() if g.dark and now - g.dark_at < _CONFIRM
        ]
        if not fresh:
            return
        for group in fresh:
            _ask(found, group, 2, "doubt")
        dark_at = max(group.dark_at for group in fresh)
        for group in (*ladder.groups_below, *ladder.beyond):
            if not group.dark and group.last_ok < dark_at:
                _ask(found, group, 2, "lower-rung")

    def _of_recovery(self, found: dict[str, Want]) -> None:
        until = self.revived + _RECOVERY
        for group in self._ladder.groups.values():
            if group.dark:
                _ask(found, group, _SAMPLE, "recovery")
        for member in self._ladder.members.values():
            if member.settled is State.DOWN and member.last < until:
                _add(found, member, "recovery")

    def _of_names(self, now: int) -> list[Want]:
        """While the resolver is in doubt, see what else carries names."""
        ladder = self._ladder
        resolver = ladder.groups.get((Rung.RESOLVER, ""))
        if resolver is None or resolver.joint < 2 * SILENCE:
            return []
        since = resolver.onset
        found = []
        if now - since < _PATIENCE:
            for member in ladder.members.values():
                channel = member.channels.get(Probe.DNS)
                if channel is None or member.target.rung is not Rung.ANYCAST:
                    continue
                if channel.last_ok < since and channel.state is not State.DOWN:
                    found.append(Want(member.target.name, Probe.DNS, "resolver"))
            for name, channel in ladder.other_dns.items():
                if channel.last_ok < since and channel.streak < 3:
                    found.append(Want(name, channel.probe, "resolver"))
        return found

    def _of_portals(self, now: int) -> list[Want]:
        """See whether a portal answers, when one did or when nothing else does.

        And whether it still does once something encrypted passes: one may have signed
        in at it.
        """
        ladder = self._ladder
        dark = max((g.dark_at for g in ladder.beyond if g.dark), default=0)
        found = []
        for name, portal in ladder.captive.items():
            if now - portal.asked < _IN_FLIGHT:
                continue
            again = 0 < portal.count < 2
            if portal.since and not portal.outlasts:
                again = again or ladder.encrypted_ok > portal.newest
            if again or (dark and now - dark < SECOND and portal.last_ok < dark):
                portal.asked = now
                found.append(Want(name, Probe.CAPTIVE, "control"))
        since = min((p.since for p in ladder.captive.values() if p.since), default=0)
        if since and now - since < _PATIENCE:  # does what is encrypted pass?
            found += [
                Want(name, channel.probe, "control")
                for name, channel in ladder.other_dns.items()
                if channel.probe is Probe.DOH and channel.last < since
            ]
        return found


def _ask(found: dict[str, Want], group: Group, count: int, why: str) -> None:
    for member in group.ask(count):
        _add(found, member, why)


def _add(found: dict[str, Want], member: Member, why: str) -> None:
    name = member.target.name
    if name not in found:
        found[name] = Want(name, member.next_probe(), why)
