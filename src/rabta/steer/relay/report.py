"""What a relay tells of itself, for the dashboard and ``rabta doctor``.

A document in the store's folder, replaced every few seconds and gone when it stops.
"""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from rabta.clock import SECOND, Clock


FILE = "relay.json"
STALE = 10 * SECOND
"""An older document is of a relay that was killed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a relay does."""

    running: bool = False
    time: int = 0
    address: str = ""
    connections: dict[str, int] = field(default_factory=dict)
    """Now, by uplink; empty name: what needs none."""
    moved_bytes: dict[str, int] = field(default_factory=dict)
    """From its start, both ways, by uplink."""
    refused_by_rule: int = 0
    """Requests a rule forbade, from its start."""
    spent: tuple[str, ...] = ()
    """Uplinks over their data cap, used only where nothing else works."""


_decode = msgspec.json.Decoder(Report).decode


def read(folder: Path, clock: Clock) -> Report:
    """Return what the relay of the store's *folder* told last, if it is running."""
    try:
        found = _decode((folder / FILE).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return Report()
    return found if abs(clock.now() - found.time) < STALE else Report()
