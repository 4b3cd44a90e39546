"""One captive-portal check: what its answers were."""

from rabta import failure
from rabta.model import Observation


class Portal:
    """Whether somebody else answers in place of one known page."""

    __slots__ = ("asked", "count", "last_ok", "newest", "outlasts", "since")

    def __init__(self) -> None:
        self.since = 0
        """Since when somebody else answers, microseconds UTC; 0 if nobody does."""
        self.count = 0
        """How often in a row."""
        self.outlasts = False
        """Whether somebody else still answered after something encrypted had passed."""
        self.last_ok = 0
        self.newest = 0
        """When what was answered last, or not, was asked."""
        self.asked = 0
        """When it was last wanted and not yet answered."""

    def take(self, seen: Observation, encrypted_ok: int) -> None:
        """Take in one observation; no answer at all says nothing of a portal.

        *encrypted_ok* is when something encrypted last passed, microseconds UTC.
        """
        self.asked = 0
        self.newest = max(self.newest, seen.time)
        if seen.failure == failure.CAPTIVE_PORTAL:
            self.since = self.since or seen.time
            self.count += 1
            self.outlasts = self.outlasts or self.since < encrypted_ok < seen.time
        elif seen.ok:
            self.since = self.count = 0
            self.outlasts = False
            self.last_ok = seen.time
