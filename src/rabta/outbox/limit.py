"""How much of a line a transfer may take, as people write it, and what holds now."""

import re
from datetime import UTC, datetime

from rabta.clock import SECOND
from rabta.errors import UsageError
from rabta.model import Limit
from rabta.outbox.orders import bits


_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)")


def limit_of(text: str) -> Limit:
    """Return the limit of ``2M``, or of ``2M@09:00-18:00``, local time.

    Raises:
        UsageError: it is none.
    """
    rate, timed, hours = text.partition("@")
    if not timed:
        return Limit(bits(rate))
    found = _HOURS.fullmatch(hours.strip())
    if not found or not rate.strip():
        raise UsageError(f"{text!r} is no limit", hint="write 2M or 2M@09:00-18:00")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    return Limit(bits(rate), hour * 60 + minute, end_hour * 60 + end_minute)


def in_force(limit: Limit, now: int) -> float:
    """Return the bits per second at *now*, microseconds UTC; 0 for no limit."""
    here = datetime.fromtimestamp(now / SECOND, UTC).astimezone()
    return limit.at(here.hour * 60 + here.minute)
