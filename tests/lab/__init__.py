"""Real networks to test on: namespaces, user-space links, servers and faults."""

from .unshared import obstacle, run_inside, unshared
from .world import Lab


__all__ = ["Lab", "obstacle", "run_inside", "unshared"]
