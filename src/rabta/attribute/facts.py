"""The two lowest rungs: what the system itself says of a line."""

from dataclasses import replace
from ipaddress import ip_address

from rabta.attribute.line import ABSENT, GroupState
from rabta.model import Line, Rung, State, Uplink


class Facts:
    """Carrier and address of one line, with the time each last changed."""

    def __init__(self, family: int) -> None:
        self._family = family
        self.carrier = replace(ABSENT, rung=Rung.CARRIER)
        self.address = replace(ABSENT, rung=Rung.ADDRESS)
        self.lacks = ""

    def update(self, uplink: Uplink, now: int) -> None:
        """Take in what netlink said at *now*."""
        carrier = State.UNKNOWN
        if uplink.carrier is not None:
            carrier = State.UP if uplink.carrier else State.DOWN
        self.carrier = _moved(self.carrier, carrier, now)
        self.lacks = _lacks(uplink.line(self._family))
        address = State.DOWN if self.lacks else State.UP
        self.address = _moved(self.address, address, now)

    @property
    def down(self) -> bool:
        """Whether one of the two is down."""
        return State.DOWN in (self.carrier.state, self.address.state)

    @property
    def since(self) -> int:
        """When the first of those that are down went down, microseconds UTC."""
        both = (self.carrier, self.address)
        return min((f.entered for f in both if f.state is State.DOWN), default=0)

    def step_back(self, now: int) -> None:
        """Follow a clock that was set back to *now*."""
        self.carrier = _clamped(self.carrier, now)
        self.address = _clamped(self.address, now)


def _clamped(fact: GroupState, now: int) -> GroupState:
    return replace(fact, since=min(fact.since, now), entered=min(fact.entered, now))


def _moved(old: GroupState, state: State, now: int) -> GroupState:
    if state is old.state:
        return old
    return replace(
        old,
        state=state,
        up=int(state is State.UP),
        down=int(state is State.DOWN),
        since=now,
        entered=now,
        belief=0.99,
    )


def _lacks(line: Line | None) -> str:
    if line is None or not line.source:
        return "address"
    source = ip_address(line.source.partition("%")[0])
    if source.is_link_local:
        return "self-assigned"
    if not line.has_route:
        return "route"
    return "conflict" if line.conflict else ""
