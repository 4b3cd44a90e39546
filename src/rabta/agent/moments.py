"""A moment as people write it: in an address, or on the command line."""

import re
from datetime import UTC, datetime

from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import UsageError


FORMS = "-5min, -24h, -7d, now, seconds since 1970, or 2026-11-23T14:05:00Z"
_RELATIVE = re.compile(r"-([0-9]{1,8})(s|min|h|d)", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,10}(\.[0-9]{1,6})?", re.ASCII)
_UNITS = {"s": SECOND, "min": MINUTE, "h": HOUR, "d": DAY}


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
