"""One captive-portal check: what its answers were."""

from rabta import failure
from rabta.model import Observation


class Portal:
    """Whether somebody else answers in place of one known page."""

    __slots__ = ("asked", "count", "last_ok", "since")

    def __init__(self) -> None:
        self.since = 0
        """Since when somebody else answers, microseconds UTC; 0 if nobody does."""
        self.count = 0
        """How often in a row."""
        self.last_ok = 0
        self.asked = 0
        """When it was last wanted and not yet answered."""

    def take(self, seen: Observation) -> None:
        """Take in one observation; no answer at all says nothing of a portal."""
        self.asked = 0
        if seen.failure == failure.CAPTIVE_PORTAL:
            self.since = self.since or seen.time
            self.count += 1
        elif seen.ok:
            self.since = self.count = 0
            self.last_ok = seen.time
