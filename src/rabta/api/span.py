"""Spans of time as they stand in an address: ``?from=…&to=…``."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import UsageError


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
FORMS = "-5min, -24h, -7d, now, seconds since 1970, or 2026-11-23T14:05:00Z"
_RELATIVE = re.compile(r"-([0-9]{1,8})(s|min|h|d)", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?", re.ASCII)
_UNITS = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}
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


def moment_of(text: str, now: int) -> int:
    """Read one moment, in microseconds UTC; without a zone it is taken as UTC.

    Raises:
        UsageError: it has none of the accepted forms.
    """
    if text == "now":
        return now
    if match := _RELATIVE.fullmatch(text):
        return max(0, now - int(match[1]) * _UNITS[match[2]])
    if _SECONDS.fullmatch(text):
        return round(float(text) * SECOND)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time", hint=f"write {FORMS}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round(moment.timestamp() * SECOND))
