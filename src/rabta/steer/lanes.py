"""What the choice of an uplink is made from. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rabta.model import State, Uplink
from rabta.steer.beliefs import Beliefs


@dataclass(frozen=True, slots=True)
class Lane:
    """One line, as it may carry traffic."""

    uplink: str
    usable: bool = True
    """It has a carrier, an address and a default route."""
    state: State = State.UNKNOWN
    tier: int = 1
    """The user's order: a lower one goes first."""
    metered: bool = False
    rtt_seconds: float | None = None
    loss_ratio: float | None = None
    spent: bool = False
    """Its data cap is used up: only if nothing else works."""

    @property
    def alive(self) -> bool:
        """Whether it may carry anything."""
        return self.usable and self.state is not State.DOWN


def lanes_of(
    family: int,
    uplinks: Sequence[Uplink],
    beliefs: Beliefs | None,
    tiers: Mapping[str, int],
    spent: Collection[str] = (),
) -> tuple[Lane, ...]:
    """Return the lanes of an address family, in the system's own order.

    Uplinks that never had this family are no lanes.
    """
    known = beliefs or Beliefs()
    found = []
    for uplink in uplinks:
        line = uplink.line(family)
        if line is None:
            continue
        key = uplink.name, family
        found.append(
            Lane(
                uplink.name,
                bool(line.source) and line.has_route and uplink.carrier is not False,
                known.line(*key),
                tiers.get(uplink.name, 1),
                uplink.metered,
                known.delays.get(key),
                known.losses.get(key),
                uplink.name in spent,
            )
        )
    return tuple(found)
