"""When the line itself was out: what failed then says nothing of a service."""

from typing import Final

from rabta.clock import SECOND


_EARLIER: Final = 12 * SECOND
"""A request sent so long before the cut may have died of it."""


class Outage:
    """The latest outage of one line, microseconds UTC."""

    __slots__ = ("begin", "end")

    def __init__(self) -> None:
        self.begin = 0
        self.end = 0

    @property
    def lasts(self) -> bool:
        """Whether the line is out now."""
        return self.begin > self.end

    def see(self, since: int, now: int) -> None:
        """Take in how it is *now*: out since some time, or well when *since* is 0."""
        if since and not self.lasts:
            self.begin = since
            self.end = 0
        elif not since and self.lasts:
            self.end = now

    def covers(self, time: int) -> bool:
        """Whether a probe sent at *time* was lost to the outage."""
        if not self.begin or time < self.begin - _EARLIER:
            return False
        return self.lasts or time < self.end
