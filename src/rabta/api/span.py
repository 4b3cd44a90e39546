"""Spans of time as they stand in an address: ``?from=…&to=…``."""

from dataclasses import dataclass

from rabta.agent.moments import moment_of
from rabta.clock import SECOND


# now · -90s -5min -24h -7d · seconds since the epoch · ISO 8601
_DATE = (
    r"((19[7-9]|20[0-9])[0-9]-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
    r"|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    r"|(19(7[26]|8[048]|9[26])|20([02468][048]|[13579][26]))-02-29)"
)
PATTERN = (
    r"^(now|-[0-9]{1,8}(s|min|h|d)|[0-9]{1,10}(\.[0-9]{1,6})?"
    rf"|{_DATE}"
    r"(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?)?)$"
)
_STEPS = tuple(
    seconds * SECOND
    for seconds in (
        *(1, 2, 5, 10, 30, 60, 300, 900, 3600, 14400, 43200),
        *(86400, 172800, 604800),
    )
)


@dataclass(frozen=True, slots=True)
class Span:
    """From *start* to *end*, microseconds UTC, as *since* and *until* were written."""

    start: int
    end: int
    since: str
    until: str

    @property
    def live(self) -> bool:
        """Whether it moves along with time."""
        return self.until == "now"

    def step(self, buckets: int) -> int:
        """Return the shortest handy step that gives at most *buckets* buckets."""
        shortest = (self.end - self.start) / buckets
        return next((step for step in _STEPS if step >= shortest), _STEPS[-1])


def span_of(since: str, until: str, now: int) -> Span:
    """Read the two ends of a span; one that is given backwards is turned round.

    Raises:
        UsageError: one of them has none of the accepted forms.
    """
    start, end = moment_of(since, now), moment_of(until, now)
    if start > end:
        return Span(end, start, until, since)
    return Span(start, max(end, start + SECOND), since, until)
