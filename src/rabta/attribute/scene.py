"""One line among the others: what the rows of the decision table look at."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rabta.attribute.context import Context, Sight
from rabta.attribute.line import GroupState, LineState, ServiceState
from rabta.attribute.traffic import Load
from rabta.clock import MINUTE, SECOND
from rabta.model import Arg, State


DIALLED: Final = ("ppp", "cellular")
"""Media whose link is the provider's access line itself."""
_SETTLING: Final = 2 * SECOND
_UNDER_WAY: Final = SECOND // 2
_TOGETHER: Final = 5 * MINUTE
"""For so long a line over which a service came back is no proof against another."""
_ASKING: Final = 20 * SECOND
"""How long the other lines may take to answer: three tries, one after the other."""
_ROUND: Final = MINUTE
"""After so long whoever looks at a service has looked at it again."""
BLOCKING: Final = frozenset(
    {
        "dns-tampering-path",
        "dns-tampering-resolver",
        "ip-blocking",
        "sni-blocking",
        "http-blocking",
    }
)
"""Codes of a service that say the way to it is filtered."""
_BAD: Final = (State.DOWN, State.MIXED, State.DEGRADED)


Cell = tuple[LineState, ServiceState]
Args = tuple[tuple[str, Arg], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A row's condition holds: because of what, and how surely."""

    blamed: tuple[GroupState, ...] = ()
    factor: float = 1.0
    """Multiplies the row's confidence."""
    variant: str = ""
    """Suffix of the sentence's key; empty for the plain one."""
    args: Args = ()
    soft: bool = False
    """Something is worse than usual rather than gone."""
    interval: float = 0.0
    """Seconds between looks at what may yet explain it, beside *blamed*."""
    since: int = 0
    entered: int = 0
    """When it was concluded; 0: when the newest of *blamed* was."""
    state: State | None = None
    """Instead of the row's own."""
    lost: float = 0.0
    """Share of the checks of a service that works, 0 to 1."""
    decided: bool = False
    """Repeated attempts have decided; no need to wait."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One line, the other uplinks' lines of its family, and the context."""

    now: int
    line: LineState
    others: tuple[LineState, ...]
    """Without tunnels."""
    context: Context

    @property
    def tunnelled(self) -> bool:
        """Whether the line rides on another one."""
        return self.line.uplink.tunnelled

    @property
    def dialled(self) -> bool:
        """Whether carrier and address come from the provider, not from a LAN."""
        return self.line.uplink.medium in DIALLED

    @property
    def unplugged(self) -> bool:
        """Whether the two lowest rungs fail."""
        line = self.line
        if line.lacks == "conflict" and passes(line):
            return line.carrier.state is State.DOWN
        return State.DOWN in (line.carrier.state, line.address.state)

    @property
    def fact(self) -> GroupState:
        """Which of the two lowest rungs fails."""
        carrier = self.line.carrier
        return carrier if carrier.state is State.DOWN else self.line.address

    @property
    def dark(self) -> bool:
        """Whether nothing beyond the first hop answers any more."""
        return dark(self.line)

    @property
    def dark_since(self) -> int:
        """When everything beyond went dark, microseconds UTC."""
        return max(g.since for g in self.line.groups if g.state is State.DOWN)

    @property
    def dark_entered(self) -> int:
        """When that was concluded: what holds must have answered since."""
        return max(g.entered for g in self.line.groups if g.state is State.DOWN)

    @property
    def dark_groups(self) -> tuple[GroupState, ...]:
        """The groups that are dark."""
        return tuple(g for g in self.line.groups if g.state is State.DOWN)

    def gateway_holds(self, since: int) -> bool:
        """Whether the gateway, or something just beyond it, answered after *since*."""
        line = self.line
        here = line.uplink.line(line.family)
        if here is not None and not here.gateway and not line.gateway.total:
            return True  # point to point: there is none
        return proven(line.gateway, since) or proven(line.first_hop, since)

    def first_hop_holds(self, since: int) -> bool:
        """Whether the first hop answered after *since*."""
        return proven(self.line.first_hop, since)

    @property
    def near(self) -> GroupState | None:
        """What proves that the country is reached; None when nothing does."""
        line = self.line
        if line.domestic.total:
            return line.domestic if line.domestic.state is State.UP else None
        return line.anycast if line.anycast.state is State.UP else None

    @property
    def domestic(self) -> bool:
        """Whether it is a domestic target that proves it: anycast may be abroad."""
        return self.near is self.line.domestic

    def alike(self, test: "Iterable[LineState]") -> int:
        """Count the networks (ASes) among *test* and this line."""
        return networks((self.line, *test))

    @property
    def passing(self) -> tuple[LineState, ...]:
        """Other uplinks over which the world is reached."""
        return tuple(other for other in self.others if passes(other))

    def settling(self, since: int, entered: int, *, abroad: bool = False) -> bool:
        """Whether another uplink may turn out to have the same fault any moment.

        Until something beyond its gateway, or *abroad*, has answered a probe sent well
        after this line's fault began: those then under way tell nothing.
        """
        if self.now - entered > _SETTLING:
            return False
        return any(
            _last_heard(other, abroad=abroad) < since + _UNDER_WAY
            for other in self.passing
            if not abroad or other.international.holds
        )

    def load(self, since: int) -> Load | None:
        """What this machine moves over the line now, against what it did before."""
        name = self.line.uplink.name
        carried = (t for t in self.context.traffic if t.uplink == name)
        return next((t.since(since, self.now) for t in carried), None)

    def lan_codes(self, since: int) -> tuple[str, ...]:
        """What others on this LAN have said after *since*: before, it tells nothing."""
        return tuple(
            peer.code
            for peer in self.context.peers
            if peer.same_lan and peer.code and peer.told >= since
        )

    def peer_networks(self, codes: Iterable[str], since: int) -> set[int]:
        """ASes of others elsewhere whose verdict after *since* is one of *codes*."""
        wanted = set(codes)
        return {
            peer.asn
            for peer in self.context.peers
            if peer.asn and peer.code in wanted and peer.told >= since
        }


@dataclass(frozen=True, slots=True)
class ServiceScene:
    """One service on all lines that are themselves in order."""

    now: int
    name: str
    cells: tuple[tuple[LineState, ServiceState], ...]
    vantage: State
    """As a remote vantage sees it."""
    down_afar: int = 0
    """When a remote vantage last called it down."""
    announced: bool = False
    """Whether its own status page reports an incident."""
    near: tuple[Sight, ...] = ()
    """As others in this country see it."""

    @property
    def bad(self) -> tuple[Cell, ...]:
        """Where it fails; what a tunnel's exit is refused is no fault of a line."""
        failing = tuple(cell for cell in self.cells if cell[1].state is State.DOWN)
        if all(line.uplink.tunnelled for line, _ in self.cells):
            return failing
        return tuple(cell for cell in failing if not cell[0].uplink.tunnelled)

    @property
    def _working(self) -> tuple[Cell, ...]:
        good = (State.UP, State.DEGRADED)
        return tuple(cell for cell in self.cells if cell[1].state in good)

    @property
    def begun(self) -> int:
        """When it began to fail, microseconds UTC."""
        return min((x.since for _, x in self.bad if x.since), default=0)

    def _just_back(self, down: int) -> bool:
        """Whether what was *down* last at that time was so together with *bad*."""
        return bool(self.bad) and down >= self.begun and self.now - down < _TOGETHER

    @property
    def returned(self) -> tuple[Cell, ...]:
        """Where it failed together with *bad* and works again since a moment ago.

        That one comes back before the other is chance, and no proof against the way
        to the other.
        """
        return tuple(c for c in self._working if self._just_back(c[1].out[1]))

    @property
    def good(self) -> tuple[Cell, ...]:
        """Where it works, seen after it began to fail and before it last failed."""
        failed = max((x.last_failed for _, x in self.bad), default=self.now)
        back = self.returned
        return tuple(
            cell
            for cell in self._working
            if cell not in back
            and cell[1].last_ok >= self.begun
            and cell[1].entered <= failed
        )

    @property
    def waiting(self) -> bool:
        """Whether it is still being asked where it worked before it began to fail."""
        entered = min((x.entered for _, x in self.bad), default=0)
        if self.now - entered > _ASKING:
            return False
        return any(
            service.attempts or service.last_ok < self.begun
            for _, service in self._working
        )

    @property
    def afar(self) -> State:
        """As seen from another country; its coming back first proves nothing either."""
        if self.vantage is State.UP and self._just_back(self.down_afar):
            return State.DOWN
        return self.vantage

    @property
    def works_elsewhere(self) -> bool:
        """Whether it is known to work from another network at this moment."""
        if self.afar is State.UP or any(map(self.reached_near, self.near)):
            return True
        return any(
            all(apart(line, other) for other, _ in self.bad) for line, _ in self.good
        )

    def reached_near(self, sight: Sight) -> bool:
        """Whether *sight* shows that it works in another network of the country.

        What was told before it had to be looked at again shows nothing.
        """
        begun = self.begun
        if sight.state is not State.UP or not begun or sight.told < begun + _ROUND:
            return False
        ours = {line.uplink.asn for line, _ in self.bad}
        return bool(sight.networks) and not ours & {0, *sight.networks}

    @property
    def filtered_near(self) -> bool:
        """Whether others in this country find that it is filtered."""
        return any(sight.code in BLOCKING for sight in self.near)

    @property
    def networks(self) -> int:
        """In how many networks it fails, or did a moment ago."""
        return networks(line for line, _ in (*self.bad, *self.returned))


def _last_heard(line: LineState, *, abroad: bool) -> int:
    return line.international.last_ok if abroad else line.answers_beyond


def proven(group: GroupState, since: int) -> bool:
    """Whether *group* holds and answered a probe sent after *since*."""
    return group.holds and group.last_ok >= since


def dark(line: LineState) -> bool:
    """Whether every group beyond the first hop that is measured is down."""
    measured = [group.state for group in line.groups if group.total]
    return bool(measured) and all(state is State.DOWN for state in measured)


def passes(line: LineState) -> bool:
    """Whether the world is reached over *line*, at least in part."""
    good = (State.UP, State.DEGRADED, State.MIXED)
    return any(group.state in good for group in line.groups if group.total)


def bad_corridors(line: LineState) -> tuple[GroupState, ...]:
    """Corridors that are worse than usual; one dead member does not make one."""
    return tuple(
        c
        for c in line.corridors
        if c.total >= 2
        and c.state in _BAD
        and (c.state is not State.MIXED or c.total >= 4)
    )


def good_corridors(line: LineState) -> tuple[GroupState, ...]:
    """Corridors that are as usual."""
    return tuple(c for c in line.corridors if c.total and c.state is State.UP)


def apart(one: LineState, other: LineState) -> bool:
    """Whether two lines are known to be of different networks: AS, else provider."""
    return one.uplink.apart_from(other.uplink)


def networks(lines: Iterable[LineState]) -> int:
    """Count the known networks of *lines*; unknown ones and tunnels never count."""
    found: list[LineState] = []
    for line in lines:
        if line.uplink.tunnelled:
            continue
        known = line.uplink.asn or line.uplink.isp
        if known and all(apart(line, other) for other in found):
            found.append(line)
    return len(found)
