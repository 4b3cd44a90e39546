"""Whether the line under a connection still lives. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from rabta.model import State, Uplink
from rabta.probes.binding import Binding
from rabta.steer.beliefs import Beliefs


class Fate(StrEnum):
    """What became of a line."""

    LIVES = "lives"
    LAPSED = "lapsed"
    """No default route: for a moment only, if a lease is being renewed."""
    SILENT = "silent"
    """No carrier, no address, or nothing comes back: it may live again."""
    GONE = "gone"
    """Interface or address are gone, and with them every connection."""


def fate(
    uplink: str,
    binding: Binding,
    uplinks: Sequence[Uplink],
    beliefs: Beliefs | None,
) -> Fate:
    """Return what became of the line that *binding* ties a connection to."""
    if not uplink:
        return Fate.LIVES  # this machine and its neighbours
    found = next((one for one in uplinks if one.name == uplink), None)
    line = found.line(binding.family) if found else None
    if found is None or line is None:
        return Fate.GONE
    if line.source and binding.source and line.source != binding.source:
        return Fate.GONE
    if found.carrier is False or not line.source:
        return Fate.SILENT
    if beliefs and beliefs.line(uplink, binding.family) is State.DOWN:
        return Fate.SILENT
    return Fate.LIVES if line.has_route else Fate.LAPSED
