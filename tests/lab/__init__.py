"""Real networks to test on: namespaces, user-space links, servers and faults."""

from .unshared import obstacle, unshared
from .world import Lab


__all__ = ["Lab", "obstacle", "unshared"]
