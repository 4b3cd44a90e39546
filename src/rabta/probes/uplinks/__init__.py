"""The ways out of this machine: found by asking the system, followed by its events."""

from rabta.probes.uplinks.names import Names, names_of
from rabta.probes.uplinks.watch import look, watch


__all__ = ["Names", "look", "names_of", "watch"]
