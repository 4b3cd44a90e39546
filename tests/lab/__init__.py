"""Real networks to test on: namespaces, user-space links, servers and faults."""

from .unshared import is_inside, left_out, run_inside, start_inside
from .world import Lab


__all__ = ["Lab", "is_inside", "left_out", "run_inside", "start_inside"]
